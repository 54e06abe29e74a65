package backfill

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// askTimeout is for each question to Prometheus.
const askTimeout = 10 * time.Second

// A Prometheus is a running one that is to hold the past.
type Prometheus struct {
	url string
	api v1.API
}

// NewPrometheus is the one at a URL, which must not hold a password: it would be seen in the list of processes.
func NewPrometheus(at string) (*Prometheus, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return nil, errors.New("want a URL like http://localhost:9090")
	}
	if u.User != nil {
		return nil, errors.New("the URL holds a user or a password: leave it out, and say --label, --to and --retention instead")
	}
	client, err := api.NewClient(api.Config{Address: at})
	if err != nil {
		return nil, err
	}
	return &Prometheus{url: at, api: v1.NewAPI(client)}, nil
}

// Holdings are what it holds.
func (p *Prometheus) Holdings(ctx context.Context) (*Holdings, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	status, err := p.api.TSDB(ctx)
	if err != nil {
		return nil, p.wrap("from when on its latest samples are", err)
	}
	info, err := p.api.Runtimeinfo(ctx)
	if err != nil {
		return nil, p.wrap("how long it keeps samples", err)
	}
	flags, err := p.api.Flags(ctx)
	if err != nil {
		return nil, p.wrap("where it keeps its data", err)
	}
	h := &Holdings{Retention: retention(info.StorageRetention), Dir: flags["storage.tsdb.path"]}
	if head := status.HeadStats; head.MinTime <= head.MaxTime { // an empty head has its limits crossed
		h.Head = time.UnixMilli(int64(head.MinTime))
	}
	blocks, err := p.api.TSDBBlocks(ctx)
	if refused, ok := errors.AsType[*v1.Error](err); err != nil && !(ok && strings.HasSuffix(refused.Msg, " 404")) {
		return nil, p.wrap("which blocks it has", err) // which older versions do not tell
	}
	for _, b := range blocks.Blocks {
		id, _ := ulid.Parse(b.ULID) // only shown
		h.Blocks = append(h.Blocks, block.Meta{ULID: id, MinTime: b.MinTime, MaxTime: b.MaxTime})
	}
	return h, nil
}

// retention is the time in a text like "15d or 10GB"; 0 where it has none.
func retention(text string) time.Duration {
	for part := range strings.SplitSeq(text, " or ") {
		if kept, err := model.ParseDuration(part); err == nil {
			return time.Duration(kept)
		}
	}
	return 0
}

// Target are the labels that it gives to the series of the exporter that it scrapes. Where some are given already, they have
// to be these.
func (p *Prometheus) Target(ctx context.Context, given map[string]string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	found, _, _, err := p.api.Query(ctx, metrics.Ready.Name, time.Time{})
	if err != nil {
		return nil, p.wrap("which labels its series have", err)
	}
	var targets []map[string]string
	if vector, ok := found.(model.Vector); ok {
		for _, sample := range vector {
			target := asLabels(sample.Metric).Map()
			delete(target, model.MetricNameLabel)
			targets = append(targets, target)
		}
	}
	switch {
	case len(targets) == 0:
		return nil, fmt.Errorf("the Prometheus at %s has no %s now: see whether it scrapes the exporter, and whether that is up",
			p.url, metrics.Ready.Name)
	case slices.ContainsFunc(targets, func(t map[string]string) bool { return maps.Equal(t, given) }):
		return given, nil
	case len(given) > 0:
		return nil, fmt.Errorf("the Prometheus at %s has no series with %s; want the labels of a target of its own: %s",
			p.url, asFlags(given), allAsFlags(targets))
	case len(targets) > 1:
		return nil, fmt.Errorf("the Prometheus at %s scrapes %d exporters; say which one goes on with the past: %s", p.url,
			len(targets), allAsFlags(targets))
	}
	return targets[0], nil
}

// FirstScrape is the first scrape that is not before a time of a target that was ready; nil where there is none within headSpan.
func (p *Prometheus) FirstScrape(ctx context.Context, target map[string]string, from time.Time) (*Scrape, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	const what = "what it scraped first"
	matchers := labels.FromMap(target).String()
	window := "[" + model.Duration(headSpan).String() + "]"
	found, _, _, err := p.api.Query(ctx, metrics.Ready.Name+matchers+window, from.Add(headSpan))
	if err != nil {
		return nil, p.wrap(what, err)
	}
	first := firstAfter(found, from)
	if first.IsZero() {
		return nil, nil
	}
	series, _, _, err := p.api.Query(ctx, matchers, first)
	if err != nil {
		return nil, p.wrap(what, err)
	}
	scrape := &Scrape{At: first, Totals: make(map[string]float64)}
	natives := 0
	vector, _ := series.(model.Vector)
	for _, sample := range vector {
		if !isTotal(string(sample.Metric[model.MetricNameLabel])) {
			continue
		}
		value := float64(sample.Value)
		if sample.Histogram != nil {
			value = float64(sample.Histogram.Count)
			natives++
		}
		scrape.Totals[asLabels(sample.Metric).String()] = value
	}
	if natives == 0 && len(scrape.Totals) > 0 {
		return nil, fmt.Errorf("the Prometheus at %s does not scrape native histograms, which the past has: set "+
			"scrape_native_histograms and always_scrape_classic_histograms, as provisioning/prometheus/prometheus.yml does", p.url)
	}
	return scrape, nil
}

// firstAfter is the time of the first sample of series that is 1 and not before a time; zero where there is none.
func firstAfter(series model.Value, from time.Time) (first time.Time) {
	matrix, _ := series.(model.Matrix)
	for _, of := range matrix {
		for _, sample := range of.Values {
			at := sample.Timestamp.Time()
			if sample.Value == 1 && !at.Before(from) && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
	}
	return first
}

func asLabels(metric model.Metric) labels.Labels {
	set := make(map[string]string, len(metric))
	for name, value := range metric {
		set[string(name)] = string(value)
	}
	return labels.FromMap(set)
}

func (p *Prometheus) wrap(what string, err error) error {
	return fmt.Errorf("asking the Prometheus at %s %s: %w; see whether one answers there", p.url, what, err)
}

func allAsFlags(targets []map[string]string) string {
	all := make([]string, len(targets))
	for i, t := range targets {
		all[i] = asFlags(t)
	}
	slices.Sort(all)
	return strings.Join(all, "; or ")
}

func asFlags(target map[string]string) string {
	var flags []string
	for _, name := range slices.Sorted(maps.Keys(target)) {
		flags = append(flags, fmt.Sprintf("--label=%s=%s", name, target[name]))
	}
	return strings.Join(flags, " ")
}
