// Includes Suricata's own suricata-common.h and threadvars.h, which are C, so that they compile as
// C++.
//
// When:    optional; included before any other header of the wrappers, in a plugin that is compiled
//          with the headers of the build of Suricata that will load it, including autoconf.h (-I).
//          Then a thread's value is read without a call from the first read on (docs/hot-path.md).
// Threads: any.
// Source:  suricata-common.h, threads.h, util-atomic.h, threadvars.h of 8.0 and 9.0.
//
//   #include <suricata_ffi/threadvars.hpp>
//   #include <suricata_ffi/thread.hpp>
//
// Further headers of Suricata may be included after it, in an extern "C" block.
#pragma once

// C++ headers come first: clang's <stdatomic.h>, which Suricata includes, breaks <atomic>, and
// templates cannot be declared in an extern "C" block.
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <mutex>

// Two C keywords that g++ lacks in C++. These definitions change no size or offset.
#if !defined(__clang__)
#if __cplusplus > 202002L
#include <stdatomic.h>  // as C++23 it has _Atomic
#elif !defined(_Atomic)
#define _Atomic(type) type
#endif
#define _Thread_local __thread
#endif

// Without Suricata's headers on the path this header is empty, and reads are proved at run time.
#if __has_include("suricata-common.h") && __has_include("threadvars.h")
extern "C" {
#include "suricata-common.h"
#include "threadvars.h"
}
#endif

// Suricata's macros with names that C++ needs.
#undef str
#undef thread_local
#if !defined(__clang__)
#undef _Thread_local
#endif
