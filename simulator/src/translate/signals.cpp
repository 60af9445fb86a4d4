// Implements signals.hpp: our handlers, and replacements for the functions that change them.
#include "translate/signals.hpp"

#include <ucontext.h>

#include <array>
#include <csignal>
#include <string_view>

#include "translate/loaded_object.hpp"

namespace surisim::translate {
namespace {

constexpr int kSignals = 65;  // numbers begin with 1

struct TakenSignals {
  SignalCallbacks callbacks;
  std::array<struct sigaction, kSignals> others;
  std::array<bool, kSignals> taken;
} g_signals = {};

bool is_raised_by_instruction(int number) {
  return number == SIGTRAP || number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
         number == SIGILL;
}

bool is_handled(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

// Lets the signal have its default effect. A fault is raised again when the instruction is
// repeated; a signal that was sent must be raised.
void act_by_default(int number, const siginfo_t& info) {
  ::signal(number, SIG_DFL);
  if (info.si_code <= 0 || number == SIGTRAP) ::raise(number);
}

void call_handler(int number, siginfo_t* info, void* context) {
  struct sigaction& place = g_signals.others[static_cast<std::size_t>(number)];
  const struct sigaction other = place;
  const auto flags = static_cast<unsigned>(other.sa_flags);
  if ((flags & static_cast<unsigned>(SA_RESETHAND)) != 0) {
    place = {};
    place.sa_handler = SIG_DFL;
  }
  const bool fault = is_raised_by_instruction(number) && number != SIGTRAP && info->si_code > 0;
  if ((flags & SA_SIGINFO) != 0) {
    other.sa_sigaction(number, info, context);
  } else if (is_handled(other)) {
    other.sa_handler(number);
  } else if (other.sa_handler == SIG_DFL || fault) {  // a fault cannot be ignored
    act_by_default(number, *info);
  }
}

// The handler sees the original registers. What it does not change gets its actual value back.
void forward_signal(int number, siginfo_t* info, void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  greg_t& place = registers[REG_RIP];
  greg_t& stack = registers[REG_RSP];
  const Origin origin = g_signals.callbacks.original(static_cast<std::uintptr_t>(place));
  const greg_t place_before = place;
  const greg_t stack_before = stack;
  place = static_cast<greg_t>(origin.address);
  stack -= origin.stack_moved;
  call_handler(number, info, context);
  if (place == static_cast<greg_t>(origin.address)) place = place_before;
  if (stack == stack_before - origin.stack_moved) stack = stack_before;
}

void on_trap(int number, siginfo_t* info, void* context) {
  auto& place = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  const auto behind = static_cast<std::uintptr_t>(place);
  // A SIGTRAP that was sent by a process has another code.
  const bool trap = info->si_code == SI_KERNEL || info->si_code == TRAP_BRKPT;
  const std::uintptr_t next = trap ? g_signals.callbacks.arrive(behind - 1) : 0;
  if (next == 0) return forward_signal(number, info, context);
  place = static_cast<greg_t>(next);
}

// With the flags and mask of `other`; for SIGTRAP with all signals blocked.
int install(int number, const struct sigaction& other, struct sigaction* before) {
  struct sigaction action = {};
  const auto kept = static_cast<unsigned>(other.sa_flags) &
                    static_cast<unsigned>(SA_ONSTACK | SA_NODEFER | SA_RESTART | SA_NOCLDSTOP);
  action.sa_flags = static_cast<int>(kept | SA_SIGINFO);
  action.sa_mask = other.sa_mask;
  sigdelset(&action.sa_mask, SIGTRAP);
  action.sa_sigaction = forward_signal;
  if (number == SIGTRAP) {
    action.sa_sigaction = on_trap;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigfillset(&action.sa_mask);
  }
  return ::sigaction(number, &action, before);
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 &&
         (action.sa_sigaction == forward_signal || action.sa_sigaction == on_trap);
}

}  // namespace

bool install_signal_handlers(SignalCallbacks callbacks) {
  g_signals.callbacks = callbacks;
  for (int number = 1; number < kSignals; ++number) {
    struct sigaction& other = g_signals.others[static_cast<std::size_t>(number)];
    // Two numbers are the C library's own.
    const bool known = ::sigaction(number, nullptr, &other) == 0;
    if (!is_raised_by_instruction(number) && (!known || !is_handled(other))) continue;
    if (install(number, other, nullptr) != 0) return false;
    g_signals.taken[static_cast<std::size_t>(number)] = true;
  }
  return true;
}

void restore_signal_handlers() {
  for (int number = 1; number < kSignals; ++number) {
    bool& taken = g_signals.taken[static_cast<std::size_t>(number)];
    struct sigaction now = {};
    // A handler that was installed since then stays.
    const bool ours = taken && ::sigaction(number, nullptr, &now) == 0 && is_ours(now);
    if (ours) ::sigaction(number, &g_signals.others[static_cast<std::size_t>(number)], nullptr);
    taken = false;
  }
}

int set_handler(int number, const struct sigaction* action, struct sigaction* before) {
  if (number <= 0 || number >= kSignals) return ::sigaction(number, action, before);
  bool& taken = g_signals.taken[static_cast<std::size_t>(number)];
  struct sigaction& place = g_signals.others[static_cast<std::size_t>(number)];
  struct sigaction now = place;
  if (!taken && ::sigaction(number, nullptr, &now) != 0) return -1;
  if (action != nullptr) {
    const struct sigaction wanted = *action;
    const bool takes = is_raised_by_instruction(number) || is_handled(wanted);
    place = wanted;
    if ((takes ? install(number, wanted, nullptr) : ::sigaction(number, &wanted, nullptr)) != 0)
      return -1;
    taken = takes;
  }
  if (before != nullptr) *before = now;
  return 0;
}

namespace {

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
  return set_handler(number, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
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
      Replacement{"sigaction", address_of_function(set_handler)},
      Replacement{"signal", address_of_function(change_handler)},
      Replacement{"sigsuspend", address_of_function(wait_for_signal)},
  };
  for (const Replacement& one : replacements)
    if (one.name == name) return one.function;
  return 0;
}

}  // namespace surisim::translate
