// Get, set and free on a storage array, shared by the families (generic, thread, flow).
//
// When:    at the C functions of these families; register_slot() until storage is finalized.
// Owner:   the object has the array, and the host the values in it.
// Threads: the caller's; nothing is locked, as in Suricata.
// Source:  util-storage.c; L16 to L23.
#pragma once

#include <suricata/flow.h>
#include <suricata/util-storage.h>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace surisim::abi {

// With checks on. `object` is what the storage belongs to, for the observer.
void* watched_get(const Storage* storage, StorageEnum type, const void* object, int id,
                  const void* return_address);
int set_value(Storage* storage, StorageEnum type, const void* object, int id, void* value,
              const void* caller);
// False: this is no Flow that the caller may look at. `function`: the accessor, a string literal.
bool may_look(const Flow* flow, const void* caller, const char* function);
void free_value(Storage* storage, StorageEnum type, const void* object, int id, const void* caller);
void free_all(Storage* storage, StorageEnum type, const void* object);
int register_slot(StorageEnum type, const char* name, void (*free)(void*), const void* caller);

}  // namespace surisim::abi
