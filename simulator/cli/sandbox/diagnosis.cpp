// Reads the journal and what the handlers noted; the only place that looks up names and lines, as
// a signal handler can note no more than addresses.
#include "sandbox/diagnosis.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/source_line.hpp"
#include "rules/found.hpp"
#include "surisim/lifecycle.hpp"

namespace surisim::sandbox {
namespace {

std::string phase_name(const Channel& channel) {
  if (channel.finished) return step_of(Phase::end).name;
  const std::int32_t phase = channel.journal.phase;
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

// The thread with this id; without an id, the one that is in a callback, if it is the only one.
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

// The callback that all threads with one are in, when the thread is unknown.
void describe_any(const Channel& channel, Violation& v) {
  const auto found = entries(channel, in_callback);
  const bool same = std::all_of(found.begin(), found.end(), [&](const JournalEntry* entry) {
    return entry->callback() == found.front()->callback();
  });
  if (!found.empty() && same) v.callback = to_string(found.front()->callback());
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

// ", while W#01 was in flow update and W#02 in flow init" when the thread is unknown.
std::string suspects(const Channel& channel) {
  constexpr std::size_t kMost = 4;
  const auto found = entries(channel, in_callback);
  std::string out;
  for (std::size_t i = 0; i < found.size() && i < kMost; ++i)
    out += fmt::format("{}{} was in {}", i == 0 ? ", while " : ", ", found[i]->thread(),
                       to_string(found[i]->callback()));
  if (found.size() > kMost)
    out += fmt::format(" and {} more threads in others", found.size() - kMost);
  return out;
}

// " in flow update", or where else; where it may have been when the thread is unknown. `tid`: 0, or
// the thread's id.
std::string where_in(const Channel& channel, const JournalEntry* entry, const Violation& v,
                     std::int32_t tid = 0) {
  if (entry == nullptr && tid != 0) return " on a thread that is none of the engine's";
  if (entry == nullptr) return suspects(channel);
  if (v.callback.empty()) return " outside of any callback";
  if (!channel.finished) return " in " + v.callback;
  return " at the end of the process, in a destructor or an exit handler";
}

// The call around it that stands in the author's own lines; `innermost` where there is none.
base::CodePlace authors_call(const CodeLocation& location, const std::string& file,
                             base::CodePlace innermost) {
  if (!base::is_library_line(innermost.source)) return innermost;
  for (const auto& outer : location.outer) {
    if (outer == 0) break;
    base::CodePlace call = base::call_place(file, outer);
    if (!call.source.empty() && !base::is_library_line(call.source)) return call;
  }
  return innermost;
}

void describe_location(const CodeLocation& location, Violation& v) {
  if (location.module[0] == '\0') return;
  v.plugin = location.module.data();
  base::CodePlace found =
      authors_call(location, v.plugin,
                   location.is_call ? base::call_place(v.plugin, location.address)
                                    : base::code_place(v.plugin, location.address));
  v.call_site = std::move(found.call_site);
  v.source = std::move(found.source);
}

Violation ending_violation(RuleId rule, const Channel& channel) {
  Violation v = found(rule, "");
  v.phase = phase_name(channel);
  return v;
}

}  // namespace

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
  if (entry != nullptr)
    describe(*entry, v);
  else if (tid == 0)
    describe_any(channel, v);
  v.message = "died of " + signal_text(signal);
  // No handler is called for it, so nobody knows who sent it.
  if (signal == SIGKILL)
    v.message += ", from the plugin, from outside or by the out-of-memory killer,";
  if (known && channel.signal.has_address)
    v.message += fmt::format(" at address 0x{:x}", channel.signal.address.load());
  if (known && channel.signal.of_freed_value)
    v.message +=
        ", on an address read from a value that was freed (its memory is filled with 0xf5),";
  v.message += where_in(channel, entry, v, tid) + last_calls(entry);
  if (known) describe_location(channel.signal.location, v);
  return v;
}

Violation exit_violation(const Channel& channel, int status) {
  Violation v = ending_violation(RuleId::process_exit, channel);
  const char* const how = channel.exit.how;
  const std::int32_t tid = channel.exit.tid;
  const JournalEntry* const entry = culprit(channel, tid);
  if (entry != nullptr)
    describe(*entry, v);
  else if (tid == 0)
    describe_any(channel, v);
  v.message = fmt::format("ended the process with {} and status {}",
                          how != nullptr ? how : "_exit() or the like", status);
  v.message += where_in(channel, entry, v, tid) + last_calls(entry);
  describe_location(channel.exit.location, v);
  return v;
}

Violation interference_violation(const Channel& channel, const std::string& what) {
  Violation v = ending_violation(RuleId::process_exit, channel);
  const JournalEntry* const entry = culprit(channel, 0);
  if (entry != nullptr)
    describe(*entry, v);
  else
    describe_any(channel, v);
  v.message = what;
  if (!channel.finished) v.message += where_in(channel, entry, v) + last_calls(entry);
  return v;
}

Violation hang_violation(const Channel& channel, const JournalEntry* entry, std::uint64_t seconds) {
  Violation v = ending_violation(RuleId::callback_hang, channel);
  if (entry == nullptr) {
    v.message = fmt::format("nothing moved for {} s, and no callback was under way", seconds);
    return v;
  }
  describe(*entry, v);
  // What is nested in it comes and goes.
  v.callback = to_string(entry->outermost());
  v.message = fmt::format("did not return within {} s", seconds) + where_in(channel, entry, v) +
              last_calls(entry);
  if (channel.signal.tid == entry->tid()) describe_location(channel.signal.location, v);
  return v;
}

Violation memory_violation(const Channel& channel, const JournalEntry* entry,
                           std::uint64_t limit_mib) {
  Violation v = ending_violation(RuleId::callback_crash, channel);
  if (entry != nullptr)
    describe(*entry, v);
  else
    describe_any(channel, v);
  v.message = fmt::format(
      "ended because its process used more memory than the limit of {} MiB (--memory-limit){}{}",
      limit_mib, where_in(channel, entry, v), last_calls(entry));
  if (entry != nullptr && channel.signal.tid == entry->tid())
    describe_location(channel.signal.location, v);
  return v;
}

}  // namespace surisim::sandbox
