/*
 * The storage API: slots are registered once, and hold one pointer per object.
 *
 * When:    register between SCStorageInit and SCStorageFinalize, on the main thread (L1, L2);
 *          get, set and free afterwards.
 * Owner:   the host owns a value from set until it calls the slot's Free; the caller owns the name
 *          and must keep it as long as the process (L17: the pointer is kept, not a copy).
 * Threads: registration has no lock. A storage is for one thread at a time.
 * Source:  util-storage.c, facts L16 to L23, E8 to E21.
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

/* The objects that have slots; ids count from 0 in each type (L16). */
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

#if SURISIM_API_VERSION == 0x0800

void StorageInit(void);
void StorageCleanup(void);
/* As ThreadStorageRegister, for objects of this type (E8, E9). [main] before finalize */
int StorageRegister(const StorageEnum type, const char *name, const unsigned int size,
                    void *(*Alloc)(unsigned int), void (*Free)(void *));
int StorageFinalize(void);
unsigned int StorageGetCnt(StorageEnum type);
unsigned int StorageGetSize(StorageEnum type);
void *StorageGetById(const Storage *storage, const StorageEnum type, const int id);
int StorageSetById(Storage *storage, const StorageEnum type, const int id, void *ptr);
/* As ThreadAllocStorageById (E16). */
void *StorageAllocByIdPrealloc(Storage *storage, StorageEnum type, int id);
void StorageFreeById(Storage *storage, StorageEnum type, int id);
void StorageFreeAll(Storage *storage, StorageEnum type);

#else

/* Forgets all registrations; earlier ids become invalid. [main] */
void SCStorageInit(void);
/* Frees the registry. Suricata calls it only from its own unit tests (L22). [main] */
void SCStorageCleanup(void);
/* Returns the slot's id, or -1: registration closed, type out of range, NULL or empty name, NULL
 * Free, name taken in the same type, out of memory (L16). [main] before finalize */
int SCStorageRegister(const StorageEnum type, const char *name, void (*Free)(void *));
/* Closes registration. Returns 0, or -1 if out of memory. [main] */
int SCStorageFinalize(void);

/* Number of slots of `type`, and their size, 8 bytes each; both grow until finalize (L23). */
unsigned int SCStorageGetCnt(StorageEnum type);
unsigned int SCStorageGetSize(StorageEnum type);

/* NULL if the storage is NULL or the slot is empty. `id` is not checked (L18). */
void *SCStorageGetById(const Storage *storage, const StorageEnum type, const int id);
/* Returns 0, or -1 if the storage is NULL. Overwrites without freeing (L20). */
int SCStorageSetById(Storage *storage, const StorageEnum type, const int id, void *ptr);
/* Calls the slot's Free on a value that is not NULL and empties the slot (L21). */
void SCStorageFreeById(Storage *storage, StorageEnum type, int id);
/* The same for every slot, in the order of ids (L21). */
void SCStorageFreeAll(Storage *storage, StorageEnum type);

#endif

SURISIM_C_END

#endif
