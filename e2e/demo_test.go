package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// TestDemoWithoutDocker runs what make demo runs: months are in Prometheus at once, what is scraped goes on from there, and
// Ctrl-C ends all of it.
func TestDemoWithoutDocker(t *testing.T) {
	t.Parallel()
	build := t.TempDir()
	for name, path := range map[string]string{
		"exporter": exporterBinary, "prometheus": tool(t, "prometheus"), "promtool": tool(t, "promtool"),
	} {
		if err := os.Symlink(path, filepath.Join(build, name)); err != nil {
			t.Fatal(err)
		}
	}
	exporter, address := freeAddress(t), freeAddress(t)
	cmd := exec.Command("../tools/demo.sh")
	cmd.Env = append(os.Environ(), "DEMO_BUILD="+build, "DEMO_EXPORTER="+exporter, "DEMO_PROMETHEUS="+address,
		"GRADEWATCH_DEMO_STUDENTS=10", "GRADEWATCH_STEP=4m")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // as a shell does with what it runs
	demo := startCommand(t, cmd)
	demo.await(t, "The semester is in Prometheus")
	p := &prometheus{t: t, url: "http://" + address}
	p.awaitScrapeAfter(time.Now())
	total := "sum (" + metrics.Submissions.Name + ")"
	if now, then := p.value(total, time.Now()), p.value(total, time.Now().AddDate(0, 0, -60)); then == 0 || now < then {
		t.Errorf("there are %v submissions, and were %v 60 days ago", now, then)
	}
	p.noResets("1h")

	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-demo.ended
	if demo.err != nil {
		t.Errorf("after Ctrl-C it ends with %v", demo.err)
	}
	for _, of := range []string{exporter, address} {
		if conn, err := net.Dial("tcp", of); err == nil {
			t.Errorf("something listens on %s still", of)
			conn.Close()
		}
	}
}
