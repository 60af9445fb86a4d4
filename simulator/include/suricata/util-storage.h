/*
 * The storage API: slots registered once, one pointer per slot and object.
 *
 * When:    register between SCStorageInit and SCStorageFinalize, on the main thread (L1, L2);
 *          get, set and free afterwards.
 * Owner:   the host owns a value from set until it calls the slot's Free; the caller owns the name
 *          and must keep it alive for the process's life (L17: the pointer is kept, not copied).
 * Threads: registration has no lock. A storage is touched by one thread at a time.
 * Source:  util-storage.c, facts L16 to L23.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-storage.h>)
#include_next <util-storage.h>
#else
#include <util-storage.h>
#endif
#endif

#ifndef SURICATA_UTIL_STORAGE_H
#define SURICATA_UTIL_STORAGE_H

#include "suricata-common.h"

SURISIM_C_BEGIN

/* What a slot can be attached to; ids count from 0 in each type (L16). */
typedef enum StorageEnum_ {
    STORAGE_HOST,
    STORAGE_FLOW,
    STORAGE_IPPAIR,
    STORAGE_DEVICE,
    STORAGE_THREAD,
    STORAGE_MAX,
} StorageEnum;

typedef struct Storage_ {
    void *ptr;
} Storage;

/* Forgets every registration made so far; ids handed out before become meaningless. [main] */
void SCStorageInit(void);
/* Drops the registry. Suricata calls it from its own unit tests only (L22). [main] */
void SCStorageCleanup(void);
/* Returns the slot's id, or -1: registration closed, type out of range, NULL or empty name, NULL
 * Free, name taken in the same type, out of memory (L16). [main] before finalize */
int SCStorageRegister(const StorageEnum type, const char *name, void (*Free)(void *));
/* Closes registration. Returns 0, or -1 when out of memory. [main] */
int SCStorageFinalize(void);

/* Number of slots of `type`, and the bytes they take: 8 a slot, growing until finalize (L23). */
unsigned int SCStorageGetCnt(StorageEnum type);
unsigned int SCStorageGetSize(StorageEnum type);

/* NULL when the storage is NULL or the slot is empty. `id` is not checked (L18). */
void *SCStorageGetById(const Storage *storage, const StorageEnum type, const int id);
/* Returns 0, or -1 when the storage is NULL. Overwrites without freeing (L20). */
int SCStorageSetById(Storage *storage, const StorageEnum type, const int id, void *ptr);
/* Calls the slot's Free on a value that is not NULL and empties the slot (L21). */
void SCStorageFreeById(Storage *storage, StorageEnum type, int id);
/* The same for every slot, by ascending id (L21). */
void SCStorageFreeAll(Storage *storage, StorageEnum type);

SURISIM_C_END

#endif
