// A plugin as an author would build it: the host's functions are found at load time, through the
// PLT.
#include "calls.hpp"

#include <suricata/thread-storage.h>

#include <cstdlib>
#include <suricata_ffi/thread.hpp>

#include "reference.h"

#define EXPORTED __attribute__((visibility("default")))

namespace {

namespace thread = suricata_ffi::thread;

SCThreadStorageId raw_slot{-1};
thread::ThreadStorage<int> slot;

}  // namespace

EXPORTED void calls_register() {
  raw_slot = SCThreadStorageRegister("cost-raw", std::free);
  if (const auto registered = thread::ThreadStorage<int>::register_slot("cost-wrapped"))
    slot = *registered;
}

EXPORTED void calls_fill(ThreadVars* raw) {
  thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw);
  (void)slot.get_or_insert_with(tv, [] { return 1; });
  (void)SCThreadSetStorageById(raw, raw_slot, std::calloc(1, sizeof(int)));
}

EXPORTED void* call_raw(ThreadVars* tv) { return SCThreadGetStorageById(tv, raw_slot); }

EXPORTED void* call_reference(ThreadVars* tv) { return ReferenceThreadGetById(tv, raw_slot); }

EXPORTED void* call_get_mut(ThreadVars* raw) {
  thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw);
  void* value =
      nullptr;  // assigned, not initialized: clang sees that `tv` ends, the value lives on
  value = slot.get_mut(tv);
  return value;
}
