/*
 * Slots of devices. They can be registered; surisim has no devices, so no function gives a plugin
 * one, and there are no values.
 *
 * When:    while plugins are loaded: later registrations are refused with id -1.
 * Owner:   the host keeps the name's pointer (L17).
 * Threads: main.
 * Source:  device-storage.h; L16, E8.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<device-storage.h>)
#include_next <device-storage.h>
#else
#include <device-storage.h>
#endif
#endif

#ifndef SURICATA_DEVICE_STORAGE_H
#define SURICATA_DEVICE_STORAGE_H

#include "suricata-common.h"

SURISIM_C_BEGIN

#if SURISIM_API_VERSION == 0x0800
typedef struct LiveDevStorageId_ {
    int id;
} LiveDevStorageId;

LiveDevStorageId LiveDevStorageRegister(const char *name, unsigned int size,
                                        void *(*Alloc)(unsigned int), void (*Free)(void *));
unsigned int LiveDevStorageSize(void);
#else
typedef struct SCLiveDevStorageId_ {
    int id;
} SCLiveDevStorageId;

SCLiveDevStorageId SCLiveDevStorageRegister(const char *name, void (*Free)(void *));
/* Bytes that all slots take. */
unsigned int SCLiveDevStorageSize(void);
#endif

SURISIM_C_END

#endif
