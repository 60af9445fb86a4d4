/* Included first by every header here: C functions keep their C names if a C++ file includes these
 * headers. It does not have the name of one of Suricata's headers, so it is found whichever come
 * first.
 *
 * If Suricata's own headers are on the include path, each header here includes Suricata's header of
 * the same name instead of its own contents: Suricata's headers need all of their types, and only
 * they know the layouts of their build. */
#ifndef SURISIM_C_H
#define SURISIM_C_H

/* The Suricata that is compiled for: 0x0900 for 9.0, or 0x0800 for 8.0
 * (-DSURISIM_API_VERSION=0x0800). */
#ifndef SURISIM_API_VERSION
#define SURISIM_API_VERSION 0x0900
#endif
#if SURISIM_API_VERSION != 0x0900 && SURISIM_API_VERSION != 0x0800
#error "SURISIM_API_VERSION is neither 0x0900 nor 0x0800"
#endif

#ifdef __cplusplus
#define SURISIM_C_BEGIN extern "C" {
#define SURISIM_C_END }
#else
#define SURISIM_C_BEGIN
#define SURISIM_C_END
#endif

/* Two names that only Suricata has. */
#ifdef __has_include
#if __has_include(<autoconf.h>) && __has_include(<tm-queuehandlers.h>)
#define SURISIM_SURICATA_HEADERS
#include <suricata-common.h> /* Suricata's other headers rely on it */
/* Headers with these two C keywords are C++ only if the keywords are defined. */
#if !defined(__cplusplus) || defined(__clang__) ||    \
    ((defined(_Thread_local) || !defined(TLS_C11)) && \
     (defined(_Atomic) || !defined(HAVE_STDATOMIC_H)))
#define SURISIM_SURICATA_C_HEADERS
#endif
#endif
#endif

#endif
