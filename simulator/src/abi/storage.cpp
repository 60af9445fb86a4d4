// SCStorage*, SCThread* and ThreadVars*: C functions for slots, their values, and thread init
// callbacks. Facts L5 to L8, L16 to L27. Source: util-storage.c, thread-storage.c,
// thread-callbacks.c, threadvars.c.
#include <suricata/device-storage.h>
#include <suricata/flow.h>
#include <suricata/host-storage.h>
#include <suricata/ippair-storage.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <suricata/threadvars.h>
#include <suricata/util-storage.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include "abi/answers.hpp"
#include "abi/callbacks.hpp"
#include "abi/faults.hpp"
#include "abi/host.hpp"
#include "abi/host_fields.hpp"
#include "abi/host_function.hpp"
#include "abi/storage_access.hpp"
#include "trace/context.hpp"

namespace surisim::abi {

namespace {

// Calls the slot's Free and empties the slot. If there is no Free, Suricata crashes (L18), and so
// does this function without an observer, but with a message.
void free_slot(Storage& slot, StorageEnum type, const void* object, int id, const void* caller) {
  Observer* const watcher = observer();
  void (*const free_fn)(void*) = state().storage.free_of(type, id);
  if (free_fn == nullptr) {
    if (watcher != nullptr) return;
    std::fprintf(stderr,
                 "surisim: value of slot %d freed while storage has no Free for it: not finalized, "
                 "finalized twice, or a bad id; Suricata crashes here (L18)\n",
                 id);
    std::abort();
  }
  if (watcher != nullptr) {
    const StorageCall call{Access::release, type, object, id, caller, slot.ptr};
    if (!watcher->allow(call)) {
      slot.ptr = nullptr;
      return;
    }
    watcher->happened(call);
  }
  const std::uint32_t* const owner = state().storage.owner_of(type, id);
  const bool of_plugin = owner != nullptr && *owner != kSuricata;
  CallbackScope scope(JournalCallback::free_value, nullptr, of_plugin ? *owner : engine::kNoPlugin,
                      reinterpret_cast<const void*>(free_fn));
  if (type == STORAGE_FLOW) scope.count_as_flow_free();
  try {
    free_fn(slot.ptr);
  } catch (...) {
    if (watcher == nullptr) throw;
    watcher->happened(
        ExceptionLeft{JournalCallback::free_value, reinterpret_cast<const void*>(free_fn)});
  }
  slot.ptr = nullptr;
}

}  // namespace

void* watched_get(const Storage* storage, StorageEnum type, const void* object, int id,
                  const void* return_address) {
  // The caller is determined here, outside the fast path.
  const StorageCall call{Access::get, type, object, id, plugin_call(return_address)};
  Observer* const watcher = observer();
  if (watcher != nullptr && !watcher->allow(call)) return nullptr;
  if (storage == nullptr) return nullptr;
  void* const value = storage[id].ptr;
  if (value == nullptr && type == STORAGE_THREAD && watcher != nullptr) watcher->happened(call);
  return value;
}

namespace {

// A template parameter, because another argument would cost each set five instructions.
template <bool can_fail>
[[gnu::always_inline]] inline int set(Storage* storage, StorageEnum type, const void* object,
                                      int id, void* value, const void* caller) {
  Observer* const watcher = observer();
  StorageCall call{Access::set, type, object, id, caller, value};
  if (watched() && watcher != nullptr && !watcher->allow(call)) return object == nullptr ? -1 : 0;
  if (storage == nullptr) return -1;
  if (can_fail && g_faults.load(std::memory_order_relaxed) != nullptr &&
      fails(FaultPoint::value_set, state().storage.name_of(type, id), caller)) {
    call.failed = true;
    if (watcher != nullptr) watcher->happened(call);
    return -1;
  }
  call.before = storage[id].ptr;
  storage[id].ptr = value;
  if (watcher != nullptr) watcher->happened(call);
  return 0;
}

}  // namespace

int set_value(Storage* storage, StorageEnum type, const void* object, int id, void* value,
              const void* caller) {
  return set<true>(storage, type, object, id, value, caller);
}

void set_made_value(Storage* storage, StorageEnum type, const void* object, int id, void* value,
                    const void* caller) {
  set<false>(storage, type, object, id, value, caller);
}

void free_value(Storage* storage, StorageEnum type, const void* object, int id,
                const void* caller) {
  Observer* const watcher = observer();
  if (watched() && watcher != nullptr &&
      !watcher->allow(StorageCall{Access::free, type, object, id, caller}))
    return;
  if (storage == nullptr) return;
  if (storage[id].ptr != nullptr) free_slot(storage[id], type, object, id, caller);
}

bool may_read(const Flow* flow, const void* caller, const char* function) {
  Observer* const watcher = observer();
  return watcher == nullptr || watcher->allow(StorageCall{.access = Access::read,
                                                          .type = STORAGE_FLOW,
                                                          .object = flow,
                                                          .id = 0,
                                                          .caller = caller,
                                                          .function = function});
}

int register_slot(const StorageRegistry::Request& request, const void* caller,
                  const char* function) {
  const HostScope host;
  const std::uint32_t owner = caller == nullptr ? kSuricata : running_plugin();
  Refusal why = Refusal::none;
  // A plugin in this process can call the other version's function, but its values would be where
  // this version has other fields.
  const bool of_90 = function[0] == 'S' && function[1] == 'C';
  const bool fits = caller == nullptr || of_90 == (abi::host().prefix == 0);
  if (!fits) why = Refusal::other_version;
  const int id = fits ? state().storage.add(request, caller, owner, &why) : -1;
  notify(SlotRegistration{request.type, request.name, id, owner, why, caller, function});
  return id;
}

const void* object_of(const Storage* storage, StorageEnum type) {
  const auto* const bytes = reinterpret_cast<const char*>(storage);
  if (storage == nullptr) return nullptr;
  if (type == STORAGE_THREAD) return bytes - in_thread().size;
  if (type == STORAGE_FLOW) return bytes - in_flow().size;
  return storage;
}

void free_all(Storage* storage, StorageEnum type, const void* object) {
  if (storage == nullptr) return;
  const int count = static_cast<int>(state().storage.count(type));
  for (int id = 0; id < count; ++id) {
    if (storage[id].ptr != nullptr) free_slot(storage[id], type, object, id, nullptr);
  }
}

}  // namespace surisim::abi

using namespace surisim::abi;
using surisim::JournalCallback;

SURISIM_ABI void SCStorageInit(void) { state().storage.init(); }

SURISIM_ABI void SCStorageCleanup(void) { state().storage.cleanup(); }

SURISIM_ABI int SCStorageRegister(const StorageEnum type, const char* name, void (*Free)(void*)) {
  return register_slot({type, name, Free}, SURISIM_CALLER, __func__);
}

SURISIM_ABI int SCStorageFinalize(void) { return state().storage.finalize(); }

SURISIM_ABI unsigned int SCStorageGetCnt(StorageEnum type) { return state().storage.count(type); }

SURISIM_ABI unsigned int SCStorageGetSize(StorageEnum type) {
  return state().storage.count(type) * static_cast<unsigned>(sizeof(void*));
}

SURISIM_ABI void* SCStorageGetById(const Storage* storage, const StorageEnum type, const int id) {
  if (watched()) [[unlikely]]
    return watched_get(storage, type, object_of(storage, type), id, SURISIM_RETURN_ADDRESS);
  return storage == nullptr ? nullptr : storage[id].ptr;
}

SURISIM_ABI int SCStorageSetById(Storage* storage, const StorageEnum type, const int id,
                                 void* ptr) {
  return set_value(storage, type, object_of(storage, type), id, ptr, SURISIM_CALLER);
}

SURISIM_ABI void SCStorageFreeById(Storage* storage, StorageEnum type, int id) {
  free_value(storage, type, object_of(storage, type), id, SURISIM_CALLER);
}

SURISIM_ABI void SCStorageFreeAll(Storage* storage, StorageEnum type) {
  free_all(storage, type, object_of(storage, type));
}

SURISIM_ABI unsigned int SCThreadStorageSize(void) { return SCStorageGetSize(STORAGE_THREAD); }

SURISIM_ABI SCThreadStorageId SCThreadStorageRegister(const char* name, void (*Free)(void*)) {
  return {register_slot({STORAGE_THREAD, name, Free}, SURISIM_CALLER, __func__)};
}

SURISIM_ABI void* SCThreadGetStorageById(const ThreadVars* tv, SCThreadStorageId id) {
  if (watched()) [[unlikely]] {
    return watched_get(tv == nullptr ? nullptr : tv->storage, STORAGE_THREAD, tv, id.id,
                       SURISIM_RETURN_ADDRESS);
  }
  return tv->storage[id.id].ptr;
}

SURISIM_ABI int SCThreadSetStorageById(ThreadVars* tv, SCThreadStorageId id, void* ptr) {
  Storage* const storage = watched() && tv == nullptr ? nullptr : tv->storage;
  return set_value(storage, STORAGE_THREAD, tv, id.id, ptr, SURISIM_CALLER);
}

SURISIM_ABI void SCThreadFreeStorageById(ThreadVars* tv, SCThreadStorageId id) {
  Storage* const storage = watched() && tv == nullptr ? nullptr : tv->storage;
  free_value(storage, STORAGE_THREAD, tv, id.id, SURISIM_CALLER);
}

SURISIM_ABI void SCThreadFreeStorage(ThreadVars* tv) {
  if (SCThreadStorageSize() == 0) return;
  SURISIM_NOT_NULL(tv);
  free_all(in_thread().storage(tv), STORAGE_THREAD, tv);
}

SURISIM_ABI bool SCThreadRegisterInitCallback(SCThreadInitCallbackFn fn, void* user) {
  note_call(__func__);
  return register_callback(state().thread_init, JournalCallback::thread_init, fn, user,
                           SURISIM_CALLER);
}

SURISIM_ABI void SCThreadRunInitCallbacks(ThreadVars* tv) {
  const auto before = [tv](int position) { notify(ThreadInitCallback{tv, position}); };
  HostFields fields(watched() ? tv : nullptr, nullptr, nullptr);
  const auto after = [&fields] { fields.check(); };
  run_callbacks(state().thread_init, JournalCallback::thread_init, tv, before, after, tv);
}

SURISIM_ABI ThreadVars* ThreadVarsAlloc(void) {
  if (fails(FaultPoint::host_alloc, "a ThreadVars", nullptr)) return nullptr;
  void* const tv = std::calloc(1, in_thread().size + SCThreadStorageSize());
  if (tv != nullptr) notify(ThreadChange{tv, ThreadStage::made});
  return static_cast<ThreadVars*>(tv);
}

SURISIM_ABI void ThreadVarsFree(ThreadVars* tv) {
  notify(ThreadChange{tv, ThreadStage::freed});
  state().free_thread_vars(tv);
}

// Not a function of Suricata. Tells the wrappers which version's functions to call
// (suricata_ffi/detail/host.hpp), because here all exist.
SURISIM_ABI std::uint64_t SurisimApiVersion(void) { return host().api_version; }

// Not a function of Suricata. The wrappers call it before they read values directly
// (suricata_ffi/detail/direct.hpp). -1: every read must call the C function, because checks are on
// or a test answers for the host.
SURISIM_ABI std::ptrdiff_t SurisimThreadStorageOffset(void) {
  return watched() || has_answers() ? -1 : std::ptrdiff_t{in_thread().size};
}

// Host, IPPair and device slots can be registered, although there are no such objects here.
#define SURISIM_SLOTS_OF(Type, TYPE)                                                \
  SURISIM_ABI unsigned int SC##Type##StorageSize(void) {                            \
    return SCStorageGetSize(STORAGE_##TYPE);                                        \
  }                                                                                 \
  SURISIM_ABI SC##Type##StorageId SC##Type##StorageRegister(const char* name,       \
                                                            void (*Free)(void*)) {  \
    return {register_slot({STORAGE_##TYPE, name, Free}, SURISIM_CALLER, __func__)}; \
  }
SURISIM_SLOTS_OF(Host, HOST)
SURISIM_SLOTS_OF(IPPair, IPPAIR)
SURISIM_SLOTS_OF(LiveDev, DEVICE)
#undef SURISIM_SLOTS_OF
