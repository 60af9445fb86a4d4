// Implements diagnosis.hpp from the journal and from what the crash handlers recorded. They can
// only record addresses; functions and lines are looked up here.
#include "sandbox/diagnosis.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/source_line.hpp"
#include "rules/found.hpp"
#include "sandbox/crash_handlers.hpp"
#include "surisim/lifecycle.hpp"
#include "surisim/report.hpp"

namespace surisim::sandbox {
namespace {

std::string phase_name(std::int32_t phase) {
  if (phase < 1 || static_cast<std::size_t>(phase) > kLifecycle.size()) return "";
  return kLifecycle[static_cast<std::size_t>(phase - 1)].name;
}

template <class Predicate>
std::vector<const JournalEntry*> entries(const Channel& channel, Predicate wanted) {
  std::vector<const JournalEntry*> found;
  const std::uint32_t used = channel.journal.used;
  for (std::uint32_t i = 0; i < used && i < Journal::kEntries; ++i)
    if (const JournalEntry& entry = channel.journal.entries[i]; entry.tid() != 0 && wanted(entry))
      found.push_back(&entry);
  return found;
}

bool in_callback(const JournalEntry& entry) { return entry.callback() != JournalCallback::none; }

// The thread with this id; for 0, the only one that is in a callback. Null: there is none.
const JournalEntry* culprit(const Channel& channel, std::int32_t tid) {
  const auto found = tid != 0
                         ? entries(channel, [&](const JournalEntry& e) { return e.tid() == tid; })
                         : entries(channel, in_callback);
  return found.size() == 1 ? found.front() : nullptr;
}

void describe(const JournalEntry& entry, Violation& v) {
  v.thread = entry.thread();
  v.callback = to_string(entry.callback());
  v.tv = entry.tv();
  if (const auto calls = entry.calls(); !calls.empty()) v.function = calls.back();
}

// For an unknown thread: sets the callback if all threads that are in one are in the same.
void describe_unknown(const Channel& channel, Violation& v) {
  const auto found = entries(channel, in_callback);
  const bool same = std::all_of(found.begin(), found.end(), [&](const JournalEntry* entry) {
    return entry->callback() == found.front()->callback();
  });
  if (!found.empty() && same) v.callback = to_string(found.front()->callback());
}

// `tid`: the thread's id, or 0.
void describe_thread(const Channel& channel, const JournalEntry* entry, std::int32_t tid,
                     Violation& v) {
  if (entry != nullptr)
    describe(*entry, v);
  else if (tid == 0)
    describe_unknown(channel, v);
}

// "; called before: SCFlowGetStorageById (3 times), SCLogMessage"; the latest one last.
std::string last_calls(const JournalEntry* entry) {
  if (entry == nullptr) return "";
  const std::vector<const char*> calls = entry->calls();
  std::string out;
  for (std::size_t i = 0; i < calls.size();) {
    std::size_t next = i;
    while (next < calls.size() && calls[next] == calls[i]) ++next;
    out += fmt::format("{}{}", out.empty() ? "; called before: " : ", ", calls[i]);
    if (next - i > 1) out += fmt::format(" ({} times)", next - i);
    i = next;
  }
  return out;
}

// ", while W#01 was in flow update, W#02 was in flow init".
std::string threads_in_callbacks(const Channel& channel) {
  constexpr std::size_t kMax = 4;
  const auto found = entries(channel, in_callback);
  std::string out;
  for (std::size_t i = 0; i < found.size() && i < kMax; ++i)
    out += fmt::format("{}{} was in {}", i == 0 ? ", while " : ", ", found[i]->thread(),
                       to_string(found[i]->callback()));
  if (found.size() > kMax)
    out += fmt::format(" and {} more threads in others", found.size() - kMax);
  return out;
}

// " in flow update" and the like; for an unknown thread all that are in callbacks. `tid`: its id,
// or 0.
std::string where_it_was(const Channel& channel, const JournalEntry* entry, const Violation& v,
                         std::int32_t tid = 0) {
  if (entry == nullptr && tid != 0) return " on a thread that is not one of Suricata's";
  if (entry == nullptr) return threads_in_callbacks(channel);
  if (v.callback.empty()) return " outside of any callback";
  if (!channel.finished) return " in " + v.callback;
  return " at the end of the process, in a destructor or an exit handler";
}

// Whether it is the simulator's library, or the command.
bool is_host(const std::string& file) {
  static const std::string library =
      base::loaded_address(reinterpret_cast<const void*>(&surisim::version)).file;
  static const std::string command =
      base::loaded_address(reinterpret_cast<const void*>(&signal_text)).file;
  return file == library || file == command;
}

struct Frame {
  std::string file;
  bool in_plugins_library = false;  // a plugin, or a library that was loaded with one
  bool in_plugin = false;           // a plugin's own file
  base::CodePlace place;
};

std::vector<Frame> frames_of(const Stack& stack) {
  std::vector<Frame> frames;
  for (std::uint32_t i = 0; i < stack.count && i < Stack::kFrames; ++i) {
    const Stack::Frame& noted = stack.frames[i];
    const Stack::File& file = stack.files[noted.file];
    Frame frame{file.path.data(), file.of_plugin, false, {}};
    frame.in_plugin = frame.in_plugins_library && base::has_symbol(frame.file, "SCPluginRegister");
    frame.place = noted.is_call ? base::call_place(frame.file, noted.address)
                                : base::code_place(frame.file, noted.address);
    frames.push_back(std::move(frame));
  }
  return frames;
}

// Whether it is neither in a library of the compiler or language that is linked into the plugin,
// nor in the wrappers.
bool is_authors_code(const base::CodePlace& place) {
  return place.source.empty() ? !base::is_library_function(place.function)
                              : !base::is_library_line(place.source);
}

// The host's function that the plugin called and that crashed: the outermost of the host's frames
// inside of the plugin's. Empty: it crashed elsewhere.
std::string host_function_in(const std::vector<Frame>& frames) {
  std::size_t i = 0;
  while (i < frames.size() && !frames[i].in_plugins_library) ++i;
  if (i == 0 || i == frames.size() || !is_host(frames[i - 1].file)) return "";
  const std::string& function = frames[i - 1].place.function;
  // Suricata's functions begin with a capital; malloc and the like may have met a damaged heap.
  return function >= "A" && function < "[" ? function : "";
}

std::string text_of(const base::CodePlace& place) {
  return place.source.empty() ? place.call_site
                              : fmt::format("{} ({})", place.call_site, place.source);
}

// The innermost frame of the author's code in the innermost plugin's file; if there is none, the
// innermost one in a plugin, or in a library that was loaded with one.
std::size_t authors_frame(const std::vector<Frame>& frames) {
  const std::size_t none = frames.size();
  std::size_t in_plugin = none;
  std::size_t in_library = none;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    if (frame.in_plugins_library && in_library == none) in_library = i;
    if (!frame.in_plugin) continue;
    if (in_plugin == none) in_plugin = i;
    if (frame.file == frames[in_plugin].file && is_authors_code(frame.place)) return i;
  }
  return in_plugin != none ? in_plugin : in_library;
}

void describe_stack(const std::vector<Frame>& frames, Violation& v) {
  const std::size_t at = authors_frame(frames);
  if (at == frames.size()) return;
  const base::CodePlace& place = frames[at].place;
  v.plugin = frames[at].file;
  v.call_site = place.call_site;
  v.source = place.source;
  // The callback itself is the outermost frame before the host's.
  std::size_t callback = at;
  std::size_t end = at;
  for (; end < frames.size() && !is_host(frames[end].file); ++end)
    if (frames[end].file == v.plugin && is_authors_code(frames[end].place)) callback = end;
  if (callback != at) v.called_from = text_of(frames[callback].place);
  // Of the host's frames inside of the plugin's only the function that was called is shown.
  std::size_t begin = 0;
  while (begin + 1 < at && is_host(frames[begin].file) && is_host(frames[begin + 1].file)) ++begin;
  for (; begin < end; ++begin)
    v.frames.push_back({frames[begin].place.call_site, frames[begin].place.source});
}

// " inside SCConfGet, whose argument `name` was NULL".
std::string in_host_function(const std::string& function, const JournalEntry* entry) {
  if (function.empty()) return "";
  const char* const null = entry == nullptr ? nullptr : entry->null_argument();
  return null == nullptr
             ? fmt::format(" inside {}, of an argument that it was called with,", function)
             : fmt::format(" inside {}, whose argument `{}` was NULL,", function, null);
}

Violation ending_violation(RuleId rule, const Channel& channel) {
  Violation v = found(rule, "");
  v.phase = channel.finished ? step_of(Phase::end).name : phase_name(channel.journal.phase);
  return v;
}

struct Panic {
  std::string place;    // "src/lib.rs:42:5"
  std::string message;  // may have several lines
};

// Parses "thread 'W#01' panicked at src/lib.rs:42:5:" with the message on the next lines; before
// Rust 1.73 "panicked at 'MESSAGE', src/lib.rs:42:5".
std::optional<Panic> panic_of(const RuntimeReport& report) {
  constexpr std::string_view kWords = "panicked at ";
  const std::string all(report.text.data(), report.length);
  const std::size_t at = all.find(kWords);
  if (report.tid == 0 || at == std::string::npos) return std::nullopt;
  std::string text = all.substr(at + kWords.size());
  for (const char* const end : {"\nnote: ", "\nstack backtrace:", "\nthread caused "})
    text = text.substr(0, text.find(end));
  while (text.ends_with('\n')) text.pop_back();
  if (text.starts_with('\'')) {
    const std::size_t quote = text.rfind("', ");
    if (quote == std::string::npos) return std::nullopt;
    return Panic{text.substr(quote + 3), text.substr(1, quote - 1)};
  }
  const std::size_t line = text.find(":\n");
  if (line == std::string::npos) return Panic{text, ""};
  return Panic{text.substr(0, line), text.substr(line + 2)};
}

// "src/lib.rs:42" of "src/lib.rs:42:5".
std::string without_column(const std::string& place) { return place.substr(0, place.rfind(':')); }

// Whether it is Rust's own panic because another one could not unwind the stack.
bool is_consequence(const Panic& panic) {
  return panic.message.find("cannot unwind") != std::string::npos ||
         panic.message.find("in a destructor during cleanup") != std::string::npos;
}

// The last panic on this thread; null: none.
const RuntimeReport* panic_on(const Channel& channel, std::int32_t tid) {
  const std::uint32_t count = channel.panics.count;
  for (std::uint32_t i = 0; i < std::min(count, RuntimeReports::kMax); ++i) {
    const RuntimeReport& report = channel.panics.reports[(count - 1 - i) % RuntimeReports::kMax];
    if (report.tid != tid) continue;
    if (const auto panic = panic_of(report); panic && !is_consequence(*panic)) return &report;
  }
  return nullptr;
}

// Rust's report of a failed allocation on this thread; null: none.
const RuntimeReport* no_memory_on(const Channel& channel, std::int32_t tid) {
  for (const RuntimeReport& report : channel.panics.reports) {
    const std::string_view text(report.text.data(), report.length);
    if (report.tid == tid && text.starts_with(kRustNoMemory)) return &report;
  }
  return nullptr;
}

// Returns " after a Rust panic at src/lib.rs:42:5: "…",", and sets the violation's place to the
// panic's.
std::string describe_panic(const Channel& channel, const RuntimeReport& report, Violation& v) {
  const Panic panic = panic_of(report).value_or(Panic());
  std::set<std::int32_t> alike;
  for (const RuntimeReport& other : channel.panics.reports)
    if (const auto its = panic_of(other); its && its->place == panic.place &&
                                          its->message == panic.message && other.tid != report.tid)
      alike.insert(other.tid);
  describe_stack(frames_of(report.stack), v);
  // The panic's own place is the author's, unless a library has panicked.
  const std::string source = without_column(panic.place);
  if (!base::is_library_line(source) && !source.starts_with("library/") &&
      !v.source.ends_with(source))
    v.source = source;
  std::string text = fmt::format(" after a Rust panic at {}: \"{}\"", panic.place, panic.message);
  if (panic.message.find("0xf5f5f5f5") != std::string::npos)
    text += " on an address read from a value that was freed (its memory is filled with 0xf5)";
  if (!alike.empty())
    text +=
        fmt::format(" (and {} more thread{} alike)", alike.size(), alike.size() == 1 ? "" : "s");
  return text + ",";
}

Violation sanitizer_violation(const RuntimeReport& report) {
  Violation v = found(RuleId::sanitizer_report, {report.text.data(), report.length});
  v.phase = phase_name(report.phase);
  v.thread = report.thread.data();
  v.callback = to_string(report.callback);
  describe_stack(frames_of(report.stack), v);
  if (report.source[0] != '\0' && !v.source.ends_with(report.source.data()))
    v.source = report.source.data();
  return v;
}

// The last sanitizer report, which ended the process; nullopt: none.
std::optional<Violation> fatal_report(const Channel& channel) {
  const std::uint32_t count = std::min(channel.sanitizers.count.load(), RuntimeReports::kMax);
  if (count == 0 || channel.sanitizers.reports[count - 1].tid == 0) return std::nullopt;
  return sanitizer_violation(channel.sanitizers.reports[count - 1]);
}

}  // namespace

std::vector<Violation> sanitizer_violations(const Channel& channel) {
  std::vector<Violation> all;
  for (const RuntimeReport& report : channel.sanitizers.reports)
    if (report.tid != 0) all.push_back(sanitizer_violation(report));
  return all;
}

std::string signal_text(int number) {
  const char* name = ::sigabbrev_np(number);
  const char* what = ::sigdescr_np(number);
  if (name == nullptr || what == nullptr) return fmt::format("signal {}", number);
  return fmt::format("SIG{} ({})", name, what);
}

const JournalEntry* only_in_callback(const Channel& channel) { return culprit(channel, 0); }

Violation crash_violation(const Channel& channel, int signal) {
  Violation v = ending_violation(RuleId::callback_crash, channel);
  const bool known = channel.signal.number == signal;
  const std::int32_t tid = known ? channel.signal.tid.load() : 0;
  const JournalEntry* const entry = culprit(channel, tid);
  describe_thread(channel, entry, tid, v);
  v.message = "died of " + signal_text(signal);
  // There is no handler for it, so its sender is unknown.
  if (signal == SIGKILL)
    v.message += ", from the plugin, from outside or by the out-of-memory killer,";
  if (known && channel.signal.has_address)
    v.message += fmt::format(" at address 0x{:x}", channel.signal.address.load());
  if (known && channel.signal.of_freed_value)
    v.message +=
        ", on an address read from a value that was freed (its memory is filled with 0xf5),";
  if (known && channel.signal.off_the_stack) v.message += ", beyond the end of its stack,";
  if (signal == SIGABRT && entry != nullptr && entry->has_freed_again())
    v.message += ", as memory was freed a second time (a double free),";
  const bool is_fault = signal == SIGSEGV || signal == SIGBUS;
  const RuntimeReport* const panic = is_fault || tid == 0 ? nullptr : panic_on(channel, tid);
  const std::vector<Frame> frames = known ? frames_of(channel.signal.stack) : std::vector<Frame>();
  v.message += in_host_function(is_fault ? host_function_in(frames) : "", entry) +
               where_it_was(channel, entry, v, tid) + last_calls(entry);
  describe_stack(frames, v);
  if (panic != nullptr) {
    v.message =
        fmt::format("died of {}{}{}{}", signal_text(signal), describe_panic(channel, *panic, v),
                    where_it_was(channel, entry, v, tid), last_calls(entry));
  } else if (const RuntimeReport* const no_memory = no_memory_on(channel, tid);
             no_memory != nullptr && !is_fault && tid != 0) {
    describe_stack(frames_of(no_memory->stack), v);
    std::string said(no_memory->text.data(), no_memory->length);
    said = said.substr(0, said.find('\n'));
    v.severity = Severity::note;
    v.message = fmt::format(
        "died of {}, as Rust's standard library ends the process when memory is out (\"{}\"){}{}",
        signal_text(signal), said, where_it_was(channel, entry, v, tid), last_calls(entry));
  }
  return v;
}

Violation exit_violation(const Channel& channel, int status) {
  if (channel.exit.how == nullptr)
    if (std::optional<Violation> reported = fatal_report(channel)) return *std::move(reported);
  Violation v = ending_violation(RuleId::process_exit, channel);
  const char* const how = channel.exit.how;
  const std::int32_t tid = channel.exit.tid;
  const JournalEntry* const entry = culprit(channel, tid);
  describe_thread(channel, entry, tid, v);
  v.message = fmt::format("ended the process with {} and status {}",
                          how != nullptr ? how : "_exit() or the like", status);
  v.message += where_it_was(channel, entry, v, tid) + last_calls(entry);
  describe_stack(frames_of(channel.exit.stack), v);
  return v;
}

Violation interference_violation(const Channel& channel, const std::string& what) {
  Violation v = ending_violation(RuleId::process_exit, channel);
  const JournalEntry* const entry = culprit(channel, 0);
  describe_thread(channel, entry, 0, v);
  v.message = what;
  if (!channel.finished) v.message += where_it_was(channel, entry, v) + last_calls(entry);
  return v;
}

Violation hang_violation(const Channel& channel, const JournalEntry* entry, std::uint64_t seconds) {
  Violation v = ending_violation(RuleId::callback_hang, channel);
  if (entry == nullptr) {
    v.message = fmt::format("there was no progress for {} s, and no callback was running", seconds);
    return v;
  }
  describe(*entry, v);
  // Not a callback nested in it, which may return.
  v.callback = to_string(entry->outermost());
  v.message = fmt::format("did not return within {} s", seconds) + where_it_was(channel, entry, v) +
              last_calls(entry);
  if (channel.signal.tid == entry->tid()) describe_stack(frames_of(channel.signal.stack), v);
  return v;
}

Violation memory_violation(const Channel& channel, const JournalEntry* entry,
                           std::uint64_t limit_mib) {
  Violation v = ending_violation(RuleId::callback_crash, channel);
  describe_thread(channel, entry, 0, v);
  v.message = fmt::format(
      "ended because its process used more memory than the limit of {} MiB (--memory-limit){}{}",
      limit_mib, where_it_was(channel, entry, v), last_calls(entry));
  if (entry != nullptr && channel.signal.tid == entry->tid())
    describe_stack(frames_of(channel.signal.stack), v);
  return v;
}

}  // namespace surisim::sandbox
