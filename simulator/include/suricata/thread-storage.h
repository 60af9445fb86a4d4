/*
 * Per-thread storage: one pointer per registered slot and ThreadVars.
 *
 * When:    register in the plugin's Init (L2); get and set from the first init callback on.
 * Owner:   the host, from set until Free, which runs on the shutting-down thread (L25). Values of
 *          command threads are never freed (L27).
 * Threads: a ThreadVars' storage belongs to that thread alone while it runs.
 * Source:  thread-storage.c, facts L16 to L27, E8 to E20.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<thread-storage.h>)
#include_next <thread-storage.h>
#else
#include <thread-storage.h>
#endif
#endif

#ifndef SURICATA_THREAD_STORAGE_H
#define SURICATA_THREAD_STORAGE_H

#include "threadvars.h"

SURISIM_C_BEGIN

#if SURISIM_API_VERSION == 0x0800

typedef struct ThreadStorageId {
    int id; /* -1: the registration was refused (E9) */
} ThreadStorageId;

unsigned int ThreadStorageSize(void);
/* Keeps the pointer `name`. `size` is what Alloc gets; without Alloc it must be 8 (E9). [main]
 * before finalize */
ThreadStorageId ThreadStorageRegister(const char *name, const unsigned int size,
                                      void *(*Alloc)(unsigned int), void (*Free)(void *));
void *ThreadGetStorageById(const ThreadVars *tv, ThreadStorageId id);
int ThreadSetStorageById(ThreadVars *tv, ThreadStorageId id, void *ptr);
/* The value; if there is none, that of the slot's Alloc, or NULL without one (E16). [owner] */
void *ThreadAllocStorageById(ThreadVars *tv, ThreadStorageId id);
void ThreadFreeStorageById(ThreadVars *tv, ThreadStorageId id);
void ThreadFreeStorage(ThreadVars *tv);

#else

typedef struct SCThreadStorageId {
    int id; /* -1: the registration was refused (L16) */
} SCThreadStorageId;

/* Size in bytes of one ThreadVars' slots; grows until finalize (L23). [any thread] */
unsigned int SCThreadStorageSize(void);
/* Keeps the pointer `name` (L17). [main] before finalize */
SCThreadStorageId SCThreadStorageRegister(const char *name, void (*Free)(void *));
/* NULL if empty. `id` is not checked (L18). [owner] */
void *SCThreadGetStorageById(const ThreadVars *tv, SCThreadStorageId id);
/* 0 on success; overwrites without freeing (L20). [owner], or [creator] in the init callback */
int SCThreadSetStorageById(ThreadVars *tv, SCThreadStorageId id, void *ptr);
/* Frees one value through its slot's Free and empties the slot (L21). [owner] */
void SCThreadFreeStorageById(ThreadVars *tv, SCThreadStorageId id);
/* Frees all values, in the order of ids (L21). Called by the host, after the join. */
void SCThreadFreeStorage(ThreadVars *tv);

#endif

SURISIM_C_END

#endif
