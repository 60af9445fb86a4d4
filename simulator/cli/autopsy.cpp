#include "autopsy.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/source_line.hpp"
#include "surisim/lifecycle.hpp"

namespace surisim::cli {
namespace {

std::string phase_name(const Shared& shared) {
  if (shared.finished) return step_of(Phase::end).name;
  const std::int32_t phase = shared.journal.phase;
  if (phase < 1 || static_cast<std::size_t>(phase) > kLifecycle.size()) return "";
  return kLifecycle[static_cast<std::size_t>(phase - 1)].name;
}

template <class Predicate>
std::vector<const JournalEntry*> entries(const Shared& shared, Predicate wanted) {
  std::vector<const JournalEntry*> found;
  const std::uint32_t used = shared.journal.used;
  for (std::uint32_t i = 0; i < used && i < Journal::kEntries; ++i)
    if (const JournalEntry& entry = shared.journal.entries[i]; entry.tid() != 0 && wanted(entry))
      found.push_back(&entry);
  return found;
}

bool in_callback(const JournalEntry& entry) { return entry.callback() != JournalCallback::none; }

// The thread with this id; without an id, the one that is in a callback, if it is the only one.
const JournalEntry* culprit(const Shared& shared, std::int32_t tid) {
  const auto found = tid != 0
                         ? entries(shared, [&](const JournalEntry& e) { return e.tid() == tid; })
                         : entries(shared, in_callback);
  return found.size() == 1 ? found.front() : nullptr;
}

void describe(const JournalEntry& entry, Violation& v) {
  v.thread = entry.thread();
  v.callback = to_string(entry.callback());
  v.tv = entry.tv();
  if (const auto calls = entry.calls(); !calls.empty()) v.function = calls.back();
}

// The callback that all threads with one are in, when nobody knows which thread it was.
void describe_any(const Shared& shared, Violation& v) {
  const auto found = entries(shared, in_callback);
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

// ", while W#01 was in flow update and W#02 in flow init" when nobody knows which thread it was.
std::string suspects(const Shared& shared) {
  constexpr std::size_t kMost = 4;
  const auto found = entries(shared, in_callback);
  std::string out;
  for (std::size_t i = 0; i < found.size() && i < kMost; ++i)
    out += fmt::format("{}{} was in {}", i == 0 ? ", while " : ", ", found[i]->thread(),
                       to_string(found[i]->callback()));
  if (found.size() > kMost)
    out += fmt::format(" and {} more threads in others", found.size() - kMost);
  return out;
}

// " in flow update", or where else; whose it may have been when nobody knows. `tid`: 0, or the
// thread's id.
std::string in_what(const Shared& shared, const JournalEntry* entry, const Violation& v,
                    std::int32_t tid = 0) {
  if (entry == nullptr && tid != 0) return " on a thread that is none of the engine's";
  if (entry == nullptr) return suspects(shared);
  if (v.callback.empty()) return " outside of any callback";
  if (!shared.finished) return " in " + v.callback;
  return " at the end of the process, in a destructor or an exit handler";
}

// The call around it that stands in the author's own lines; `innermost` where there is none.
base::CodePlace authors_place(const Place& place, const std::string& file,
                              base::CodePlace innermost) {
  if (!base::is_library_line(innermost.source)) return innermost;
  for (const auto& outer : place.outer) {
    if (outer == 0) break;
    base::CodePlace call = base::call_place(file, outer);
    if (!call.source.empty() && !base::is_library_line(call.source)) return call;
  }
  return innermost;
}

// A signal handler could note no more than addresses; names and lines are looked up here.
void describe_place(const Place& place, Violation& v) {
  if (place.module[0] == '\0') return;
  v.plugin = place.module.data();
  base::CodePlace found = authors_place(place, v.plugin,
                                        place.is_call ? base::call_place(v.plugin, place.address)
                                                      : base::code_place(v.plugin, place.address));
  v.call_site = std::move(found.call_site);
  v.source = std::move(found.source);
}

std::string signal_text(int number) {
  const char* name = ::sigabbrev_np(number);
  const char* what = ::sigdescr_np(number);
  if (name == nullptr || what == nullptr) return fmt::format("signal {}", number);
  return fmt::format("SIG{} ({})", name, what);
}

Violation ending_violation(std::string rule, const Shared& shared) {
  Violation v;
  v.rule = std::move(rule);
  v.severity = Severity::error;
  v.phase = phase_name(shared);
  return v;
}

}  // namespace

const JournalEntry* only_in_callback(const Shared& shared) { return culprit(shared, 0); }

Violation crash_violation(const Shared& shared, int signal) {
  Violation v = ending_violation("callback-crash", shared);
  const bool known = shared.death.signal == signal;
  const std::int32_t tid = known ? shared.death.tid.load() : 0;
  const JournalEntry* const entry = culprit(shared, tid);
  if (entry != nullptr)
    describe(*entry, v);
  else if (tid == 0)
    describe_any(shared, v);
  v.message = "died of " + signal_text(signal);
  // No handler hears of it, so nobody knows who sent it.
  if (signal == SIGKILL) v.message += ", from the plugin, from outside or for want of memory,";
  if (known && shared.death.has_address)
    v.message += fmt::format(" at address 0x{:x}", shared.death.address.load());
  v.message += in_what(shared, entry, v, tid) + last_calls(entry);
  if (known) describe_place(shared.death.place, v);
  return v;
}

Violation exit_violation(const Shared& shared, int status) {
  Violation v = ending_violation("process-exit", shared);
  const char* const how = shared.exit.how;
  const std::int32_t tid = shared.exit.tid;
  const JournalEntry* const entry = culprit(shared, tid);
  if (entry != nullptr)
    describe(*entry, v);
  else if (tid == 0)
    describe_any(shared, v);
  v.message = fmt::format("ended the process with {} and status {}",
                          how != nullptr ? how : "_exit() or the like", status);
  v.message += in_what(shared, entry, v, tid) + last_calls(entry);
  describe_place(shared.exit.place, v);
  return v;
}

Violation hang_violation(const Shared& shared, const JournalEntry* entry, std::uint64_t seconds) {
  Violation v = ending_violation("callback-hang", shared);
  if (entry == nullptr) {
    v.message = fmt::format("nothing moved for {} s, and no callback was under way", seconds);
    return v;
  }
  describe(*entry, v);
  // What is nested in it comes and goes.
  v.callback = to_string(entry->outermost());
  v.message = fmt::format("did not come back within {} s", seconds) + in_what(shared, entry, v) +
              last_calls(entry);
  if (shared.death.tid == entry->tid()) describe_place(shared.death.place, v);
  return v;
}

Violation memory_violation(const Shared& shared, const JournalEntry* entry,
                           std::uint64_t limit_mib) {
  Violation v = ending_violation("callback-crash", shared);
  if (entry != nullptr)
    describe(*entry, v);
  else
    describe_any(shared, v);
  v.message = fmt::format(
      "ended because its process used more memory than the limit of {} MiB (--memory-limit){}{}",
      limit_mib, in_what(shared, entry, v), last_calls(entry));
  if (entry != nullptr && shared.death.tid == entry->tid()) describe_place(shared.death.place, v);
  return v;
}

}  // namespace surisim::cli
