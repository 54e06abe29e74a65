package e2e

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestWhatIsWrittenElsewhereIsTheSame: Prometheus with the configuration of the component remote-write hands on everything, native
// histograms as well, so that dashboards ask either. Prometheus itself takes it here, where Mimir would.
func TestWhatIsWrittenElsewhereIsTheSame(t *testing.T) {
	t.Parallel()
	e := serve(t, nil, nil, "--source=demo:", "--demo.students=30").ready()
	receives := freeAddress(t)
	receiver := &prometheus{t: t, url: "http://" + receives, process: start(t, nil, nil, tool(t, "prometheus"),
		"--config.file="+file(t, "receiver.yml", "global: {}\n"), "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+receives,
		"--web.enable-remote-write-receiver")}
	receiver.await(t, "Server is ready to receive web requests")

	config, err := os.ReadFile("../k8s/components/remote-write/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(config)
	for from, to := range map[string]string{
		"http://mimir:8080/api/v1/push": receiver.url + "/api/v1/write",
		"    dns_sd_configs: # every shard, ready or not\n      - names: [_metrics._tcp.exporter]\n        type: SRV\n        refresh_interval: 15s\n": `    static_configs: [{targets: ["` +
			strings.TrimPrefix(e.url, "http://") + `"]}]` + "\n",
		"scrape_interval: 15s": "scrape_interval: 1s",
	} {
		if !strings.Contains(text, from) {
			t.Fatalf("the configuration has no %q", from)
		}
		text = strings.Replace(text, from, to, 1)
	}
	writes := freeAddress(t)
	writer := &prometheus{t: t, url: "http://" + writes, process: start(t, nil, nil, tool(t, "prometheus"),
		"--config.file="+file(t, "prometheus.yml", text), "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+writes)}
	writer.await(t, "Server is ready to receive web requests")

	for _, query := range []string{
		"sum (grader_submissions_total)",
		"count ({__name__=~\"grader_.+\"})",
		"histogram_quantile(0.9, sum (grader_check_duration_seconds))",
		"sum (grader_feedback_seconds_bucket)",
		"histogram_count(sum (grader_submission_score_ratio))",
	} {
		eventually(t, query+" is the same in both", func() bool {
			at := time.Now().Add(-5 * time.Second) // what is on its way has come
			here, there := writer.at(query, at), receiver.at(query, at)
			return len(here) == 1 && len(there) == 1 && here[0].Value.value == there[0].Value.value && here[0].Value.value > 0
		})
	}
}
