# Everything is built with Go alone; tools are Go modules of their own under tools/.

BUILD := $(CURDIR)/.build
PROMETHEUS := $(BUILD)/prometheus $(BUILD)/promtool
ALERTMANAGER := $(BUILD)/alertmanager $(BUILD)/amtool
KUBERNETES := $(BUILD)/kustomize $(BUILD)/manifests
POSTGRES_EXPORTER := $(BUILD)/postgres_exporter
TOOLS := $(PROMETHEUS) $(ALERTMANAGER) $(KUBERNETES) $(POSTGRES_EXPORTER)
VERSION ?= dev
FUZZ ?= 60s

.PHONY: run
run: ## serve the demo semester on http://localhost:9850
	go build -o $(BUILD)/exporter ./exporter
	@exec env GRADEWATCH_WEB_LISTEN_ADDRESS=$${GRADEWATCH_WEB_LISTEN_ADDRESS:-127.0.0.1:9850} \
		sh -c 'echo "Open http://$$GRADEWATCH_WEB_LISTEN_ADDRESS and stop with Ctrl-C."; exec $(BUILD)/exporter serve --source=demo:'

.PHONY: demo
demo: $(PROMETHEUS) ## the demo semester with its whole past in a real Prometheus, without Docker
	go build -o $(BUILD)/exporter ./exporter
	@exec tools/demo.sh

.PHONY: test
# Not cached: some tests run programs that are built on the way, whose changes the cache of go test does not see. Four at a time, since
# some wait for what takes minutes.
test: $(TOOLS) ## all tests, against a real PostgreSQL and a real Prometheus
	PATH="$(BUILD):$$PATH" go test -count=1 -timeout=25m -parallel=4 ./...

.PHONY: test-grafana
# For a Grafana that is there for it: what has a name of the tests, as the folders product and operations, is removed.
test-grafana: ## access on a real Grafana: GRADEWATCH_TEST_GRAFANA_URL, the password of its admin in GRADEWATCH_TEST_GRAFANA_PASSWORD
	go test -count=1 -p=1 -tags=grafana ./dashboards-go/access ./dashboards-go/grafana/grafanatest

.PHONY: check
check: ## what must hold beside the tests: format, vet, linter, generated files
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	go vet ./...
	go -C tools/staticcheck build -o $(BUILD)/ honnef.co/go/tools/cmd/staticcheck
	$(BUILD)/staticcheck ./...
	go test -race ./exporter/intake ./exporter/metrics ./exporter/analytics ./exporter/listener ./exporter/block ./exporter/timeline \
		./dashboards-go/access ./dashboards-go/grafana/...
	go run ./dashboards-go generate --output=provisioning/grafana/dashboards --courses=provisioning/courses.yaml --timezone=UTC --language=en,ru --check
	go run ./alerts --check

.PHONY: race
# The programs that the tests start are built with it as well. Three times as long as make test.
race: $(TOOLS) ## all tests, with Go's race detector
	PATH="$(BUILD):$$PATH" go test -race -count=1 -timeout=75m -parallel=2 ./...

.PHONY: vulnerabilities
vulnerabilities: ## what is known to be wrong with what is used; asks vuln.go.dev, or the DB that GOVULNDB names
	go -C tools/govulncheck build -o $(BUILD)/ golang.org/x/vuln/cmd/govulncheck
	$(BUILD)/govulncheck $${GOVULNDB:+-db=$$GOVULNDB} ./...

.PHONY: image
image: ## the three images, with Docker: VERSION=1.0.0 names another version than dev
	for target in exporter dashboards semester; do \
		docker build --target=$$target --build-arg=VERSION=$(VERSION) --build-arg=REVISION=$$(git rev-parse HEAD) \
			--tag=gradewatch/$$target:$(VERSION) . || exit 1; \
	done

.PHONY: generate
generate: ## docs/metrics.md, the alert rules and the dashboards
	go run ./exporter metrics > docs/metrics.md
	go run ./alerts
	go run ./dashboards-go generate --output=provisioning/grafana/dashboards --courses=provisioning/courses.yaml --timezone=UTC --language=en,ru

.PHONY: report
report: $(PROMETHEUS) ## docs/dashboards-cost.md: what it takes to open each dashboard
	PATH="$(BUILD):$$PATH" GRADEWATCH_REPORT=$(CURDIR)/docs/dashboards-cost.md \
		go test -count=1 -run='^TestDashboardsOverPrometheus$$' ./e2e

.PHONY: report-alerts
report-alerts: $(PROMETHEUS) ## docs/alerts-tried.md: how soon incidents are seen, and how often alerts are wrong; about half an hour
	PATH="$(BUILD):$$PATH" GRADEWATCH_REPORT_ALERTS=$(CURDIR)/docs/alerts-tried.md \
		go test -count=1 -timeout=2h -run='^TestIncidentsAreTold$$' ./e2e

.PHONY: report-scaling
report-scaling: $(PROMETHEUS) ## docs/scaling-measured.md: 1,000 courses and 200,000 students; half an hour, and 10 GB of memory
	PATH="$(BUILD):$$PATH" GRADEWATCH_REPORT_SCALING=$(CURDIR)/docs/scaling-measured.md \
		go test -count=1 -timeout=3h -run='^TestLarge$$' ./e2e

.PHONY: bench
bench: $(PROMETHEUS) ## the ratios of speed and memory, each a line: name, value, target; about twelve minutes
	PATH="$(BUILD):$$PATH" go test -run='^$$' -bench=. -benchtime=1x -timeout=30m ./e2e/bench

.PHONY: soak
soak: $(PROMETHEUS) ## the tests' chaos for an hour; GRADEWATCH_SOAK=8h: for longer; GRADEWATCH_SEED=7: of one seed
	PATH="$(BUILD):$$PATH" GRADEWATCH_SOAK=$${GRADEWATCH_SOAK:-1h} \
		go test -count=1 -timeout=0 -v -run='^(TestChaos|TestReplicas)$$' ./e2e

.PHONY: fuzz
fuzz: ## what reads what others write, each for a minute; FUZZ=1h: for longer
	go test -run='^$$' -fuzz=FuzzDecode -fuzztime=$(FUZZ) ./exporter/submission
	go test -run='^$$' -fuzz=FuzzRefusesPasswords -fuzztime=$(FUZZ) ./exporter/source/postgres

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(PROMETHEUS): tools/prometheus/go.mod
	go -C tools/prometheus build -o $(BUILD)/ \
		github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool

$(KUBERNETES): tools/kubernetes/go.mod tools/kubernetes/manifests/main.go
	go -C tools/kubernetes build -o $(BUILD)/ ./manifests sigs.k8s.io/kustomize/kustomize/v5

$(POSTGRES_EXPORTER): tools/postgres_exporter/go.mod
	go -C tools/postgres_exporter build -o $(BUILD)/ github.com/prometheus-community/postgres_exporter/cmd/postgres_exporter

$(ALERTMANAGER): tools/alertmanager/go.mod
	go -C tools/alertmanager build -o $(BUILD)/ \
		github.com/prometheus/alertmanager/cmd/alertmanager github.com/prometheus/alertmanager/cmd/amtool
