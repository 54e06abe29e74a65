package postgres

import (
	"hash/maphash"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// texts keeps one copy of texts that come again in row after row, such as the names of courses and verdicts. It forgets
// a text when another one takes its slot, which bounds the memory and costs no more than one allocation.
type texts struct {
	seed  maphash.Seed
	slots [4096]string
}

func newTexts() *texts { return &texts{seed: maphash.MakeSeed()} }

func (t *texts) text(raw []byte) string {
	if len(raw) > submission.MaxText {
		return string(raw)
	}
	slot := &t.slots[maphash.Bytes(t.seed, raw)%uint64(len(t.slots))]
	if *slot != string(raw) {
		*slot = string(raw)
	}
	return *slot
}
