// Implements watch_runtimes() of crash_handlers.hpp: the sanitizers' hooks, and a write() that
// looks for Rust panics. The hooks are weak functions of the sanitizers, which a program may
// replace; CMakeLists.txt exports them.
#include "sandbox/crash_handlers.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "surisim/schedule.hpp"

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" ssize_t __write(int descriptor, const void* data, std::size_t size);

namespace surisim::sandbox {
namespace {

using Write = ssize_t (*)(int, const void*, std::size_t);

// Set by watch_runtimes() while the child has one thread and no plugin.
struct Hooks {
  Channel* channel = nullptr;  // null in a process that is not a child
  Write write = __write;       // the next one: a sanitizer's, or libc's
};
constinit Hooks g_runtimes{};
// The panic that this thread is writing; null: none.
constinit thread_local RuntimeReport* t_panic = nullptr;

void append(RuntimeReport& report, std::string_view text) {
  const std::uint32_t before = report.length;
  const std::size_t size = std::min(text.size(), report.text.size() - before);
  std::memcpy(report.text.data() + before, text.data(), size);
  report.length = before + static_cast<std::uint32_t>(size);
}

// Clears the report, and fills in this thread and its stack.
RuntimeReport& begin(RuntimeReport& report) {
  Channel& channel = *g_runtimes.channel;
  report.tid = 0;
  report.length = 0;
  report.stack.count = 0;
  report.stack.file_count = 0;
  note_stack(report.stack, 0);
  report.phase = channel.journal.phase.load();
  const auto tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
  report.callback = JournalCallback::none;
  report.thread = {};
  if (const JournalEntry* entry = channel.journal.find(tid)) {
    report.callback = entry->callback();
    entry->thread().copy(report.thread.data(), report.thread.size() - 1);
  }
  return report;
}

void note_panic(std::string_view text) {
  constexpr std::string_view kWords = "panicked at ";
  const bool begins = text.find(kWords) != text.npos || text.find(kRustNoMemory) != text.npos;
  if (begins) {
    RuntimeReports& all = g_runtimes.channel->panics;
    t_panic = &begin(all.reports[all.count++ % RuntimeReports::kMax]);
    append(*t_panic, text);
    stop_watching_callback();  // what follows may be a backtrace
    t_panic->tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
  } else if (t_panic != nullptr) {
    append(*t_panic, text);
  }
  // The panic ends with the newline after its message; there is one after its place before.
  if (t_panic == nullptr || !text.ends_with('\n')) return;
  const std::string_view whole(t_panic->text.data(), t_panic->length);
  const std::size_t place = whole.find('\n', whole.find(kWords));
  if (place + 1 < whole.size() || t_panic->length == t_panic->text.size()) t_panic = nullptr;
}

void note_error(std::string_view text, std::string_view source) {
  if (!is_child() || g_runtimes.channel == nullptr) return;
  const auto tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
  // Sanitizers also report signals that the crash handlers have noted and passed on.
  const Channel::Signal& signal = g_runtimes.channel->signal;
  if (signal.number != 0 && signal.tid == tid) return;
  RuntimeReports& all = g_runtimes.channel->sanitizers;
  const std::uint32_t i = all.count++;
  if (i >= RuntimeReports::kMax) return;
  RuntimeReport& report = begin(all.reports[i]);
  append(report, text);
  source.copy(report.source.data(), report.source.size() - 1);
  report.tid = tid;
}

// A function of the sanitizer that calls a hook. Only the plugin may be linked with its library.
template <class Function>
Function* function_of(const char* name, void* caller) {
  void* found = ::dlsym(RTLD_DEFAULT, name);
  Dl_info info{};
  if (found == nullptr && ::dladdr(caller, &info) != 0)
    if (void* const library = ::dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD))
      found = ::dlsym(library, name);
  return reinterpret_cast<Function*>(found);
}

}  // namespace

void watch_runtimes(Channel& channel) {
  g_runtimes.channel = &channel;
  if (void* const next = ::dlsym(RTLD_NEXT, "write"))
    g_runtimes.write = reinterpret_cast<Write>(next);
}

}  // namespace surisim::sandbox

extern "C" {

__attribute__((visibility("default"))) ssize_t write(int descriptor, const void* data,
                                                     std::size_t size) {
  using namespace surisim::sandbox;  // NOLINT(google-build-using-namespace)
  if (descriptor == STDERR_FILENO && g_runtimes.channel != nullptr && is_child() && size > 0)
    note_panic({static_cast<const char*>(data), size});
  return g_runtimes.write(descriptor, data, size);
}

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
__attribute__((visibility("default"))) void __asan_on_error() {
  using namespace surisim::sandbox;  // NOLINT(google-build-using-namespace)
  void* const caller = __builtin_return_address(0);
  auto* const description = function_of<const char*()>("__asan_get_report_description", caller);
  auto* const address = function_of<void*()>("__asan_get_report_address", caller);
  auto* const type = function_of<int()>("__asan_get_report_access_type", caller);
  auto* const size = function_of<std::size_t()>("__asan_get_report_access_size", caller);
  if (description == nullptr || address == nullptr || type == nullptr || size == nullptr) return;
  std::string text = fmt::format("AddressSanitizer: {}", description());
  if (address() != nullptr) text += fmt::format(" on address {}", fmt::ptr(address()));
  if (size() != 0) text += fmt::format(", {} of size {}", type() == 0 ? "READ" : "WRITE", size());
  note_error(text, "");
}

// Replaces the function that prints the last line of a report. It is LeakSanitizer's only hook,
// which searches at exit and then ends the process with its own status.
__attribute__((visibility("default"))) void __sanitizer_report_error_summary(const char* summary) {
  using namespace surisim::sandbox;  // NOLINT(google-build-using-namespace)
  const std::string_view line = summary;
  const std::string whole = fmt::format("{}\n", line);
  [[maybe_unused]] const ssize_t n = g_runtimes.write(STDERR_FILENO, whole.data(), whole.size());
  if (line.find(" leaked in ") == std::string_view::npos) return;
  const std::size_t colon = line.rfind(": ");
  note_error(fmt::format("LeakSanitizer: {}",
                         line.substr(colon == std::string_view::npos ? 0 : colon + 2)),
             "");
}

__attribute__((visibility("default"))) void __ubsan_on_report() {
  using namespace surisim::sandbox;  // NOLINT(google-build-using-namespace)
  using Data = void(const char**, const char**, const char**, unsigned*, unsigned*, char**);
  auto* const data =
      function_of<Data>("__ubsan_get_current_report_data", __builtin_return_address(0));
  if (data == nullptr) return;
  const char* kind = nullptr;
  const char* message = nullptr;
  const char* file = nullptr;
  unsigned line = 0;
  unsigned column = 0;
  char* address = nullptr;
  data(&kind, &message, &file, &line, &column, &address);
  note_error(fmt::format("UndefinedBehaviorSanitizer: {}", message == nullptr ? "" : message),
             file == nullptr || line == 0 ? "" : fmt::format("{}:{}", file, line));
}

__attribute__((visibility("default"))) void __tsan_on_report(void* report) {
  using namespace surisim::sandbox;  // NOLINT(google-build-using-namespace)
  using Data =
      int(void*, const char**, int*, int*, int*, int*, int*, int*, int*, void**, std::size_t);
  auto* const data = function_of<Data>("__tsan_get_report_data", __builtin_return_address(0));
  if (data == nullptr) return;
  const char* description = nullptr;
  int counts[7] = {};
  void* trace[1] = {};
  data(report, &description, &counts[0], &counts[1], &counts[2], &counts[3], &counts[4], &counts[5],
       &counts[6], trace, 1);
  note_error(fmt::format("ThreadSanitizer: {}", description == nullptr ? "" : description), "");
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
}
