#include "last_words.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "witness.hpp"

namespace surisim::cli {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,    SIGABRT,
                                 SIGSYS,  SIGTRAP, SIGALRM, SIGVTALRM, SIGPROF};

Shared* g_shared = nullptr;
pid_t g_process = 0;
std::array<struct sigaction, kSignals.size()> g_before;
constexpr unsigned kOthersSeconds = 3;  // longer than the first crash takes to end the process
// Where the libraries start that were there before any plugin.
std::array<std::uintptr_t, 128> g_known;
std::size_t g_known_count = 0;
alignas(16) std::array<char, 65536> g_signal_stack;

std::int32_t thread_id() { return static_cast<std::int32_t>(::syscall(SYS_gettid)); }

// A process that the plugin has forked has no last words to say for us.
bool is_ours() { return g_shared != nullptr && ::getpid() == g_process; }

int note_library(dl_phdr_info* info, std::size_t, void*) {
  if (g_known_count < g_known.size()) g_known[g_known_count++] = info->dlpi_addr;
  return 0;
}

bool is_known(const Dl_info& info) {
  const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  const auto* end = g_known.begin() + g_known_count;
  return std::find(g_known.cbegin(), end, base) != end;
}

// The plugin's file that has this code; NULL: no plugin has.
const char* plugin_with(std::uintptr_t code, std::uintptr_t& base) {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(code), &info) == 0 || is_known(info)) return nullptr;
  base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  return info.dli_fname;
}

// Nothing: the address is in no plugin.
bool note_if_in_plugin(Place& place, std::uintptr_t address, bool is_call) {
  std::uintptr_t base = 0;
  // A return address may be the first byte of the next function: look one byte before it.
  const char* const module = plugin_with(is_call ? address - 1 : address, base);
  if (module == nullptr) return false;
  place.address = address - base;
  place.is_call = is_call;
  // Last: a reader takes the rest for noted then.
  std::strncpy(place.module.data(), module, place.module.size() - 1);
  return true;
}

// The innermost call on this stack that is in a plugin, and those around it in the same file: it
// may be a library's that is linked into the plugin. `interrupted` is where a signal came, 0 when
// none did. Looking at a broken stack may crash; what matters most has been noted by then.
void note_place(Place& place, std::uintptr_t interrupted) {
  std::array<void*, 64> frames;
  const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  std::size_t outer = 0;
  for (int i = 0; i < count && outer < place.outer.size(); ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(frames[static_cast<std::size_t>(i)]);
    if (place.module[0] == '\0') {
      note_if_in_plugin(place, address, address != interrupted);
      continue;
    }
    std::uintptr_t base = 0;
    const char* const module = plugin_with(address - 1, base);
    if (module != nullptr &&
        std::strncmp(module, place.module.data(), place.module.size() - 1) == 0)
      place.outer[outer++] = address - base;
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

// A call of a function at an address where no code is, NULL for one: the stack cannot be followed
// from there, but what the call would have returned to has just been put on top of it.
void note_call_to_nowhere(Place& place, const void* context) {
  const auto* machine = static_cast<const ucontext_t*>(context);
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(interrupted_at(context)), &info) != 0) return;
#if defined(__x86_64__)
  const auto* const top =
      reinterpret_cast<const std::uintptr_t*>(machine->uc_mcontext.gregs[REG_RSP]);
  note_if_in_plugin(place, *top, true);
#else
  note_if_in_plugin(place, static_cast<std::uintptr_t>(machine->uc_mcontext.regs[30]), true);
#endif
}

bool comes_from_an_instruction(int number, const siginfo_t& info) {
  const bool may = number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
  return may && info.si_code > 0;
}

// Whoever was to handle it before (a sanitizer, or nobody) now does: the signal comes again, by
// itself where an instruction raised it.
void hand_on(int number, const siginfo_t& info) {
  const auto at = std::find(kSignals.begin(), kSignals.end(), number) - kSignals.begin();
  ::sigaction(number, &g_before[static_cast<std::size_t>(at)], nullptr);
  if (!comes_from_an_instruction(number, info)) ::raise(number);
}

// The first signal is the one that is reported. Another one of the same thread comes from looking
// at its broken stack; other threads wait until the first one has ended the process.
void on_signal(int number, siginfo_t* info, void* context) {
  if (!is_ours() || thread_id() == g_shared->witness.tid) return hand_on(number, *info);
  Shared::Death& death = g_shared->death;
  std::int32_t none = 0;
  if (death.signal.compare_exchange_strong(none, number)) {
    const bool fault = comes_from_an_instruction(number, *info);
    death.address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    death.has_address = fault && info->si_code != SI_KERNEL;
    // A signal for the whole process comes to any of its threads.
    const bool to_thread =
        fault || info->si_code == SI_TKILL || number == SIGTRAP || number == SIGSYS;
    death.tid = to_thread ? thread_id() : 0;
    ask_witness(*g_shared);
    // An instruction fetched from where there is none.
    if (fault && death.address == interrupted_at(context))
      note_call_to_nowhere(death.place, context);
    if (death.tid != 0) note_place(death.place, interrupted_at(context));
  }
  wait_for_witness(*g_shared);
  if (death.tid != 0 && death.tid != thread_id()) ::sleep(kOthersSeconds);
  hand_on(number, *info);
}

// While the process ends, whose doing another exit is, a plugin's or a sanitizer's, only the stack
// tells.
void note_late_exit(const char* how, int status) {
  Shared::Exit& exit = g_shared->exit;
  if (exit.how != nullptr) return;
  note_place(exit.place, 0);
  if (exit.place.module[0] == '\0') return;
  exit.status = status;
  exit.tid = thread_id();
  exit.how = how;
}

// `tid`: the thread that wants the end; 0 when nobody knows.
void note_exit(const char* how, int status, std::int32_t tid = thread_id()) {
  const char* nobody = nullptr;
  if (g_shared->finished) return note_late_exit(how, status);
  if (!g_shared->exit.how.compare_exchange_strong(nobody, how)) {
    // Another thread was first: it is the one that is reported, and ends the process.
    if (g_shared->exit.tid != thread_id()) ::sleep(kOthersSeconds);
    return;
  }
  g_shared->exit.status = status;
  g_shared->exit.tid = tid;
  ask_witness(*g_shared);
  note_place(g_shared->exit.place, 0);
  wait_for_witness(*g_shared);
}

void on_exit_called(int status, void*) {
  if (!is_ours()) return;
  note_exit("exit()", status);
  if (g_shared->finished) return;
  // The engine's threads still run: going on would take the ground from under them.
  end_process(status);
}

// This program's destructors run before those of the plugins: an exit() out of one of theirs finds
// what is said here.
__attribute__((destructor)) void watch_destructors() {
  if (is_ours() && g_shared->finished) ::on_exit(on_exit_called, nullptr);
}

void on_quick_exit() {
  if (is_ours()) note_exit("quick_exit()", 0);
}

// What the plugin has forked gets memory of its own in place of ours: it cannot speak for us.
void in_forked_process() {
  (void)::mmap(g_shared, sizeof(Shared), PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

}  // namespace

void note_own_interrupt(int number, const siginfo_t& info) {
  if (!is_ours() || info.si_code > 0 || info.si_pid != g_process) return;
  const std::int32_t tid = info.si_code == SI_TKILL ? thread_id() : 0;
  note_exit(number == SIGINT ? "SIGINT to itself" : "SIGTERM to itself", number, tid);
  end_process(number);
}

void end_process(int status) {
  for (;;) ::syscall(SYS_exit_group, status);
}

void install_last_words(Shared& shared) {
  g_process = ::getpid();
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
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &g_before[i]);

  ::on_exit(on_exit_called, nullptr);
  // Each thread that calls it takes one off the list.
  constexpr int kQuickExits = 32;
  for (int i = 0; i < kQuickExits; ++i) ::at_quick_exit(on_quick_exit);
  ::pthread_atfork(nullptr, nullptr, in_forked_process);
}

}  // namespace surisim::cli

// In place of libc's, for plugins: nothing else tells who called it. Whatever calls them, it ends
// the process and does nothing before.
extern "C" {
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
__attribute__((visibility("default"))) void _exit(int status) {
  using namespace surisim::cli;  // NOLINT(google-build-using-namespace)
  if (is_ours()) note_exit("_exit()", status);
  end_process(status);
}
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
__attribute__((visibility("default"))) void _Exit(int status) {
  using namespace surisim::cli;  // NOLINT(google-build-using-namespace)
  if (is_ours()) note_exit("_Exit()", status);
  end_process(status);
}
}
