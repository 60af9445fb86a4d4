// Built like any plugin: the host's functions are called through the PLT. This file has the raw
// calls, and the wrappers without Suricata's headers.
#include "calls.hpp"

#include <suricata/thread-storage.h>

#include <cstdlib>

#include "reference.h"
#define WRAPPED_CALL(name) name##_proved
#include "wrapped_calls.hpp"

// One function for each unit.
void take_slot_api(const ValueStorage& from);
void take_slot_seen(const ValueStorage& from);

namespace {

SCThreadStorageId raw_slot{-1};

bool count_raw(SCThreadStorageId id, ThreadVars* tv) {
  if (void* const value = SCThreadGetStorageById(tv, id)) [[likely]] {
    count_in(static_cast<std::uint64_t*>(value));
    return true;
  }
  return false;
}

}  // namespace

EXPORTED void calls_register() {
  raw_slot = SCThreadStorageRegister("cost-raw", std::free);
  const auto registered = ValueStorage::register_slot("cost-wrapped").value_or(ValueStorage());
  take_slot_proved(registered);
  take_slot_api(registered);
  take_slot_seen(registered);
}

EXPORTED void calls_fill(ThreadVars* raw) {
  auto tv = suricata_ffi::thread::ThreadVars::from_ptr(raw);
  (void)slot.get_or_insert_with(tv, [] { return std::uint64_t{0}; });
  (void)SCThreadSetStorageById(raw, raw_slot, std::calloc(1, sizeof(std::uint64_t)));
}

EXPORTED std::uint64_t calls_counted(ThreadVars* raw) {
  auto tv = suricata_ffi::thread::ThreadVars::from_ptr(raw);
  return *slot.get_mut(tv) + *static_cast<std::uint64_t*>(SCThreadGetStorageById(raw, raw_slot));
}

EXPORTED void call_get(ThreadVars* tv) {
  asm volatile("" : : "r"(SCThreadGetStorageById(tv, raw_slot)));
}
EXPORTED void call_reference(ThreadVars* tv) {
  asm volatile("" : : "r"(ReferenceThreadGetById(tv, raw_slot)));
}
EXPORTED void call_raw(ThreadVars* tv) { count_raw(raw_slot, tv); }
EXPORTED void loop_raw(ThreadVars* tv, std::uint64_t times) {
  const SCThreadStorageId mine = raw_slot;
  for (; times > 0; --times) count_raw(mine, tv);
}
