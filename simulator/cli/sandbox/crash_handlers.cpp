// Implements crash_handlers.hpp, except watch_runtimes() (runtime_reports.cpp).
#include "sandbox/crash_handlers.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

#include "base/poison.hpp"
#include "base/safe_read.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/supervisor.hpp"
#include "surisim/rules.hpp"

namespace surisim::sandbox {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,    SIGABRT,
                                 SIGSYS,  SIGTRAP, SIGALRM, SIGVTALRM, SIGPROF};

// How long other threads that crash or exit wait: the first one ends the process before.
constexpr unsigned kOthersSeconds = 3;

// Set by install_crash_handlers() while the child has one thread and no plugin; constant
// afterwards.
struct State {
  Channel* channel = nullptr;  // null in a process that is not a child
  pid_t process = 0;           // the child's; processes that the plugin has forked have others
  std::array<struct sigaction, kSignals.size()> before;
  std::array<std::uintptr_t, 128> known;  // base addresses of libraries loaded before the plugins
  std::size_t known_count = 0;
  alignas(16) std::array<char, 65536> signal_stack;
};
constinit State g_state{};

std::int32_t thread_id() { return static_cast<std::int32_t>(::syscall(SYS_gettid)); }

int note_library(dl_phdr_info* info, std::size_t, void*) {
  if (g_state.known_count < g_state.known.size())
    g_state.known[g_state.known_count++] = info->dlpi_addr;
  return 0;
}

bool is_known(const Dl_info& info) {
  const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  const auto* end = g_state.known.begin() + g_state.known_count;
  return std::find(g_state.known.cbegin(), end, base) != end;
}

// The index of the file in the stack's table; kFiles: the table is full.
std::uint32_t file_index(Stack& stack, const Dl_info& info) {
  const std::uint32_t count = stack.file_count;
  for (std::uint32_t i = 0; i < count; ++i)
    if (std::strncmp(stack.files[i].path.data(), info.dli_fname, stack.files[i].path.size() - 1) ==
        0)
      return i;
  if (count == Stack::kFiles) return count;
  Stack::File& file = stack.files[count];
  std::strncpy(file.path.data(), info.dli_fname, file.path.size() - 1);
  file.of_plugin = !is_known(info);
  stack.file_count = count + 1;
  return count;
}

// Ignores code that is not in a file.
void note_frame(Stack& stack, std::uintptr_t address, bool is_call) {
  const std::uint32_t count = stack.count;
  Dl_info info{};
  // A return address may be the first byte of the next function: look one byte before it.
  if (count == Stack::kFrames ||
      ::dladdr(reinterpret_cast<const void*>(is_call ? address - 1 : address), &info) == 0)
    return;
  const std::uint32_t file = file_index(stack, info);
  if (file == Stack::kFiles) return;
  Stack::Frame& frame = stack.frames[count];
  frame.address = address - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  frame.file = file;
  frame.is_call = is_call;
  stack.count = count + 1;
  if (stack.files[file].of_plugin) stack.reaches_a_plugin = true;
}

}  // namespace

bool is_child() { return g_state.channel != nullptr && ::getpid() == g_state.process; }

// The interrupted frame is noted first, as unwinding a broken stack may crash.
void note_stack(Stack& stack, std::uintptr_t interrupted) {
  std::array<void*, Stack::kFrames + 8> frames;
  if (interrupted != 0 && stack.count == 0) note_frame(stack, interrupted, false);
  const auto count =
      static_cast<std::size_t>(::backtrace(frames.data(), static_cast<int>(frames.size())));
  void** const end = frames.data() + count;
  void** from = std::find(frames.data(), end, reinterpret_cast<void*>(interrupted));
  from = interrupted == 0 ? frames.data() : from == end ? end : from + 1;
  for (; from != end; ++from) note_frame(stack, reinterpret_cast<std::uintptr_t>(*from), true);
}

namespace {

std::uintptr_t interrupted_at(const void* context) {
  const auto* machine = static_cast<const ucontext_t*>(context);
  return static_cast<std::uintptr_t>(machine->uc_mcontext.gregs[REG_RIP]);
}

// After a call of an address without code, such as NULL: the stack cannot be unwound from there,
// but the return address is on top of it.
void note_call_to_nowhere(Stack& stack, const void* context) {
  const auto* machine = static_cast<const ucontext_t*>(context);
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(interrupted_at(context)), &info) != 0) return;
  const auto* const top =
      reinterpret_cast<const std::uintptr_t*>(machine->uc_mcontext.gregs[REG_RSP]);
  note_frame(stack, *top, true);
}

// Whether a register contains the pattern that freed values are filled with, or points to memory
// with it, as in a call through a pointer.
bool uses_poison(const void* context) {
  const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
  for (int i = REG_R8; i <= REG_RCX; ++i)
    if (base::may_be_poison(static_cast<std::uint64_t>(registers[i]))) return true;
  for (int i = REG_R8; i <= REG_RCX; ++i) {
    std::array<unsigned char, 64> there;
    const auto address = static_cast<std::uintptr_t>(registers[i]);
    const std::size_t got =
        base::read_memory(reinterpret_cast<const void*>(address), there.data(), there.size());
    if (got == there.size() && base::poison_until(there.data(), got) == got) return true;
  }
  return false;
}

// Whether the stack has overflowed into its guard page.
bool is_off_the_stack(std::uintptr_t address, const void* context) {
  constexpr std::uintptr_t kFrame = 65536;  // the largest that compilers do not probe
  const auto top = static_cast<std::uintptr_t>(
      static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
  if (address + kFrame < top || address > top + kFrame) return false;
  char there = 0;  // the guard page is not readable, the page above it is
  constexpr std::uintptr_t kPage = 4096;
  const std::uintptr_t page = address & ~(kPage - 1);
  return base::read_memory(reinterpret_cast<const void*>(page), &there, 1) == 0 &&
         base::read_memory(reinterpret_cast<const void*>(page + kPage), &there, 1) == 1;
}

bool comes_from_an_instruction(int number, const siginfo_t& info) {
  const bool may = number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
  return may && info.si_code > 0;
}

// Restores the previous handler (a sanitizer's, or none) and raises the signal again, unless the
// repeated instruction will.
void pass_to_previous_handler(int number, const siginfo_t& info) {
  const auto at = std::find(kSignals.begin(), kSignals.end(), number) - kSignals.begin();
  ::sigaction(number, &g_state.before[static_cast<std::size_t>(at)], nullptr);
  if (!comes_from_an_instruction(number, info)) ::raise(number);
}

// After a tail call the callback's frame is gone: notes the begin of its function instead.
void note_callback(Channel::Signal& signal) {
  if (signal.tid == 0 || signal.stack.reaches_a_plugin) return;
  const JournalEntry* const entry = g_state.channel->journal.find(signal.tid);
  if (entry == nullptr || entry->function() == nullptr) return;
  note_frame(signal.stack, reinterpret_cast<std::uintptr_t>(entry->function()), false);
}

bool is_in_libsurisim(std::uintptr_t address) {
  Dl_info there{};
  Dl_info own{};
  return ::dladdr(reinterpret_cast<const void*>(address), &there) != 0 &&
         ::dladdr(reinterpret_cast<const void*>(&find_rule), &own) != 0 &&
         there.dli_fbase == own.dli_fbase;
}

// Whether the supervisor should ask again where this thread is: it was in our code, at an
// instruction from which the plugin's call cannot be seen, as in the functions of translate/.
bool asks_again(Channel::Signal& signal, int number, std::uintptr_t interrupted) {
  if (number != SIGPROF || signal.retries == 0 || signal.number != 0) return false;
  if (!is_in_libsurisim(interrupted)) return false;
  note_stack(signal.stack, interrupted);
  const bool seen = signal.stack.reaches_a_plugin;
  signal.stack.count = signal.stack.file_count = 0;
  signal.stack.reaches_a_plugin = false;
  if (!seen) --signal.retries;
  return !seen;
}

// Notes the first signal. A second one on the same thread comes from unwinding its broken stack;
// other threads wait until the first one has ended the process.
void on_signal(int number, siginfo_t* info, void* context) {
  if (!is_child() || thread_id() == g_state.channel->sender.tid)
    return pass_to_previous_handler(number, *info);
  Channel& channel = *g_state.channel;
  Channel::Signal& signal = channel.signal;
  if (asks_again(signal, number, interrupted_at(context))) return;
  std::int32_t none = 0;
  if (signal.number.compare_exchange_strong(none, number)) {
    const bool fault = comes_from_an_instruction(number, *info);
    signal.address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    signal.has_address = fault && info->si_code != SI_KERNEL;
    // A signal for the whole process is delivered to any of its threads.
    const bool to_thread =
        fault || info->si_code == SI_TKILL || number == SIGTRAP || number == SIGSYS;
    signal.tid = to_thread ? thread_id() : 0;
    signal.of_freed_value = fault && info->si_code == SI_KERNEL && uses_poison(context);
    signal.off_the_stack = fault && number == SIGSEGV && is_off_the_stack(signal.address, context);
    request_summary(channel);
    // A jump to an address without code.
    if (fault && signal.address == interrupted_at(context))
      note_call_to_nowhere(signal.stack, context);
    if (signal.tid != 0) note_stack(signal.stack, interrupted_at(context));
    note_callback(signal);
    signal.stack.complete = true;
  }
  wait_for_summary(channel);
  if (signal.tid != 0 && signal.tid != thread_id()) ::sleep(kOthersSeconds);
  pass_to_previous_handler(number, *info);
}

// An exit while the process is ending: noted if the stack shows that it is the plugin's, not a
// sanitizer's.
void note_late_exit(const char* how, int status) {
  Channel::Exit& exit = g_state.channel->exit;
  if (exit.how != nullptr) return;
  note_stack(exit.stack, 0);
  if (!exit.stack.reaches_a_plugin) return;
  exit.status = status;
  exit.tid = thread_id();
  exit.how = how;
}

// `tid`: the thread that ends the process; 0: unknown.
void note_exit(const char* how, int status, std::int32_t tid = thread_id()) {
  Channel& channel = *g_state.channel;
  if (channel.finished) return note_late_exit(how, status);
  const char* none = nullptr;
  if (!channel.exit.how.compare_exchange_strong(none, how)) {
    // Another thread was first, and ends the process.
    if (channel.exit.tid != thread_id()) ::sleep(kOthersSeconds);
    return;
  }
  channel.exit.status = status;
  channel.exit.tid = tid;
  request_summary(channel);
  note_stack(channel.exit.stack, 0);
  wait_for_summary(channel);
}

void on_exit_called(int status, void*) {
  if (!is_child()) return;
  note_exit("exit()", status);
  if (g_state.channel->finished) return;
  // No destructors: they would free what the engine's threads, which still run, use.
  end_process(status);
}

// Registers a handler for an exit() in a plugin's destructor: this program's destructors run before
// the plugins'.
__attribute__((destructor)) void note_exits_of_destructors() {
  if (is_child() && g_state.channel->finished) ::on_exit(on_exit_called, nullptr);
}

void on_quick_exit() {
  if (is_child()) note_exit("quick_exit()", 0);
}

// In a process that the plugin has forked, replaces the channel by private memory.
void replace_channel() {
  (void)::mmap(g_state.channel, sizeof(Channel), PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

}  // namespace

void note_own_interrupt(int number, const siginfo_t& info) {
  if (!is_child() || info.si_code > 0 || info.si_pid != g_state.process) return;
  const std::int32_t tid = info.si_code == SI_TKILL ? thread_id() : 0;
  note_exit(number == SIGINT    ? "SIGINT to itself"
            : number == SIGTERM ? "SIGTERM to itself"
                                : "SIGHUP to itself",
            number, tid);
  end_process(number);
}

void end_process(int status) {
  for (;;) ::syscall(SYS_exit_group, status);
}

void install_crash_handlers(Channel& channel) {
  g_state.process = ::getpid();
  g_state.channel = &channel;
  ::dl_iterate_phdr(note_library, nullptr);
  // The first call loads libgcc, which is not allowed in a signal handler.
  std::array<void*, 1> frame;
  ::backtrace(frame.data(), 1);

  stack_t stack{};
  stack.ss_sp = g_state.signal_stack.data();
  stack.ss_size = g_state.signal_stack.size();
  ::sigaltstack(&stack, nullptr);  // the main thread's; the engine's threads have theirs (trace/)

  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    ::sigaction(kSignals[i], &action, &g_state.before[i]);

  ::on_exit(on_exit_called, nullptr);
  // Each thread that calls quick_exit() takes one handler off the list.
  constexpr int kQuickExits = 32;
  for (int i = 0; i < kQuickExits; ++i) ::at_quick_exit(on_quick_exit);
  ::pthread_atfork(nullptr, nullptr, replace_channel);
}

void catch_exits_of_threads() {
  constexpr int kThreads = 128;
  const auto while_running = [](int status, void* unused) {
    if (is_child() && !g_state.channel->finished) on_exit_called(status, unused);
  };
  for (int i = 0; i < kThreads; ++i) ::on_exit(while_running, nullptr);
}

std::thread make_thread(const char* what, std::function<void()> body) {
  try {
    return std::thread(std::move(body));
  } catch (const std::system_error& error) {
    throw SandboxError(
        fmt::format("the thread that {} could not be created: {}", what, error.code().message()));
  }
}

SummarySender::SummarySender(Channel& channel, const std::vector<int>& descriptors,
                             std::function<void()> send)
    : channel_(channel), send_(std::move(send)) {
  // Other threads handle the process's signals.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = make_thread("sends the summary", [this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_setname_np(thread_.native_handle(), "surisim summary");
  while (channel_.sender.tid == 0) ::sched_yield();
  for (const int descriptor : descriptors) ::close(descriptor);
}

SummarySender::~SummarySender() {
  channel_.sender.tid = 0;
  make_request(channel_, SenderRequest::quit);
  thread_.join();
}

std::string SummarySender::send_now() {
  request_summary(channel_);
  wait_until_sent(channel_);
  return error_;
}

void SummarySender::run() {
  ::unshare(CLONE_FILES);
  channel_.sender.tid = thread_id();
  if (wait_for_request(channel_) != SenderRequest::send) return;
  try {
    send_();
  } catch (const std::exception& error) {  // the violations found are in the mailbox
    error_ = error.what();
  }
  summary_is_sent(channel_);
}

}  // namespace surisim::sandbox

// Replacements of libc's functions, which note who called them, and end the process, too.
extern "C" {
// Unwinding ends here, as in end_run() (supervisor.cpp).
[[noreturn, gnu::noinline]] static void exit_of_libc(int status) {
  __asm__ volatile(".cfi_undefined rip");
  using Exit = void (*)(int);
  const auto next = reinterpret_cast<Exit>(::dlsym(RTLD_NEXT, "exit"));
  if (next != nullptr) next(status);
  surisim::sandbox::end_process(status);
}
// Ends the process here, as exit handlers that the plugin registered in callbacks would run before
// on_exit_called(), and free what other threads use. It has another name here because stdlib.h
// declares exit() noexcept, while a plugin's destructor may throw.
[[noreturn]] __attribute__((visibility("default"))) void exit_replaced(int status) __asm__("exit");
void exit_replaced(int status) {
  using namespace surisim::sandbox;  // NOLINT(google-build-using-namespace)
  if (is_child() && status != kRunIsOver) {
    note_exit("exit()", status);
    if (!g_state.channel->finished) end_process(status);
  }
  exit_of_libc(status);
}
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
__attribute__((visibility("default"))) void _exit(int status) {
  using namespace surisim::sandbox;  // NOLINT(google-build-using-namespace)
  if (is_child()) note_exit("_exit()", status);
  end_process(status);
}
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
__attribute__((visibility("default"))) void _Exit(int status) {
  using namespace surisim::sandbox;  // NOLINT(google-build-using-namespace)
  if (is_child()) note_exit("_Exit()", status);
  end_process(status);
}
}
