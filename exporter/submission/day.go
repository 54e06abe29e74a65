package submission

import "time"

// A Day is a day of UTC, as the number of days since 1970-01-01. A record belongs to the day of its UpdatedAt.
type Day int32

// FirstDay and LastDay are those that a record can belong to.
var (
	FirstDay = DayOf(earliest)
	LastDay  = DayOf(latest.Add(-1))
)

// DayOf is the day that holds a time.
func DayOf(at time.Time) Day {
	const seconds = 24 * 60 * 60
	unix := at.Unix()
	day := unix / seconds
	if unix%seconds < 0 {
		day--
	}
	return Day(day)
}

// Start is the first instant of the day.
func (d Day) Start() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// A Tally sums up the records of a day, so that two who hold them can compare.
type Tally struct {
	Records  int64
	Checksum uint64 // sum of Record.Checksum modulo 2^64
}

// Add counts a record with the checksum.
func (t *Tally) Add(checksum uint64) { t.Records, t.Checksum = t.Records+1, t.Checksum+checksum }

// Drop takes out a record that was counted.
func (t *Tally) Drop(checksum uint64) { t.Records, t.Checksum = t.Records-1, t.Checksum-checksum }

// Plus is the tally of both.
func (t Tally) Plus(other Tally) Tally {
	return Tally{Records: t.Records + other.Records, Checksum: t.Checksum + other.Checksum}
}

// Minus is what is left without the records of another tally.
func (t Tally) Minus(other Tally) Tally {
	return Tally{Records: t.Records - other.Records, Checksum: t.Checksum - other.Checksum}
}
