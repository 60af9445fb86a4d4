// Gets, sets and frees values in a storage array, for the C functions of both versions and of
// generic, thread and flow storage.
//
// When:    in these C functions; register_slot() succeeds until storage is finalized.
// Owner:   the object owns the array, the host owns the values in it.
// Threads: the caller's; there is no lock, as in Suricata.
// Source:  util-storage.c; L16 to L23.
#pragma once

#include <suricata/flow.h>
#include <suricata/util-storage.h>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace surisim::abi {

// Gets a value with checks on. `object`: the ThreadVars or Flow that the storage belongs to.
void* watched_get(const Storage* storage, StorageEnum type, const void* object, int id,
                  const void* return_address);
int set_value(Storage* storage, StorageEnum type, const void* object, int id, void* value,
              const void* caller);
// The same for a value that the storage's Alloc has just made (E16): no fault is injected.
void set_made_value(Storage* storage, StorageEnum type, const void* object, int id, void* value,
                    const void* caller);
// False: the plugin must not read this Flow. `function`: the accessor, a string literal.
bool may_read(const Flow* flow, const void* caller, const char* function);
// The object that ends with this array of values.
const void* object_of(const Storage* storage, StorageEnum type);
void free_value(Storage* storage, StorageEnum type, const void* object, int id, const void* caller);
void free_all(Storage* storage, StorageEnum type, const void* object);
int register_slot(const StorageRegistry::Request& request, const void* caller,
                  const char* function);

}  // namespace surisim::abi

// For accessors: a Flow that the caller may not read reads as all zeros.
#define SURISIM_READABLE(flow) \
  __builtin_expect(            \
      !surisim::abi::watched() || surisim::abi::may_read(flow, SURISIM_CALLER, __func__), true)
