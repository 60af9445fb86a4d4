#!/usr/bin/env bash
# If Suricata's headers are on the include path, each of our headers includes Suricata's header of the same
# name, and nothing else: in C and C++, in any order on the path and in the file. Method: stubs of Suricata's
# headers that declare one thing each; preprocessing ours must give exactly that. Usage: suricatas_own.sh
# SIMULATOR_INCLUDE_DIR
set -euo pipefail

ours=$1
suricata=$(mktemp -d)
trap 'rm -rf "$suricata"' EXIT

declares() { tr -c 'a-z0-9\n' _ <<<"suricatas_$1"; } # HEADER
stand_in() {                                         # HEADER GUARD
  printf '#ifndef %s\n#define %s\nint %s;\n#endif\n' "$2" "$2" "$(declares "$1")" >"$suricata/$1"
}

headers=()
for path in "$ours"/suricata/*.h; do
  header=$(basename "$path")
  [[ $header != surisim_* ]] || continue
  headers+=("$header")
  stand_in "$header" "$(sed -n 's/^#ifndef \([A-Z_0-9]*_H_*\)$/\1/p' "$path" | head -n 1)"
done
touch "$suricata/autoconf.h" "$suricata/tm-queuehandlers.h"
echo '#include "rust-bindings.h"' >>"$suricata/rust.h" # it is generated, and reached through that

# These headers of Suricata are not C++; in C++ ours are used.
c_only=(app-layer-parser.h app-layer-register.h app-layer.h output.h output-eve.h output-file.h output-filedata.h
  output-json.h output-streaming.h rust.h
  rust-bindings.h util-logopenfile.h util-print.h)

failures=0
# check LANGUAGE TEXT "HEADER..." FLAG...: TEXT is preprocessed to the declarations of HEADERs, once each.
check() {
  local language=$1 text=$2 expected=$3 found header
  shift 3
  found=$("${CC:-cc}" -x "$language" -E -P "$@" - <<<"$text" | sed "/^$/d") || found=
  for header in $expected; do
    [ "$(grep -c "^int $(declares "$header");$" <<<"$found")" = 1 ] || found=
  done
  if [ -z "$found" ] || grep -qv '^int suricatas_[a-z0-9_]*;$' <<<"$found"; then
    echo "FAILED: $expected in $language, $*"
    failures=$((failures + 1))
  fi
}

for language in c c++; do
  before= after= all=
  for header in "${headers[@]}"; do
    [ "$language" = c ] || [[ " ${c_only[*]} " != *" $header "* ]] || continue
    one="#include <suricata/$header>"
    check "$language" "$one" "$header" -I"$ours" -I"$suricata"
    check "$language" "$one" "$header" -I"$suricata" -I"$ours"
    check "$language" "#include \"$header\"" "$header" -I"$ours/suricata" -I"$suricata"
    all+=" $header"
    before+="$one"$'\n'
    after+="#include \"$header\""$'\n'
  done
  for text in "$before$after" "$after$before"; do
    check "$language" "$text" "$all" -I"$ours" -I"$suricata"
    check "$language" "$text" "$all" -I"$suricata" -I"$ours"
    check "$language" "$text" "$all" -I"$ours/suricata" -I"$ours" -I"$suricata"
    check "$language" "$text" "$all" -I"$suricata" -I"$ours/suricata" -I"$ours"
  done
done
echo "${#headers[@]} headers, $failures failures"
[ "$failures" = 0 ] && [ ${#headers[@]} -gt 30 ]
