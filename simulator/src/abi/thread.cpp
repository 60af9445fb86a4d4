// SCThread* and ThreadVars: thread storage and the thread init callback. Facts L5 to L8, L16 to
// L27.
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <cstddef>
#include <cstdlib>

#include "abi/callbacks.hpp"
#include "abi/fault_points.hpp"
#include "abi/host_function.hpp"
#include "abi/storage_access.hpp"

using namespace surisim::abi;
using surisim::JournalCallback;

SURISIM_ABI unsigned int SCThreadStorageSize(void) { return SCStorageGetSize(STORAGE_THREAD); }

SURISIM_ABI SCThreadStorageId SCThreadStorageRegister(const char* name, void (*Free)(void*)) {
  return {register_slot(STORAGE_THREAD, name, Free, SURISIM_CALLER)};
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
  if (SCThreadStorageSize() > 0) free_all(tv->storage, STORAGE_THREAD, tv);
}

SURISIM_ABI bool SCThreadRegisterInitCallback(SCThreadInitCallbackFn fn, void* user) {
  note_call(__func__);
  return register_callback(state().thread_init, JournalCallback::thread_init, fn, user,
                           SURISIM_CALLER);
}

SURISIM_ABI void SCThreadRunInitCallbacks(ThreadVars* tv) {
  const auto before = [tv](int position) { notify(ThreadInitCallback{tv, position}); };
  run_callbacks(state().thread_init, JournalCallback::thread_init, tv, before, tv);
}

SURISIM_ABI ThreadVars* ThreadVarsAlloc(void) {
  if (fails(FaultPoint::host_alloc, "a ThreadVars", nullptr)) return nullptr;
  void* const tv = std::calloc(1, sizeof(ThreadVars) + SCThreadStorageSize());
  if (tv != nullptr) notify(ThreadChange{tv, ThreadStage::made});
  return static_cast<ThreadVars*>(tv);
}

SURISIM_ABI void ThreadVarsFree(ThreadVars* tv) {
  notify(ThreadChange{tv, ThreadStage::freed});
  std::free(tv);
}

// None of Suricata's. The wrappers ask before they read values without a call
// (suricata_ffi/detail/direct.hpp): with checks on every read has to come through here.
SURISIM_ABI std::ptrdiff_t SurisimThreadStorageOffset(void) {
  return watched() ? -1 : static_cast<std::ptrdiff_t>(offsetof(ThreadVars, storage));
}
