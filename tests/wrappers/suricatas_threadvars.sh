#!/usr/bin/env bash
# Suricata's threadvars.h, of both versions, compiles before the wrappers (suricata_ffi/threadvars.hpp) with
# each installed compiler, and so does the whole standard library after it. Method: stubs of Suricata's headers,
# with everything in them that is not C++, and its offsets. Usage: suricatas_threadvars.sh WRAPPERS_INCLUDE_DIR
set -euo pipefail

include=$1
headers=$(mktemp -d)
trap 'rm -rf "$headers"' EXIT

cat >"$headers/autoconf.h" <<'END' # without a guard, as Suricata's
#define STAND_IN_CONFIGURED 1
END
cat >"$headers/suricata-common.h" <<'END'
#ifndef STAND_IN_COMMON
#define STAND_IN_COMMON
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "autoconf.h"
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#define str(a) #a
#define likely(e) __builtin_expect(!!(e), 1)
#define unlikely(e) __builtin_expect(!!(e), 0)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define thread_local _Thread_local
extern thread_local int stand_in_of_each_thread;
#define ATOMIC_FIELD(type, name) _Atomic(type) name##_atomic
#endif
END
cat >"$headers/threadvars.h" <<'END'
#ifndef SURICATA_THREADVARS_H
#define SURICATA_THREADVARS_H
typedef struct Storage {
  void *ptr;
} Storage;
typedef struct ThreadVars_ {
  pthread_t t;
  char name[16];
#if STAND_IN == 80
  char *thread_group_name;
  char more[248];
#else
  char more[224];
#endif
  ATOMIC_FIELD(uint32_t, flags);
  ATOMIC_FIELD(bool, sync_now);
  char *iface_name;
  Storage storage[];
} ThreadVars;
#endif
END
cat >"$headers/flow.h" <<'END' # included after
typedef struct Flow_ {
  ATOMIC_FIELD(uint16_t, use_cnt);
} Flow;
END
cat >"$headers/unit.cpp" <<'END'
#include <suricata_ffi/threadvars.hpp>
extern "C" {
#include "flow.h"
}
#include <future>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>
#include <suricata_ffi/eve.hpp>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/plugin.hpp>
#include <suricata_ffi/thread.hpp>

thread_local std::string of_each_thread;

namespace detail = suricata_ffi::detail;
constexpr bool is_80 = STAND_IN == 80;
static_assert(STAND_IN_CONFIGURED == 1);
static_assert(std::is_same_v<detail::UnitLayout, detail::SeenLayout<is_80 ? 296 : 264>>);
static_assert(detail::version_of_header<ThreadVars_>() == (is_80 ? 0x0800 : 0x0900));
END

compilers=()
if command -v g++ >/dev/null; then compilers+=("g++ -std=c++20" "g++ -std=c++23"); fi
if command -v clang++ >/dev/null; then compilers+=("clang++ -std=c++20"); fi
[ ${#compilers[@]} -gt 0 ] || { echo "suricatas_threadvars.sh: neither g++ nor clang++ is here" >&2; exit 1; }

compile() { # VERSION COMPILER...
  if "${@:2}" -Wall -Wextra -Werror -fsyntax-only "-DSTAND_IN=$1" -isystem "$headers" \
    -I "$include" "$headers/unit.cpp"; then
    echo "compiled: $*"
  else
    echo "FAILED:   $*"
    return 1
  fi
}

pids=()
for version in 80 90; do
  for compiler in "${compilers[@]}"; do
    # shellcheck disable=SC2086 # a command and an option
    compile $version $compiler &
    pids+=($!)
  done
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=1; done
exit "$status"
