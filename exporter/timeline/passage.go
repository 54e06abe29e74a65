package timeline

import (
	"cmp"
	"encoding/binary"
	"errors"
	"time"

	"github.com/gradewatch/gradewatch/exporter/analytics"
)

// A moment is where the passage of a record begins: at the submission, or with the check, if that comes later. It is what
// is sorted.
type moment struct {
	at     int64  // microseconds
	order  uint64 // in which the source handed over
	before bool   // the submission alone
	record []byte // encoded
}

func (m moment) compare(other moment) int {
	first, second := uint8(0), uint8(0)
	if m.before {
		first = 1
	}
	if other.before {
		second = 1
	}
	return cmp.Or(cmp.Compare(m.at, other.at), cmp.Compare(m.order, other.order), cmp.Compare(second, first))
}

const momentHeader = 8 + 8 + 1

func (m moment) encode() ([]byte, error) {
	out := make([]byte, momentHeader, momentHeader+len(m.record))
	binary.LittleEndian.PutUint64(out, uint64(m.at))
	binary.LittleEndian.PutUint64(out[8:], m.order)
	if m.before {
		out[16] = 1
	}
	return append(out, m.record...), nil
}

func decodeMoment(raw []byte) (moment, error) {
	if len(raw) < momentHeader {
		return moment{}, errors.New("a moment is cut off")
	}
	return moment{at: int64(binary.LittleEndian.Uint64(raw)), order: binary.LittleEndian.Uint64(raw[8:]), before: raw[16] == 1,
		record: raw[momentHeader:]}, nil
}

// passage is what begins at the moment, of a record that was read at the given time.
func (m moment) passage(now time.Time) (*passage, error) {
	record, err := analytics.Decode(m.record)
	if err != nil {
		return nil, err
	}
	return &passage{at: m.at, order: m.order, record: record, before: m.before, life: lifeOf(record.Record, now)}, nil
}

// A passage is a record on its way from one of its events to the next.
type passage struct {
	at     int64 // of the next event, in microseconds
	order  uint64
	record *analytics.Anonymous
	before bool
	life
}

// happen makes the next event come true, and reports whether there is another one.
func (p *passage) happen(fold *analytics.Fold) (goesOn bool) {
	if p.before {
		fold.Submit(p.record)
		return false
	}
	changed, started, ended := p.changed.UnixMicro(), p.started.UnixMicro(), p.ended.UnixMicro()
	switch counted := fold.HasCounted(p.record); {
	case counted && p.at < changed:
		p.at = changed // a record that corrects an earlier one did so when it was written
		return true
	case p.at >= ended:
		fold.ApplyAnonymous(p.record)
		return false
	case !p.started.IsZero() && p.at >= started:
		fold.ApplyAnonymous(p.record.As(running(p.record.Record)))
		p.at = ended
	case !p.started.IsZero():
		fold.ApplyAnonymous(p.record.As(queued(p.record.Record)))
		p.at = started
	default:
		fold.ApplyAnonymous(p.record.As(queued(p.record.Record)))
		p.at = ended
	}
	return true
}

func (p *passage) earlier(other *passage) bool {
	return cmp.Or(cmp.Compare(p.at, other.at), cmp.Compare(p.order, other.order)) < 0
}

// passages is a heap, the next one first.
type passages []*passage

func (h passages) Len() int           { return len(h) }
func (h passages) Less(i, j int) bool { return h[i].earlier(h[j]) }
func (h passages) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *passages) Push(x any)        { *h = append(*h, x.(*passage)) }
func (h *passages) Pop() any {
	last := len(*h) - 1
	p := (*h)[last]
	*h = (*h)[:last]
	return p
}
