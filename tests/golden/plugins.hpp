// An in-process plugin, and variants of it with one change each.
#pragma once

#include <functional>

namespace surisim::test {

// The change.
enum class Change {
  nothing,
  slots_swapped,      // two registrations in the other order
  callbacks_swapped,  // a flow callback is registered before another one
  callback_lost,      // a thread init callback is not registered
  update_lost,        // a flow update callback is not registered
  freed_on_worker,    // a worker frees its thread value itself, when its first flow starts
  flow_value_early,   // a flow's value is freed on its worker, in flow update
  set_on_worker,      // a thread's value is set on the thread, not when it is created
};

// Two thread slots, a flow slot, two thread init callbacks, the flow callbacks.
std::function<void()> init_with(Change change);

}  // namespace surisim::test
