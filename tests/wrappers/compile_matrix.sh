#!/usr/bin/env bash
# Compiles the wrappers with each installed compiler, with and without exceptions and RTTI, all
# warnings as errors; with g++ also as C++23, with std::expected instead of tl::expected.
# Usage: compile_matrix.sh WRAPPERS_INCLUDE_DIR
set -euo pipefail

source=$(dirname "$0")/compile_matrix.cpp
flags=(-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror -fsyntax-only -I "$1")

compile() { # COMPILER FLAG...
  if "$@" "${flags[@]}" "$source"; then
    echo "compiled: $*"
  else
    echo "FAILED:   $*"
    return 1
  fi
}

matrix=()
for compiler in g++ clang++; do
  if command -v "$compiler" >/dev/null; then
    for exceptions in -fexceptions -fno-exceptions; do
      for rtti in -frtti -fno-rtti; do matrix+=("$compiler -std=c++20 $exceptions $rtti"); done
    done
  else
    echo "not here: $compiler"
  fi
done
if command -v g++ >/dev/null; then
  matrix+=("g++ -std=c++23 -fexceptions -frtti" "g++ -std=c++23 -fno-exceptions -fno-rtti")
fi
if [ ${#matrix[@]} = 0 ]; then
  echo "compile_matrix.sh: neither g++ nor clang++ is here" >&2
  exit 1
fi

pids=()
for entry in "${matrix[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
  # shellcheck disable=SC2086 # an entry is a command line
  compile $entry &
  pids+=($!)
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=1; done
exit "$status"
