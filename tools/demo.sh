#!/usr/bin/env bash
# The made-up semester without Docker: its past is written into the data of a Prometheus, and goes on live.
# make demo builds what it needs. GRADEWATCH_… variables of the exporter count, as GRADEWATCH_DEMO_STUDENTS=50.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${DEMO_BUILD:-$PWD/.build}
data=${DEMO_DATA:-$build/demo}
exporter=${DEMO_EXPORTER:-127.0.0.1:9850}
prometheus=${DEMO_PROMETHEUS:-127.0.0.1:9090}
export GRADEWATCH_SOURCE=demo: GRADEWATCH_STATE_FILE=$data/state

for address in "$exporter" "$prometheus"; do
	if (: <"/dev/tcp/${address%:*}/${address#*:}") 2>/dev/null; then
		echo "$address is taken: stop what listens there, or choose others with DEMO_EXPORTER and DEMO_PROMETHEUS" >&2
		exit 1
	fi
done

mkdir -p "$data"
rm -rf "$data"/prometheus "$data"/state "$data"/state.*
# There is no Alertmanager here, no database, and nothing that applies access.
sed "s/exporter:9850/$exporter/; s/localhost:9090/$prometheus/; s#/etc/prometheus/rules#$PWD/alerts/rules/${GRADEWATCH_LANGUAGE:-en}#
	/^alerting:/,/^$/d; /job_name: access/,/targets:/d; /job_name: postgres/,/targets:/d; /job_name: alertmanager/,/targets:/d" provisioning/prometheus/prometheus.yml >"$data/prometheus.yml"

echo "Writing the past of the semester, which takes about two minutes."
"$build/exporter" backfill --output="$data/prometheus" --label=job=gradewatch --label="instance=$exporter" --retention=400d

trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
trap 'exit 0' INT TERM
"$build/exporter" serve --web.listen-address="$exporter" 2>"$data/exporter.log" &
"$build/prometheus" --config.file="$data/prometheus.yml" --storage.tsdb.path="$data/prometheus" \
	--web.listen-address="$prometheus" 2>"$data/prometheus.log" &

for address in "$exporter" "$prometheus"; do
	until "$build/promtool" check ready --url="http://$address" >/dev/null 2>&1; do
		sleep 0.2
		if [ "$(jobs -pr | wc -l)" -lt 2 ]; then
			echo "It did not start; see $data/exporter.log and $data/prometheus.log" >&2
			exit 1
		fi
	done
done
cat <<END

The semester is in Prometheus, and goes on. Stop with Ctrl-C.

  http://$exporter                                         the exporter
  http://$prometheus/api/v1/query?query=grader_course_info  Prometheus, which has no pages when it is built from its module
  http://$prometheus/api/v1/alerts                          what fires

To see the dashboards, bring them to a Grafana that has the data source http://$prometheus: docs/access.md
END
wait -n
echo "One of them has ended; see $data/exporter.log and $data/prometheus.log" >&2
exit 1
