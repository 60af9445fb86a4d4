// Implements signals.hpp.
#include "translate/signals.hpp"

#include <ucontext.h>

#include <algorithm>
#include <array>

namespace surisim::translate {
namespace {

constexpr std::array kTaken = {SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

struct TakenSignals {
  SignalQuestions questions;
  std::array<struct sigaction, kTaken.size()> others;
  bool taken;
} g_signals = {};

std::size_t index_of(int number) {
  return static_cast<std::size_t>(std::find(kTaken.begin(), kTaken.end(), number) - kTaken.begin());
}

// What the system does without a handler: the instruction raises the signal again by itself, but
// one that was sent does not.
void act_by_default(int number, const siginfo_t& info) {
  ::signal(number, SIG_DFL);
  if (info.si_code <= 0 || number == SIGTRAP) ::raise(number);
}

void call_other(int number, siginfo_t* info, void* context) {
  struct sigaction& place = g_signals.others[index_of(number)];
  const struct sigaction other = place;
  const auto flags = static_cast<unsigned>(other.sa_flags);
  if ((flags & static_cast<unsigned>(SA_RESETHAND)) != 0) {
    place = {};
    place.sa_handler = SIG_DFL;
  }
  if ((flags & SA_SIGINFO) != 0) {
    other.sa_sigaction(number, info, context);
  } else if (other.sa_handler == SIG_DFL) {
    act_by_default(number, *info);
  } else if (other.sa_handler != SIG_IGN) {
    other.sa_handler(number);
  } else if (number != SIGTRAP && info->si_code > 0) {
    act_by_default(number, *info);  // a fault cannot be ignored
  }
}

void on_trap(int number, siginfo_t* info, void* context) {
  auto& place = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  const auto behind = static_cast<std::uintptr_t>(place);
  // A signal that was sent to the process has another code.
  const bool trap = info->si_code == SI_KERNEL || info->si_code == TRAP_BRKPT;
  const std::uintptr_t next = trap ? g_signals.questions.arrive(behind - 1) : 0;
  if (next == 0) return call_other(number, info, context);
  place = static_cast<greg_t>(next);
}

// The handler that is called may unwind the stack, for which it needs the address in the text. If
// it returns without another one, the thread goes on where it was.
void on_fault(int number, siginfo_t* info, void* context) {
  auto& place = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  const greg_t before = place;
  const auto original =
      static_cast<greg_t>(g_signals.questions.original(static_cast<std::uintptr_t>(before)));
  place = original;
  call_other(number, info, context);
  if (place == original) place = before;
}

// As the other handler is to be called, but for SIGTRAP: with all signals blocked.
int install(int number, const struct sigaction& other, struct sigaction* before) {
  struct sigaction action = {};
  const auto kept = static_cast<unsigned>(other.sa_flags) &
                    static_cast<unsigned>(SA_ONSTACK | SA_NODEFER | SA_RESTART | SA_NOCLDSTOP);
  action.sa_flags = static_cast<int>(kept | SA_SIGINFO);
  action.sa_mask = other.sa_mask;
  sigdelset(&action.sa_mask, SIGTRAP);
  action.sa_sigaction = on_fault;
  if (number == SIGTRAP) {
    action.sa_sigaction = on_trap;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigfillset(&action.sa_mask);
  }
  return ::sigaction(number, &action, before);
}

}  // namespace

bool take_signals(SignalQuestions questions) {
  g_signals.questions = questions;
  for (std::size_t i = 0; i < kTaken.size(); ++i) {
    if (::sigaction(kTaken[i], nullptr, &g_signals.others[i]) != 0) return false;
    if (install(kTaken[i], g_signals.others[i], nullptr) != 0) return false;
  }
  g_signals.taken = true;
  return true;
}

void give_back_signals() {
  if (!g_signals.taken) return;
  g_signals.taken = false;
  for (std::size_t i = 0; i < kTaken.size(); ++i)
    ::sigaction(kTaken[i], &g_signals.others[i], nullptr);
}

bool is_taken(int number) { return g_signals.taken && index_of(number) < kTaken.size(); }

int set_other_handler(int number, const struct sigaction* action, struct sigaction* before) {
  struct sigaction& place = g_signals.others[index_of(number)];
  const struct sigaction now = place;
  if (before != nullptr) *before = now;
  if (action == nullptr) return 0;
  place = *action;
  return install(number, *action, nullptr);
}

}  // namespace surisim::translate
