// Implements signal_calls.hpp.
#include "translate/signal_calls.hpp"

#include <array>
#include <csignal>
#include <string_view>

#include "translate/replaced_calls.hpp"
#include "translate/signals.hpp"

namespace surisim::translate {
namespace {

// Without SIGTRAP, if the set is one of signals to block.
const sigset_t* without_trap(const sigset_t* set, sigset_t& changed) {
  if (set == nullptr) return nullptr;
  changed = *set;
  sigdelset(&changed, SIGTRAP);
  return &changed;
}

int change_thread_mask(int how, const sigset_t* set, sigset_t* before) {
  sigset_t changed;
  return ::pthread_sigmask(how, how == SIG_UNBLOCK ? set : without_trap(set, changed), before);
}

int change_mask(int how, const sigset_t* set, sigset_t* before) {
  sigset_t changed;
  return ::sigprocmask(how, how == SIG_UNBLOCK ? set : without_trap(set, changed), before);
}

using SignalHandler = void (*)(int);

SignalHandler change_handler(int number, SignalHandler handler) {
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return change_handler_of(number, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

int wait_for_signal(const sigset_t* set) {
  sigset_t changed;
  return ::sigsuspend(without_trap(set, changed));
}

}  // namespace

std::uintptr_t signal_function_for(std::string_view name) {
  const std::array replacements = {
      Replacement{"pthread_sigmask", address_of_function(change_thread_mask)},
      Replacement{"sigprocmask", address_of_function(change_mask)},
      Replacement{"sigaction", address_of_function(change_handler_of)},
      Replacement{"signal", address_of_function(change_handler)},
      Replacement{"sigsuspend", address_of_function(wait_for_signal)},
  };
  for (const Replacement& one : replacements)
    if (one.name == name) return one.function;
  return 0;
}

}  // namespace surisim::translate
