/*
 * The devices of live captures.
 *
 * When:    registered before packet threads are created; looked up at any time afterwards.
 * Owner:   the host owns devices and their names.
 * Threads: registering: [main]. The rest: any.
 * Source:  util-device.h, util-device.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<util-device.h>)
#include_next <util-device.h>
#else
#include <util-device.h>
#endif
#endif

#ifndef SURICATA_UTIL_DEVICE_H
#define SURICATA_UTIL_DEVICE_H

#include "surisim_common.h"

SURISIM_C_BEGIN

typedef struct LiveDevice_ LiveDevice;

/* In a capture plugin's Init, for a device that is made when all plugins are loaded. Returns 0. */
int LiveRegisterDeviceName(const char *dev);
/* The same, made at once. */
int LiveRegisterDevice(const char *dev);
int LiveGetDeviceCount(void);
/* From 0. NULL: there is no such device. */
const char *LiveGetDeviceName(int number);
LiveDevice *LiveGetDevice(const char *dev);
/* As in the names of threads: a name of more than 10 characters is shortened. */
const char *LiveGetShortName(const char *dev);
/* Registers the name of each `- interface:` in the configuration's list `base`; their number. */
int LiveBuildDeviceList(const char *base);
/* The same of each `- itemname:`. */
int LiveBuildDeviceListCustom(const char *base, const char *itemname);
#if SURISIM_API_VERSION != 0x0800
/* From 1; 0 if `dev` is NULL. */
uint16_t LiveDeviceGetId(const LiveDevice *dev);
/* NULL: there is no such device. */
LiveDevice *LiveDeviceGetById(const int id);
#endif
/* 1: a card's offloading should be turned off; 0: a warning is enough
 * (capture.disable-offloading). */
int LiveGetOffload(void);
/* The capture has no real devices: their counts are not logged at the end. */
void LiveDeviceHasNoStats(void);
uint64_t LiveDevicePktsGet(LiveDevice *dev);
void LiveDevicePktsAdd(LiveDevice *dev, uint64_t n);
void LiveDeviceDropAdd(LiveDevice *dev, uint64_t n);
void LiveDeviceBypassedAdd(LiveDevice *dev, uint64_t n);
/* 0 here: wrong checksums are not counted by device. */
uint64_t LiveDeviceInvalidChecksumsGet(LiveDevice *dev);

SURISIM_C_END

#endif
