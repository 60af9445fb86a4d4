// Registering and running the callback lists.
#pragma once

#include <cxxabi.h>

#include <exception>
#include <new>

#include "abi/callback_scope.hpp"
#include "abi/faults.hpp"
#include "abi/host_scope.hpp"
#include "abi/note_call.hpp"
#include "abi/process_state.hpp"
#include "trace/context.hpp"

namespace surisim::abi {

template <class Fn>
bool register_callback(CallbackList<Fn>& list, JournalCallback kind, Fn fn, void* user,
                       const void* caller) {
  const HostScope host;
  if (fails(FaultPoint::host_alloc, "a callback", caller)) return false;
  Observer* const watcher = state().observer.load(std::memory_order_acquire);
  const std::uint32_t plugin = watcher == nullptr ? engine::kNoPlugin : watcher->running_plugin();
  auto* const node = new (std::nothrow) typename CallbackList<Fn>::Node{fn, user, plugin, {}};
  if (node == nullptr) return false;
  if (watcher != nullptr &&
      !watcher->callback_registered(to_string(kind), reinterpret_cast<const void*>(fn), caller)) {
    delete node;
    return true;  // Suricata accepts it too, and crashes at the first thread or flow (L8)
  }
  list.append(node);
  return true;
}

// The end of a thread is caught as a reference to nothing, which a sanitizer would not have.
#define SURISIM_CATCHES_THREAD_END __attribute__((no_sanitize("null")))

// Runs one piece of the plugin's code. An exception that leaves it would end Suricata; here it is
// told to the observer. `function`: the plugin's, for reports.
template <class Call>
SURISIM_CATCHES_THREAD_END void run_guarded(JournalCallback kind, ThreadVars* tv,
                                            std::uint32_t plugin, const void* function, Call call) {
  const CallbackScope scope(kind, tv, plugin, function);
  try {
    call();
  } catch (const __cxxabiv1::__forced_unwind&) {
    // pthread_exit or pthread_cancel: the worker would vanish, and Suricata wait for it for ever.
    // glibc aborts a thread that is caught on its way, which ends the run as a crash.
    note_call("pthread_exit or pthread_cancel");
  } catch (...) {
    Observer* const watcher = state().observer.load(std::memory_order_acquire);
    if (watcher == nullptr) throw;
    watcher->callback_threw(to_string(kind), function);
  }
}

// Runs the whole list for `tv`; `before` is called before each, with its position. After an
// exception the list goes on.
template <class Fn, class Before, class... Args>
void run_callbacks(const CallbackList<Fn>& list, JournalCallback kind, ThreadVars* tv,
                   Before before, Args... args) {
  int position = 0;
  for (const auto* node = list.first(); node != nullptr;
       node = node->next.load(std::memory_order_acquire)) {
    run_guarded(kind, tv, node->plugin, reinterpret_cast<const void*>(node->fn), [&] {
      before(position++);
      node->fn(args..., node->user);
    });
  }
}

inline constexpr auto kNothingBefore = [](int) {};

}  // namespace surisim::abi
