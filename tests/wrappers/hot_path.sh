#!/usr/bin/env bash
# get_mut through the API takes two instructions more than the raw call, to check the handle. (For
# get_mut without a call see tests/cost.)
# Method: count the instructions up to the call in the optimised code.
# Usage: hot_path.sh WRAPPERS_INCLUDE_DIR
set -euo pipefail

include=$1
source=$(dirname "$0")/hot_path.cpp
object=$(mktemp --suffix=.o)
trap 'rm -f "$object"' EXIT

instructions_to_the_call() { # FUNCTION
  objdump -d --no-show-raw-insn "$object" |
    awk -v name="<$1>:" '
      $2 == name { inside = 1; next }
      inside && NF { ++n; if ($2 == "jmp" || $2 == "call") { print n; exit } }'
}

status=0
checked=0
for compiler in g++ clang++; do
  command -v "$compiler" >/dev/null || { echo "not here: $compiler"; continue; }
  "$compiler" -std=c++20 -O2 -fPIC -DSURICATA_FFI_DIRECT=0 -I "$include" -c -o "$object" "$source"
  raw=$(instructions_to_the_call raw_call)
  wrapped=$(instructions_to_the_call get_mut)
  echo "$compiler: raw call $raw instructions, get_mut $wrapped"
  if [ -z "$raw" ] || [ -z "$wrapped" ] || [ "$wrapped" -gt $((raw + 2)) ]; then
    echo "FAILED: get_mut may take two more instructions than the raw call"
    status=1
  fi
  checked=$((checked + 1))
done
[ "$checked" -gt 0 ] || { echo "hot_path.sh: neither g++ nor clang++ is here" >&2; exit 1; }
exit "$status"
