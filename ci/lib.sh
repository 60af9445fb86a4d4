# Shared by the scripts in ci/: changes to the repository's root, times steps, and counts tests for .ci/run.
# Sourced, not run.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# One more than processors, because some tests mostly wait.
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(($(nproc) + 1))}
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}

# say TEXT: announces a step.
say() { printf '\n==> %s\n' "$*"; }

# timed NAME COMMAND…: runs the command, and prints how long it took. Returns its status.
timed() {
  local name=$1 start=$SECONDS status=0
  shift
  say "$name"
  "$@" || status=$?
  printf '==> %s: %s after %d s\n' "$name" "$([ $status = 0 ] && echo done || echo FAILED)" \
    $((SECONDS - start))
  return $status
}

# count PASSED FAILED: adds to the totals that .ci/run prints at its end.
count() {
  if [ -n "${SURISIM_COUNTS:-}" ]; then echo "$1 $2" >>"$SURISIM_COUNTS"; fi
}

# keep_failures PRESET LOG: saves the failures in ctest's output, which .ci/run prints again at its end.
keep_failures() {
  [ -n "${SURISIM_FAILURES:-}" ] || return 0
  {
    echo "$1:"
    awk '/: Failure$/ { shown = 1 } shown || /\*\*\*/ { print } /^\[  FAILED  \]/ { shown = 0 }' "$2" | head -n 100
  } >>"$SURISIM_FAILURES"
}

# build PRESET [TARGET…]: configures, with $configure_options, and builds.
configure_options=()
build() {
  local preset=$1
  shift
  timed "configure $preset" cmake --preset "$preset" --log-level=WARNING "${configure_options[@]}"
  timed "build $preset" cmake --build --preset "$preset" ${1:+--target "$@"}
}

# run_ctest PRESET [CTEST-OPTION…]: runs the tests, through the command in $tsan_wrap if it is set.
run_ctest() {
  local preset=$1 log status=0 total failed
  shift
  log=$(mktemp)
  ${tsan_wrap:-} ctest --preset "$preset" "$@" </dev/null 2>&1 | tee "$log" || status=$?
  failed=$(sed -nE 's/.* ([0-9]+) tests? failed out of [0-9]+.*/\1/p' "$log" | tail -n 1)
  total=$(sed -nE 's/.* failed out of ([0-9]+).*/\1/p' "$log" | tail -n 1)
  [ "$status" = 0 ] || keep_failures "$preset" "$log"
  rm -f "$log"
  [ -n "$total" ] || return 1
  count $((total - failed)) "$failed"
  return "$status"
}
