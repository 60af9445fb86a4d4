// Calls through the wrappers, once for each of their ways (suricata_ffi/detail/direct.hpp): a unit
// chooses one, and names its functions WRAPPED_CALL(name).
#include <suricata_ffi/thread.hpp>

#include "calls.hpp"

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace cost {
// Defined in calls.cpp.
extern suricata_ffi::thread::ThreadStorage<std::uint64_t> slot;
}  // namespace cost

namespace {

using ValueStorage = suricata_ffi::thread::ThreadStorage<std::uint64_t>;

// Counts in the value, as a plugin does on each packet. The compiler must not add up a whole loop.
void count_in(std::uint64_t* value) {
  *value += 1;
  asm volatile("" : : : "memory");
}

bool count_with_get_mut(ValueStorage storage, ThreadVars* raw) {
  auto tv = suricata_ffi::thread::ThreadVars::from_ptr(raw);
  if (std::uint64_t* value = storage.get_mut(tv)) [[likely]] {
    count_in(value);
    return true;
  }
  return false;
}

bool count_with_insert(ValueStorage storage, ThreadVars* raw) {
  auto tv = suricata_ffi::thread::ThreadVars::from_ptr(raw);
  if (const auto value = storage.get_or_insert_with(tv, [] { return std::uint64_t{0}; }))
      [[likely]] {
    count_in(*value);
    return true;
  }
  return false;
}

}  // namespace

EXPORTED void WRAPPED_CALL(call_get_mut)(ThreadVars* tv) { count_with_get_mut(cost::slot, tv); }
EXPORTED void WRAPPED_CALL(call_insert)(ThreadVars* tv) { count_with_insert(cost::slot, tv); }

EXPORTED void WRAPPED_CALL(loop_get_mut)(ThreadVars* tv, std::uint64_t times) {
  const ValueStorage mine = cost::slot;
  for (; times > 0; --times) count_with_get_mut(mine, tv);
}
EXPORTED void WRAPPED_CALL(loop_insert)(ThreadVars* tv, std::uint64_t times) {
  const ValueStorage mine = cost::slot;
  for (; times > 0; --times) count_with_insert(mine, tv);
}
