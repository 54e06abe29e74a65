// Package jsonl reads submission records from a log that holds one JSON object a line: from a file, which it follows
// while it grows, is rotated or truncated, or from standard input.
package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// standardInput is the path that stands for it.
const standardInput = "-"

// A Source is a log of submission records.
type Source struct {
	name    string
	log     log
	decoder *submission.Decoder
	now     func() time.Time
	record  submission.Record // the latest one; the same memory for all
}

var _ source.Source = (*Source)(nil)

// A log is where lines come from.
type log interface {
	// poll hands over every line that is there and was not handed over before.
	poll(context.Context, intake) error
	close() error
}

// An intake takes lines on their way into the sink.
type intake struct {
	*Source
	sink source.Sink
}

// New makes the Source that reads the file at path; "-" is standard input. now tells what lies in the future. A file
// that does not exist is an error of every Poll until it does.
func New(path string, decoder *submission.Decoder, now func() time.Time) (*Source, error) {
	switch path {
	case "":
		return nil, errors.New(`jsonl has no path; name a file as in jsonl:/var/log/checks.jsonl, or "-" for standard input`)
	case standardInput:
		return newStream(os.Stdin, decoder, now), nil
	}
	return &Source{name: path, log: &file{path: path}, decoder: decoder, now: now}, nil
}

// newStream makes the Source that reads from a stream such as standard input.
func newStream(from io.Reader, decoder *submission.Decoder, now func() time.Time) *Source {
	return &Source{name: "standard input", log: startStream(from), decoder: decoder, now: now}
}

// Name is the path of the log.
func (s *Source) Name() string { return s.name }

// Poll hands over the lines that have come since the last Poll.
func (s *Source) Poll(ctx context.Context, sink source.Sink) error {
	return s.log.poll(ctx, intake{s, sink})
}

// Close lets go of the log.
func (s *Source) Close() error { return s.log.close() }

// drain takes lines until there are no more for now, which read tells by io.EOF.
func (in intake) drain(ctx context.Context, lines *lines, read func([]byte) (int, error)) error {
	for {
		line, err := lines.next(ctx, read)
		switch {
		case err == nil:
			in.take(line)
		case errors.Is(err, errTooLong):
			in.reject(line, submission.TooLong, fmt.Sprintf("the line is longer than %d bytes and is skipped", maxLine))
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
}

func (in intake) take(line line) {
	if fault := in.decoder.Decode(line.text, &in.record, in.now()); fault != nil {
		fault.Where = in.where(line)
		in.sink.Reject(fault)
		return
	}
	in.sink.Record(&in.record)
}

// end rejects the beginning of a line whose rest will never come, for the reason given.
func (in intake) end(lines *lines, reason string) {
	if rest := lines.rest(); len(rest.text) > 0 {
		in.reject(rest, submission.Malformed, "the line has no end: "+reason)
	}
	lines.dropRest()
}

func (in intake) reject(line line, reason submission.Reason, detail string) {
	in.sink.Reject(&submission.Fault{Reason: reason, Where: in.where(line), Detail: detail})
}

func (in intake) where(line line) string { return fmt.Sprintf("%s:%d", in.name, line.number) }
