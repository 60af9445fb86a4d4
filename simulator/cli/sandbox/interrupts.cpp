// Implements interrupts.hpp: one handler for all signals, and process-wide counters.
#include "sandbox/interrupts.hpp"

#include <atomic>

namespace surisim::sandbox {
namespace {

struct Counters {
  std::atomic<int> count{0};
  std::atomic<int> last{0};
  std::atomic<pid_t> sender{0};
};
Counters g_counters;
int g_users = 0;  // objects that exist
std::array<struct sigaction, Interrupts::kSignals.size()> g_before;

void on_interrupt(int number, siginfo_t* info, void*) {
  g_counters.last = number;
  g_counters.sender = info->si_code <= 0 ? info->si_pid : 0;
  g_counters.count += number == SIGQUIT ? 2 : 1;  // SIGQUIT kills at once
}

}  // namespace

Interrupts::Interrupts() {
  if (g_users++ > 0) return;
  forget();
  struct sigaction action {};
  action.sa_sigaction = on_interrupt;
  action.sa_flags = SA_SIGINFO;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &g_before[i]);
    if (g_before[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

Interrupts::~Interrupts() {
  if (--g_users == 0) restore();
}

void Interrupts::restore() const noexcept {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &g_before[i], nullptr);
}

Interrupts::Received Interrupts::received() noexcept {
  return {g_counters.count, g_counters.last, g_counters.sender};
}

void Interrupts::forget() noexcept {
  g_counters.count = 0;
  g_counters.last = 0;
  g_counters.sender = 0;
}

}  // namespace surisim::sandbox
