#include "autopsy.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

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
  if (const char* function = entry.function()) v.function = function;
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

// "in the callback flow update", or where else.
std::string in_what(const Shared& shared, const Violation& v) {
  if (!v.callback.empty()) return "in " + v.callback;
  if (shared.finished) return "at the end of the process, in a destructor";
  return v.thread.empty() ? "" : "outside of any callback";
}

std::string signal_text(int number) {
  const char* name = ::sigabbrev_np(number);
  const char* what = ::sigdescr_np(number);
  if (name == nullptr || what == nullptr) return fmt::format("signal {}", number);
  return fmt::format("SIG{} ({})", name, what);
}

Violation violation(std::string rule, const Shared& shared) {
  Violation v;
  v.rule = std::move(rule);
  v.severity = Severity::error;
  v.phase = phase_name(shared);
  return v;
}

}  // namespace

Violation crash_violation(const Shared& shared, int signal) {
  Violation v = violation("callback-crash", shared);
  const bool known = shared.death.signal == signal && shared.death.tid != 0;
  if (const JournalEntry* entry = culprit(shared, known ? shared.death.tid.load() : 0))
    describe(*entry, v);
  v.message = "died of " + signal_text(signal);
  if (known && shared.death.has_address)
    v.message += fmt::format(" at address 0x{:x}", shared.death.address.load());
  if (const std::string in = in_what(shared, v); !in.empty())
    v.message += " " + in;
  else
    v.message += suspects(shared);
  if (known) v.call_site = shared.death.at.data();
  return v;
}

Violation exit_violation(const Shared& shared, int status) {
  Violation v = violation("process-exit", shared);
  const std::int32_t tid = shared.exit.tid;
  if (const JournalEntry* entry = culprit(shared, tid)) describe(*entry, v);
  v.message = fmt::format("ended the process with {} and status {}",
                          tid != 0 ? "exit()" : "_exit() or the like", status);
  if (const std::string in = in_what(shared, v); !in.empty())
    v.message += " " + in;
  else
    v.message += suspects(shared);
  return v;
}

Violation hang_violation(const Shared& shared, const JournalEntry* entry, std::uint64_t seconds) {
  Violation v = violation("callback-hang", shared);
  if (entry != nullptr) describe(*entry, v);
  const std::string in = in_what(shared, v);
  v.message = fmt::format("did not come back within {} s{}{}", seconds, in.empty() ? "" : " ", in);
  if (entry == nullptr && !shared.finished)
    v.message = fmt::format("nothing moved for {} s, and no callback was under way", seconds);
  return v;
}

}  // namespace surisim::cli
