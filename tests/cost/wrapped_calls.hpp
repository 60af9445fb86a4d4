// Calls through the wrappers, once for each layout (suricata_ffi/detail/direct.hpp): a unit
// selects one, and names its functions WRAPPED_CALL(name).
#include <suricata_ffi/thread.hpp>

#include "calls.hpp"

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace {

using ValueStorage = suricata_ffi::thread::ThreadStorage<std::uint64_t>;

ValueStorage slot;  // a copy of the plugin's slot, as close to the code as the raw call's id

// Increments the value, like a plugin for each packet. The compiler must not replace the whole
// loop.
void count_in(std::uint64_t* value) {
  *value += 1;
  asm volatile("" : : : "memory");
}

bool count_with_get_mut(const ValueStorage& storage, ThreadVars* raw) {
  auto tv = suricata_ffi::thread::ThreadVars::from_ptr(raw);
  if (std::uint64_t* value = storage.get_mut(tv)) [[likely]] {
    count_in(value);
    return true;
  }
  return false;
}

bool count_with_insert(const ValueStorage& storage, ThreadVars* raw) {
  auto tv = suricata_ffi::thread::ThreadVars::from_ptr(raw);
  if (const auto value = storage.get_or_insert_with(tv, [] { return std::uint64_t{0}; }))
      [[likely]] {
    count_in(*value);
    return true;
  }
  return false;
}

}  // namespace

EXPORTED void WRAPPED_CALL(call_get_mut)(ThreadVars* tv) { count_with_get_mut(slot, tv); }
EXPORTED void WRAPPED_CALL(call_insert)(ThreadVars* tv) { count_with_insert(slot, tv); }

EXPORTED void WRAPPED_CALL(loop_get_mut)(ThreadVars* tv, std::uint64_t times) {
  const ValueStorage mine = slot;
  for (; times > 0; --times) count_with_get_mut(mine, tv);
}
EXPORTED void WRAPPED_CALL(loop_insert)(ThreadVars* tv, std::uint64_t times) {
  const ValueStorage mine = slot;
  for (; times > 0; --times) count_with_insert(mine, tv);
}

void WRAPPED_CALL(take_slot)(const ValueStorage& from) { slot = from; }
