/*
 * The simplest implementation of get by id with the same interface: two calls, a NULL check and
 * a load. SCThreadGetStorageById is compared with it.
 *
 * When, Owner, Threads: as SCThreadGetStorageById.
 */
#ifndef SURISIM_TESTS_COST_REFERENCE_H
#define SURISIM_TESTS_COST_REFERENCE_H

#include <suricata/thread-storage.h>

SURISIM_C_BEGIN

void* ReferenceGetById(const Storage* storage, StorageEnum type, int id);
void* ReferenceThreadGetById(const ThreadVars* tv, SCThreadStorageId id);

SURISIM_C_END

#endif
