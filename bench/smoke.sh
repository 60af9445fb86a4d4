#!/bin/sh
# Runs every benchmark as briefly as possible and makes the report, so that the tests find a benchmark
# that no longer works.
# Usage: smoke.sh PROGRAMS REPORT, the directories of the benchmarks and of the report.
set -eu
programs=$1
report=$2
rm -rf "$report"
mkdir -p "$report"

run() { # NAME OPTION...
  name=$1
  shift
  "$programs/${name}_bench" --benchmark_out="$report/$name.json" --benchmark_out_format=json \
    --benchmark_repetitions=1 --benchmark_min_time=0.00001 "$@" >"$report/$name.txt" 2>&1 || {
    tail -n 20 "$report/$name.txt" >&2
    exit 1
  }
}
run get_mut
run sharing
run record
run lifecycle --benchmark_filter='/(1|8)(/|$)'
run unit_test
run explore
run storage --benchmark_filter='/100/|drive.*/1/'
run pcap --benchmark_filter='single/flows:1000/payload_bytes:100/'
python3 -B "$(dirname "$0")/report.py" "$report" >"$report/table.txt"
for file in report.md get_mut.svg table.txt; do
  [ -s "$report/$file" ] || { echo "there is no $file" >&2; exit 1; }
done
if grep -n 'not measured' "$report/report.md" >&2; then exit 1; fi
