// Implements traps.hpp.
#include "translate/traps.hpp"

#include <ucontext.h>

#include <atomic>

namespace surisim::translate {
namespace {

std::atomic<ArriveAt> g_arrive_at{nullptr};
struct sigaction g_other_trap_handler = {};

// Without a handler an int3 ends the process, as it does without us.
void call_other_handler(int number, siginfo_t* info, void* context) {
  const struct sigaction& other = g_other_trap_handler;
  if ((other.sa_flags & SA_SIGINFO) != 0) {
    other.sa_sigaction(number, info, context);
  } else if (other.sa_handler == SIG_DFL) {
    ::sigaction(number, &other, nullptr);
    ::raise(number);
  } else if (other.sa_handler != SIG_IGN) {
    other.sa_handler(number);
  }
}

void on_trap(int number, siginfo_t* info, void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const ArriveAt arrive_at = g_arrive_at.load(std::memory_order_acquire);
  const auto behind = static_cast<std::uintptr_t>(registers[REG_RIP]);
  // A signal that was sent to the process has another code.
  const bool trap = info->si_code == SI_KERNEL || info->si_code == TRAP_BRKPT;
  const std::uintptr_t next = trap && arrive_at != nullptr ? arrive_at(behind - 1) : 0;
  if (next == 0) return call_other_handler(number, info, context);
  registers[REG_RIP] = static_cast<greg_t>(next);
}

}  // namespace

bool install_trap_handler(ArriveAt arrive_at) {
  g_arrive_at.store(arrive_at, std::memory_order_release);
  struct sigaction action = {};
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigfillset(&action.sa_mask);
  return ::sigaction(SIGTRAP, &action, &g_other_trap_handler) == 0;
}

void remove_trap_handler() {
  ::sigaction(SIGTRAP, &g_other_trap_handler, nullptr);
  g_arrive_at.store(nullptr, std::memory_order_release);
}

void set_other_trap_handler(const struct sigaction* action, struct sigaction* before) {
  const struct sigaction now = g_other_trap_handler;
  if (action != nullptr) g_other_trap_handler = *action;
  if (before != nullptr) *before = now;
}

}  // namespace surisim::translate
