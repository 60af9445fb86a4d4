// Checks what plugins share with Suricata's process besides memory: descriptors, and the attributes
// of the thread that runs their init callbacks (L5).
#include <fmt/format.h>
#include <pthread.h>
#include <sys/prctl.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "abi/callbacks.hpp"
#include "abi/host_function.hpp"
#include "check/checker.hpp"

namespace surisim::check {

using engine::Context;

namespace {

// "3", "3 and 4", "3, 4 and 67".
std::string list_of(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return out;
}

std::string quoted(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\')
      out += c;
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out + '"';
}

std::string descriptors(const std::vector<std::string>& numbers) {
  return (numbers.size() == 1 ? "descriptor " : "descriptors ") + list_of(numbers);
}

// "closed descriptors 3 and 4 and wrote to descriptor 67 ("hello")".
std::string what_happened(const std::vector<Decoys::Hit>& hits) {
  std::vector<std::string> closed;
  std::vector<std::string> written;
  std::string begin;
  for (const Decoys::Hit& hit : hits) {
    (hit.closed ? closed : written).push_back(std::to_string(hit.descriptor));
    if (begin.empty()) begin = hit.written;
  }
  std::string out;
  if (!closed.empty()) out = "closed " + descriptors(closed);
  if (written.empty()) return out;
  if (!out.empty()) out += " and ";
  return out + "wrote to " + descriptors(written) +
         (begin.empty() ? "" : fmt::format(" ({})", quoted(begin)));
}

}  // namespace

void Checker::check_descriptors(Where where) {
  const std::vector<Decoys::Hit> hits = decoys_.hits();
  if (hits.empty()) return;
  if (where.plugin == engine::kNoPlugin) where.plugin = ledger_.violations().plugin_in_charge();
  const auto& plugins = loader_.plugins();
  const std::string who =
      where.plugin < plugins.size() ? plugins[where.plugin].name : loader_.suspects();
  found(RuleId::foreign_descriptor, where, [&] {
    return fmt::format(
        "{} {}, which it has not opened: in Suricata that may be a log file or a socket", who,
        what_happened(hits));
  });
}

ThreadAttributes ThreadAttributes::of_this_thread() {
  ThreadAttributes mine;
  ::prctl(PR_GET_NAME, mine.name.data());
  ::sched_getaffinity(0, sizeof mine.processors, &mine.processors);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mine.blocked);
  return mine;
}

std::vector<std::string> ThreadAttributes::changes_to(const ThreadAttributes& now) const {
  std::vector<std::string> changes;
  if (std::strncmp(name.data(), now.name.data(), name.size()) != 0)
    changes.push_back(fmt::format("name (now {})", quoted(now.name.data())));
  if (CPU_EQUAL(&processors, &now.processors) == 0) changes.emplace_back("CPU affinity");
  bool same_mask = true;
  for (int signal = 1; signal < NSIG; ++signal)
    same_mask = same_mask && sigismember(&blocked, signal) == sigismember(&now.blocked, signal);
  if (!same_mask) changes.emplace_back("signal mask");
  return changes;
}

void Checker::host_fields_changed(const abi::HostFieldsChanged& changed) {
  Where where;
  where.caller = abi::running_function_or(nullptr);
  found(RuleId::host_object_overwritten, where, [&] {
    return fmt::format("overwrote {}: only Suricata writes there, and relies on it",
                       changed.fields);
  });
}

void Checker::thread_init_begins() {
  engine::Context* const mine = engine::context();
  if (mine == nullptr) return;
  mine->to_check = true;
  attributes_ = ThreadAttributes::of_this_thread();
}

void Checker::thread_init_returns(const Context& mine) {
  Where where;
  where.caller = abi::running_function_or(nullptr);
  if (decoys_.seem_hit()) check_descriptors(where);  // else the phase's end does
  const auto changes = attributes_.changes_to(ThreadAttributes::of_this_thread());
  if (changes.empty()) return;
  found(RuleId::thread_attributes_changed, where, [&] {
    return fmt::format(
        "a thread init callback changed the {} of {}, which runs it: thread {} does not exist yet",
        list_of(changes), mine.os_name, mine.callback_tv->name);
  });
}

// Suricata's threads are its own: what the engine does itself is no plugin's call.
bool Checker::allow(const abi::ThreadCall& call) {
  const Context* const mine = engine::context();
  if (mine != nullptr && mine->callback == JournalCallback::none) return true;
  if (::pthread_equal(call.thread, ::pthread_self()) != 0 && !call.on_itself) return true;
  const abi::HostScope host;
  std::string name = "main";
  if (::pthread_equal(call.thread, main_thread_) == 0) {
    name = handles_.name_of(call.thread);
    if (name.empty()) return true;
  }
  Where where{call.function, call.caller};
  if (::pthread_equal(call.thread, ::pthread_self()) == 0) where.other_thread = name;
  found(RuleId::thread_not_owned, where, [&] {
    return fmt::format("{} called with {}, a thread of Suricata's: {}", call.function, name,
                       call.consequence);
  });
  return false;
}

void Checker::init_returned(const void* frame, const void* init) {
  check_names(frame);
  check_outputs(frame);
  const abi::HostScope host;
  Where where;
  where.phase = ledger_.violations().phase();
  where.thread = "main";
  where.callback = JournalCallback::init;
  where.plugin = abi::running_plugin();
  if (init != nullptr) where.caller = static_cast<const char*>(init) + 1;
  check_descriptors(where);
}

void Checker::phase_ends() {
  const abi::HostScope host;
  check_descriptors({});
}

}  // namespace surisim::check
