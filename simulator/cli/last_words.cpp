#include "last_words.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace surisim::cli {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};

Shared* g_shared = nullptr;
std::array<struct sigaction, kSignals.size()> g_before;
// Where the libraries start that were there before any plugin.
std::array<std::uintptr_t, 128> g_known;
std::size_t g_known_count = 0;
alignas(16) std::array<char, 65536> g_signal_stack;

std::int32_t thread_id() { return static_cast<std::int32_t>(::syscall(SYS_gettid)); }

int note_library(dl_phdr_info* info, std::size_t, void*) {
  if (g_known_count < g_known.size()) g_known[g_known_count++] = info->dlpi_addr;
  return 0;
}

bool is_known(const Dl_info& info) {
  const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  const auto* end = g_known.begin() + g_known_count;
  return std::find(g_known.cbegin(), end, base) != end;
}

// snprintf is not made for signal handlers.
class Writer {
 public:
  explicit Writer(std::array<char, 256>& to) : at_(to.data()), end_(to.data() + to.size() - 1) {}
  void text(std::string_view s) {
    for (const char c : s)
      if (at_ < end_) *at_++ = c;
    *at_ = '\0';
  }
  void hex(std::uintptr_t n) {
    std::array<char, 16> digits;
    std::size_t count = 0;
    do {
      digits[count++] = "0123456789abcdef"[n & 0xf];
      n >>= 4;
    } while (n != 0);
    text("0x");
    while (count > 0) text({&digits[--count], 1});
  }

 private:
  char* at_;
  char* end_;
};

// The innermost call on this stack that is in a plugin. Looking at a broken stack may crash again;
// what matters most has been noted by then.
void note_call_site(Shared::Death& death, std::uintptr_t interrupted) {
  std::array<void*, 64> frames;
  const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  for (int i = 0; i < count; ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(frames[static_cast<std::size_t>(i)]);
    // A return address may be the first byte of the next function: look one byte before it.
    const std::uintptr_t within = address == interrupted ? address : address - 1;
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(within), &info) == 0 || info.dli_fname == nullptr)
      continue;
    if (is_known(info)) continue;
    const char* slash = std::strrchr(info.dli_fname, '/');
    Writer out(death.at);
    out.text(slash == nullptr ? info.dli_fname : slash + 1);
    const void* start = info.dli_fbase;
    if (info.dli_sname != nullptr) {
      out.text("!");
      out.text(info.dli_sname);
      start = info.dli_saddr;
    }
    out.text("+");
    out.hex(address - reinterpret_cast<std::uintptr_t>(start));
    return;
  }
}

std::uintptr_t interrupted_at(const void* context) {
  const auto* machine = static_cast<const ucontext_t*>(context);
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine->uc_mcontext.gregs[REG_RIP]);
#else
  return static_cast<std::uintptr_t>(machine->uc_mcontext.pc);
#endif
}

void on_signal(int number, siginfo_t* info, void* context) {
  Shared::Death& death = g_shared->death;
  std::int32_t none = 0;
  if (death.signal.compare_exchange_strong(none, number)) {
    const bool fault = info->si_code > 0 && number != SIGABRT && number != SIGTRAP;
    death.address = fault ? reinterpret_cast<std::uintptr_t>(info->si_addr) : 0;
    death.has_address = fault;
    death.tid = thread_id();
    note_call_site(death, interrupted_at(context));
  }
  // Whoever was to handle it before (a sanitizer, or nobody) now does: the signal comes again,
  // by itself where an instruction raised it.
  const auto at = std::find(kSignals.begin(), kSignals.end(), number) - kSignals.begin();
  ::sigaction(number, &g_before[static_cast<std::size_t>(at)], nullptr);
  if (info->si_code <= 0 || number == SIGABRT || number == SIGTRAP) ::raise(number);
}

void on_exit_called(int status, void*) {
  if (g_shared->finished) return;
  g_shared->exit.status = status;
  g_shared->exit.tid = thread_id();
  // The engine's threads still run: going on would take the ground from under them.
  ::_exit(status);
}

void on_quick_exit() { g_shared->exit.tid = thread_id(); }

}  // namespace

void install_last_words(Shared& shared) {
  g_shared = &shared;
  ::dl_iterate_phdr(note_library, nullptr);
  // The first call loads libgcc, which a signal handler must not.
  std::array<void*, 1> frame;
  ::backtrace(frame.data(), 1);

  stack_t stack{};
  stack.ss_sp = g_signal_stack.data();
  stack.ss_size = g_signal_stack.size();
  ::sigaltstack(&stack, nullptr);  // of the main thread only: a stack that overflowed is no place

  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &g_before[i]);

  ::on_exit(on_exit_called, nullptr);
  ::at_quick_exit(on_quick_exit);
}

}  // namespace surisim::cli
