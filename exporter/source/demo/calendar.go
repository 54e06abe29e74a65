package demo

import (
	"fmt"
	"time"
)

// The year has two terms of equal length, so that the term now and the one before are 6 to 12 months of history.
const (
	firstYear   = 2020 // of the first term of all
	springMonth = time.March
	autumnMonth = time.September
)

// A termNumber counts the terms from the spring of firstYear on.
type termNumber int

// termAt is the term that a time falls into. Before firstYear it is negative.
func termAt(at time.Time, zone *time.Location) termNumber {
	at = at.In(zone)
	number := termNumber(2 * (at.Year() - firstYear))
	switch {
	case at.Month() < springMonth:
		return number - 1
	case at.Month() < autumnMonth:
		return number
	}
	return number + 1
}

// start is the local midnight at which the term begins and the one before ends.
func (n termNumber) start(zone *time.Location) time.Time {
	month := springMonth
	if n.autumn() {
		month = autumnMonth
	}
	return time.Date(n.year(), month, 1, 0, 0, 0, 0, zone)
}

func (n termNumber) year() int    { return firstYear + int(n>>1) }
func (n termNumber) autumn() bool { return n&1 == 1 }

// slug is the term's part of a course's slug.
func (n termNumber) slug() string {
	if n.autumn() {
		return fmt.Sprintf("%d-autumn", n.year())
	}
	return fmt.Sprintf("%d-spring", n.year())
}
