/*
 * Memory: malloc and its relatives, and the macros with which plugins call them.
 *
 * When:    at any time.
 * Owner:   the caller, who frees memory with SCFree, which is free: a plugin may free memory that
 *          the host has allocated, and vice versa.
 * Threads: any.
 * Source:  util-mem.h, util-mem.c. NULL if out of memory. While the engine starts, Suricata ends
 *          with status 1 instead; here that is the violation process-exit, and NULL.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-mem.h>)
#include_next <util-mem.h>
#else
#include <util-mem.h>
#endif
#endif

#ifndef SURICATA_UTIL_MEM_H
#define SURICATA_UTIL_MEM_H

#include "surisim_common.h"

SURISIM_C_BEGIN

void *SCMallocFunc(const size_t sz);
void *SCCallocFunc(const size_t nm, const size_t sz);
void *SCReallocFunc(void *ptr, const size_t size);
char *SCStrdupFunc(const char *s);
char *SCStrndupFunc(const char *s, size_t n);
/* NULL unless `align` is a power of two and a multiple of the size of a pointer. */
void *SCMallocAlignedFunc(const size_t size, const size_t align);
void SCFreeAlignedFunc(void *ptr);

#define SCMalloc(sz) SCMallocFunc((sz))
#define SCCalloc(nm, sz) SCCallocFunc((nm), (sz))
#define SCRealloc(ptr, sz) SCReallocFunc((ptr), (sz))
#define SCStrdup(s) SCStrdupFunc((s))
#define SCStrndup(s, n) SCStrndupFunc((s), (n))
#define SCFree(p) free((p))
#define SCMallocAligned(size, align) SCMallocAlignedFunc((size), (align))
#define SCFreeAligned(p) SCFreeAlignedFunc((p))

SURISIM_C_END

#endif
