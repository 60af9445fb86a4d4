// Implements slow_callbacks.hpp: reads schedstat, stat and syscall of /proc/PID/task/TID.
#include "sandbox/slow_callbacks.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "rules/found.hpp"
#include "surisim/lifecycle.hpp"

namespace surisim::sandbox {
namespace {

bool is_one_of(long number, std::initializer_list<long> numbers) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

bool is_sleep(long number) { return is_one_of(number, {SYS_nanosleep, SYS_clock_nanosleep}); }

// Not writes, as the reader of the plugin's output may be slow.
bool is_wait(long number) {
  return is_one_of(number, {SYS_futex, SYS_read, SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6,
                            SYS_epoll_wait, SYS_epoll_pwait, SYS_recvfrom, SYS_recvmsg, SYS_connect,
                            SYS_accept, SYS_accept4, SYS_wait4, SYS_waitid});
}

// "0.12 0.10 0.08 RUNNABLE/TOTAL LAST" of /proc/loadavg; this process is one of them.
bool is_busy() {
  std::ifstream file("/proc/loadavg");
  std::string unused;
  long runnable = 0;
  file >> unused >> unused >> unused >> runnable;
  return !file || runnable > ::sysconf(_SC_NPROCESSORS_ONLN);
}

// The state, such as 'S', in "TID (NAME) S …"; the name may contain anything.
char state_in(const std::string& stat) {
  const std::size_t end = stat.rfind(')');
  return end == std::string::npos || end + 2 >= stat.size() ? '\0' : stat[end + 2];
}

bool contains_any(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

std::uint64_t in_ms(std::uint64_t ns) { return ns / 1'000'000; }

// Clocks also count while a virtual machine is paused, which makes one stretch between two samples
// long. With this limit a single stretch never makes a callback slow.
std::uint64_t counted_ns(std::uint64_t stretch_ns) {
  constexpr std::uint64_t kMax = 200'000'000;
  return std::min(stretch_ns, kMax);
}

}  // namespace

std::uint64_t slow_ms(JournalCallback callback) {
  if (is_logger(callback)) return 1000;
  switch (callback) {
    case JournalCallback::flow_init:
    case JournalCallback::flow_update:
    case JournalCallback::flow_finish:
    case JournalCallback::eve:
      return 250;
    case JournalCallback::thread_init:
    case JournalCallback::free_value:
    case JournalCallback::eve_filetype:
      return 1000;
    default:
      return 5000;
  }
}

// The process runs the same program as this one, so a sanitizer linked into it is found here, too.
bool is_instrumented(pid_t process) {
  for (const char* function : {"__asan_init", "__tsan_init", "__msan_init", "__lsan_init"})
    if (::dlsym(RTLD_DEFAULT, function) != nullptr) return true;
  const std::string directory = "/proc/" + std::to_string(process);
  std::ifstream maps(directory + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (contains_any(line, {"libasan", "libtsan", "libubsan", "liblsan", "libmsan", "libclang_rt",
                            "/valgrind/", "vgpreload"}))
      return true;
  }
  std::ifstream status(directory + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("TracerPid:")) return line.find_first_of("123456789") != line.npos;
  return true;  // unknown: better not report
}

bool SlowDetector::read(std::int32_t tid, Sample& sample) const {
  const std::string directory = fmt::format("/proc/{}/task/{}/", child_, tid);
  std::uint64_t waited = 0;
  std::ifstream schedstat(directory + "schedstat");
  if (!(schedstat >> sample.cpu_ns >> waited >> sample.runs)) return false;
  std::ifstream stat(directory + "stat");
  std::string line;
  std::getline(stat, line);
  sample.at = Clock::now();
  sample.state = Sample::State::runs;
  if (state_in(line) != 'S') return true;
  long number = -1;
  std::ifstream(directory + "syscall") >> number;
  if (is_sleep(number))
    sample.state = Sample::State::sleeps;
  else if (is_wait(number) && !is_busy())
    sample.state = Sample::State::waits_for_others;
  return true;
}

void SlowDetector::measure(const JournalEntry& entry, Running& running) {
  Sample now;
  if (!read(entry.tid(), now)) return;
  const bool was_measured = std::exchange(running.measured, true);
  const Sample before = std::exchange(running.last, now);
  if (!was_measured) return;
  // It has not run in between, so it slept all the time.
  if (now.runs == before.runs && now.state == before.state && now.state != Sample::State::runs) {
    const auto slept = std::chrono::duration_cast<std::chrono::nanoseconds>(now.at - before.at);
    running.waited_ns += counted_ns(static_cast<std::uint64_t>(slept.count()));
  }
  running.cpu_ns += counted_ns(now.cpu_ns - before.cpu_ns);
  SlowCallback& found = running.found;
  found.cpu_ms = in_ms(running.cpu_ns);
  found.waited_ms = in_ms(running.waited_ns);
  found.phase = channel_.journal.phase;
  std::strncpy(found.thread.data(), entry.thread().c_str(), found.thread.size() - 1);
  std::strncpy(found.tv.data(), entry.tv().c_str(), found.tv.size() - 1);
  if (found.all_ms() > slow_ms(running.callback) &&
      !std::exchange(running.instrumentation_checked, true))
    running.instrumented = is_instrumented(child_);
}

void SlowDetector::finish(const Running& running) {
  const SlowCallback& candidate = running.found;
  SlowCallback& slowest = found_[static_cast<std::size_t>(running.callback)];
  if (running.instrumentation_checked && !running.instrumented &&
      candidate.all_ms() > slowest.all_ms())
    slowest = candidate;
}

void SlowDetector::sample() {
  const std::uint32_t used = std::min<std::uint32_t>(channel_.journal.used, Journal::kEntries);
  if (running_.size() < used) running_.resize(used);
  for (std::uint32_t i = 0; i < used; ++i) {
    const JournalEntry& entry = channel_.journal.entries[i];
    const std::uint64_t entered = entry.outermost_entered();
    const bool in_callback = !is_outside(entry.callback());
    Running& running = running_[i];
    if (in_callback && running.tid == entry.tid() && running.entered == entered) {
      const Running before = running;
      measure(entry, running);
      if (!is_outside(entry.callback()) && entry.outermost_entered() == entered) continue;
      // It returned meanwhile: the last measurement may belong to the next callback.
      running = before;
    }
    finish(running);
    running = {};
    if (!in_callback) continue;
    running.tid = entry.tid();
    running.entered = entered;
    running.callback = entry.outermost();
  }
}

std::vector<Violation> slow_violations(const SlowCallbacks& found) {
  std::vector<Violation> all;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const SlowCallback& slow = found[i];
    const auto callback = static_cast<JournalCallback>(i);
    if (slow.all_ms() == 0) continue;
    Violation v = surisim::found(
        RuleId::callback_slow,
        fmt::format("{} took at least {} ms: {} ms of processor time, and {} ms asleep or waiting; "
                    "more than {} ms is slow",
                    to_string(callback), slow.all_ms(), slow.cpu_ms, slow.waited_ms,
                    slow_ms(callback)));
    if (slow.phase >= 1 && static_cast<std::size_t>(slow.phase) <= kLifecycle.size())
      v.phase = kLifecycle[static_cast<std::size_t>(slow.phase - 1)].name;
    v.thread = slow.thread.data();
    v.tv = slow.tv.data();
    v.callback = to_string(callback);
    all.push_back(std::move(v));
  }
  return all;
}

}  // namespace surisim::sandbox
