/*
 * Slots of hosts. They can be registered; surisim has no hosts, so no function gives a plugin
 * one, and there are no values.
 *
 * When:    while plugins are loaded: later registrations are refused with id -1.
 * Owner:   the host keeps the name's pointer (L17).
 * Threads: main.
 * Source:  host-storage.h; L16, E8.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<host-storage.h>)
#include_next <host-storage.h>
#else
#include <host-storage.h>
#endif
#endif

#ifndef SURICATA_HOST_STORAGE_H
#define SURICATA_HOST_STORAGE_H

#include "suricata-common.h"

SURISIM_C_BEGIN

#if SURISIM_API_VERSION == 0x0800
typedef struct HostStorageId_ {
    int id;
} HostStorageId;

HostStorageId HostStorageRegister(const char *name, unsigned int size, void *(*Alloc)(unsigned int),
                                  void (*Free)(void *));
unsigned int HostStorageSize(void);
#else
typedef struct SCHostStorageId_ {
    int id;
} SCHostStorageId;

SCHostStorageId SCHostStorageRegister(const char *name, void (*Free)(void *));
/* Bytes that all slots take. */
unsigned int SCHostStorageSize(void);
#endif

SURISIM_C_END

#endif
