/* What every header here begins with: the name of a C function keeps its C name when a C++ file
 * includes these headers. Not Suricata's, so that it is there whichever headers come first.
 *
 * Where Suricata's own headers are on the include path, each header here includes the one of its
 * name in the place of what it has itself: Suricata's cannot do with less than all of their types,
 * and only they know the layouts of their build. */
#ifndef SURISIM_C_H
#define SURISIM_C_H

#ifdef __cplusplus
#define SURISIM_C_BEGIN extern "C" {
#define SURISIM_C_END }
#else
#define SURISIM_C_BEGIN
#define SURISIM_C_END
#endif

/* Two names that are Suricata's alone. */
#ifdef __has_include
#if __has_include(<autoconf.h>) && __has_include(<tm-threads.h>)
#define SURISIM_SURICATA_HEADERS
#include <suricata-common.h> /* which Suricata's others take for granted */
/* Those with these two words of C are C++ only if the compiler has the words, or is given them. */
#if !defined(__cplusplus) || defined(__clang__) ||    \
    ((defined(_Thread_local) || !defined(TLS_C11)) && \
     (defined(_Atomic) || !defined(HAVE_STDATOMIC_H)))
#define SURISIM_SURICATA_C_HEADERS
#endif
#endif
#endif

#endif
