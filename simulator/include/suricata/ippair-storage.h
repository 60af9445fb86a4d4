/*
 * Slots of pairs of addresses. They can be registered; surisim has no pairs of addresses, so no
 * function gives a plugin one, and there are no values.
 *
 * When:    while plugins are loaded: later registrations are refused with id -1.
 * Owner:   the host keeps the name's pointer (L17).
 * Threads: main.
 * Source:  ippair-storage.h; L16, E8.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<ippair-storage.h>)
#include_next <ippair-storage.h>
#else
#include <ippair-storage.h>
#endif
#endif

#ifndef SURICATA_IPPAIR_STORAGE_H
#define SURICATA_IPPAIR_STORAGE_H

#include "suricata-common.h"

SURISIM_C_BEGIN

#if SURISIM_API_VERSION == 0x0800
typedef struct IPPairStorageId_ {
    int id;
} IPPairStorageId;

IPPairStorageId IPPairStorageRegister(const char *name, unsigned int size,
                                      void *(*Alloc)(unsigned int), void (*Free)(void *));
unsigned int IPPairStorageSize(void);
#else
typedef struct SCIPPairStorageId_ {
    int id;
} SCIPPairStorageId;

SCIPPairStorageId SCIPPairStorageRegister(const char *name, void (*Free)(void *));
/* Bytes that all slots take. */
unsigned int SCIPPairStorageSize(void);
#endif

SURISIM_C_END

#endif
