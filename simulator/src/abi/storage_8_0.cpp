// 8.0's C functions for storage: names without a prefix, and slots whose values the host can
// allocate. Facts E8 to E21. Source: util-storage.c, thread-storage.c, flow-storage.c of 8.0.6.
//
// The headers here are 9.0's: 8.0's id structs are the same under other names, and only ThreadVars
// has its storage at another offset.
#include <suricata/device-storage.h>
#include <suricata/flow-storage.h>
#include <suricata/host-storage.h>
#include <suricata/ippair-storage.h>
#include <suricata/thread-storage.h>

#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/storage_access.hpp"

namespace surisim::abi {

namespace {

Storage* storage_of(const ThreadVars* tv) {
  return watched() && tv == nullptr ? nullptr : in_thread().storage(tv);
}
Storage* storage_of(const Flow* flow) {
  return watched() && flow == nullptr ? nullptr : const_cast<Flow*>(flow)->storage;
}

void* get_value(const Storage* storage, StorageEnum type, const void* object, int id,
                const void* return_address) {
  if (watched()) [[unlikely]]
    return watched_get(storage, type, object, id, return_address);
  return storage == nullptr ? nullptr : storage[id].ptr;
}

// Returns the slot's value. If there is none, calls the slot's Alloc and sets the result (E16).
void* alloc_value(Storage* storage, StorageEnum type, const void* object, int id,
                  const void* caller, const char* function) {
  Observer* const watcher = observer();
  const StorageCall call{.access = Access::get,
                         .type = type,
                         .object = object,
                         .id = id,
                         .caller = caller,
                         .function = function};
  if (watched() && watcher != nullptr && !watcher->allow(call)) return nullptr;
  if (storage == nullptr) return nullptr;
  if (void* const value = storage[id].ptr) return value;
  const StorageRegistry::Slot* const slot = state().storage.slot(type, id);
  if (slot == nullptr || slot->alloc == nullptr) return nullptr;
  void* const value = slot->alloc(slot->size);
  if (value != nullptr) set_made_value(storage, type, object, id, value, caller);
  return value;
}

}  // namespace

}  // namespace surisim::abi

using namespace surisim::abi;

// Declared here: the headers are those of 9.0.
extern "C" {
void StorageInit(void);
void StorageCleanup(void);
int StorageRegister(StorageEnum type, const char* name, unsigned size, void* (*Alloc)(unsigned),
                    void (*Free)(void*));
int StorageFinalize(void);
unsigned StorageGetCnt(StorageEnum type);
unsigned StorageGetSize(StorageEnum type);
void* StorageGetById(const Storage* storage, StorageEnum type, int id);
int StorageSetById(Storage* storage, StorageEnum type, int id, void* ptr);
void* StorageAllocByIdPrealloc(Storage* storage, StorageEnum type, int id);
void StorageFreeById(Storage* storage, StorageEnum type, int id);
void StorageFreeAll(Storage* storage, StorageEnum type);
}

// Accessors of values in ThreadVars and Flows.
// NOLINTBEGIN(bugprone-macro-parentheses): types
#define SURISIM_STORAGE_OF(Type, TYPE, object)                                               \
  SURISIM_ABI void* Type##GetStorageById(const object* of, SC##Type##StorageId id);          \
  SURISIM_ABI void* Type##GetStorageById(const object* of, SC##Type##StorageId id) {         \
    return get_value(storage_of(of), STORAGE_##TYPE, of, id.id, SURISIM_RETURN_ADDRESS);     \
  }                                                                                          \
  SURISIM_ABI int Type##SetStorageById(object* of, SC##Type##StorageId id, void* ptr);       \
  SURISIM_ABI int Type##SetStorageById(object* of, SC##Type##StorageId id, void* ptr) {      \
    return set_value(storage_of(of), STORAGE_##TYPE, of, id.id, ptr, SURISIM_CALLER);        \
  }                                                                                          \
  SURISIM_ABI void* Type##AllocStorageById(object* of, SC##Type##StorageId id);              \
  SURISIM_ABI void* Type##AllocStorageById(object* of, SC##Type##StorageId id) {             \
    return alloc_value(storage_of(of), STORAGE_##TYPE, of, id.id, SURISIM_CALLER, __func__); \
  }                                                                                          \
  SURISIM_ABI void Type##FreeStorageById(object* of, SC##Type##StorageId id);                \
  SURISIM_ABI void Type##FreeStorageById(object* of, SC##Type##StorageId id) {               \
    free_value(storage_of(of), STORAGE_##TYPE, of, id.id, SURISIM_CALLER);                   \
  }                                                                                          \
  SURISIM_ABI void Type##FreeStorage(object* of);                                            \
  SURISIM_ABI void Type##FreeStorage(object* of) {                                           \
    if (StorageGetSize(STORAGE_##TYPE) > 0) free_all(storage_of(of), STORAGE_##TYPE, of);    \
  }

SURISIM_STORAGE_OF(Thread, THREAD, ThreadVars)
SURISIM_STORAGE_OF(Flow, FLOW, Flow)
#undef SURISIM_STORAGE_OF
// NOLINTEND(bugprone-macro-parentheses)

// Registration. There are no hosts, IPPairs and devices here, but their slots can be registered.
#define SURISIM_SLOTS_OF(Type, TYPE)                                                             \
  SURISIM_ABI unsigned Type##StorageSize(void);                                                  \
  SURISIM_ABI unsigned Type##StorageSize(void) { return StorageGetSize(STORAGE_##TYPE); }        \
  SURISIM_ABI SC##Type##StorageId Type##StorageRegister(                                         \
      const char* name, unsigned size, void* (*Alloc)(unsigned), void (*Free)(void*));           \
  SURISIM_ABI SC##Type##StorageId Type##StorageRegister(                                         \
      const char* name, unsigned size, void* (*Alloc)(unsigned), void (*Free)(void*)) {          \
    return {register_slot({STORAGE_##TYPE, name, Free, size, Alloc}, SURISIM_CALLER, __func__)}; \
  }
SURISIM_SLOTS_OF(Thread, THREAD)
SURISIM_SLOTS_OF(Flow, FLOW)
SURISIM_SLOTS_OF(Host, HOST)
SURISIM_SLOTS_OF(IPPair, IPPAIR)
SURISIM_SLOTS_OF(LiveDev, DEVICE)
#undef SURISIM_SLOTS_OF

SURISIM_ABI void StorageInit(void) { SCStorageInit(); }
SURISIM_ABI void StorageCleanup(void) { SCStorageCleanup(); }
SURISIM_ABI int StorageFinalize(void) { return SCStorageFinalize(); }
SURISIM_ABI unsigned StorageGetCnt(StorageEnum type) { return SCStorageGetCnt(type); }
SURISIM_ABI unsigned StorageGetSize(StorageEnum type) { return SCStorageGetSize(type); }

SURISIM_ABI int StorageRegister(StorageEnum type, const char* name, unsigned size,
                                void* (*Alloc)(unsigned), void (*Free)(void*)) {
  return register_slot({type, name, Free, size, Alloc}, SURISIM_CALLER, __func__);
}

SURISIM_ABI void* StorageGetById(const Storage* storage, StorageEnum type, int id) {
  return get_value(storage, type, object_of(storage, type), id, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI int StorageSetById(Storage* storage, StorageEnum type, int id, void* ptr) {
  return set_value(storage, type, object_of(storage, type), id, ptr, SURISIM_CALLER);
}

SURISIM_ABI void* StorageAllocByIdPrealloc(Storage* storage, StorageEnum type, int id) {
  return alloc_value(storage, type, object_of(storage, type), id, SURISIM_CALLER, __func__);
}

SURISIM_ABI void StorageFreeById(Storage* storage, StorageEnum type, int id) {
  free_value(storage, type, object_of(storage, type), id, SURISIM_CALLER);
}

SURISIM_ABI void StorageFreeAll(Storage* storage, StorageEnum type) {
  free_all(storage, type, object_of(storage, type));
}

// Accessors of a Flow (E28, E32).
extern "C" {
void FlowGetLastTimeAsParts(Flow* f, uint64_t* secs, uint64_t* usecs);
uint32_t FlowGetFlags(Flow* f);
uint16_t FlowGetSourcePort(Flow* f);
uint16_t FlowGetDestinationPort(Flow* f);
}

SURISIM_ABI void FlowGetLastTimeAsParts(Flow* f, uint64_t* secs, uint64_t* usecs) {
  *secs = *usecs = 0;
  if (!SURISIM_READABLE(f)) return;
  *secs = in_flow().lastts(*f).secs;
  *usecs = in_flow().lastts(*f).usecs;
}

SURISIM_ABI uint32_t FlowGetFlags(Flow* f) { return SURISIM_READABLE(f) ? in_flow().flags(*f) : 0; }

SURISIM_ABI uint16_t FlowGetSourcePort(Flow* f) { return SURISIM_READABLE(f) ? f->sp : 0; }

SURISIM_ABI uint16_t FlowGetDestinationPort(Flow* f) { return SURISIM_READABLE(f) ? f->dp : 0; }
