// Implements channel.hpp: the mailbox, the futexes of the SummarySender, and results as JSON.
#include "sandbox/channel.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include <climits>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/raw_syscall.hpp"

namespace surisim {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Error, code, message)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StackFrame, call_site, source)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Violation, rule, severity, message, phase, thread, tv, slot,
                                   callback, function, call_site, source, other_thread, set_at,
                                   plugin, count, clock, called_from, frames, other_frames)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SlotInfo, type, name, id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CallbackInfo, kind, symbol)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginInfo, path, name, version, license, author,
                                   suricata_version, api_version, loaded, slots, callbacks)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MovedField, name, offset, there, places)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ImportedSymbol, name, status, weak, support, elsewhere)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Inspection, plugin, suricata, for_all_versions, has_entry_point,
                                   imports, needed, moved, problems)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ThreadSummary, name, kind, id, started, init_callbacks,
                                   flow_init, flow_update, flow_finish, packets)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ValueSummary::On, thread, made, freed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ValueSummary, slot, storage, made, freed, taken, kept, left, on)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CaptureSummary, file, files, records, bytes, derived, damage)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FlowSummary, started, tcp, udp, icmp, sctp, other, ipv4, ipv6,
                                   finished_by_recycler, finished_at_shutdown, finished_by_worker,
                                   ended_in_bucket, ended_by_reuse, ended_handed_back,
                                   ended_at_shutdown, ended_by_backstop, lost_by_exit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PhaseTime, name, seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ListedInfo, plugin, kind, name, id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LoggerInfo, plugin, kind, name, app_proto, runs, why_silent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CounterInfo::OfThread, thread, value)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CounterInfo, name, kind, value, threads)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FileTypeInfo, plugin, name, inits, thread_inits, writes,
                                   thread_deinits, deinits)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginThreadsSummary, started, joined, detached, running)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FaultSummary, fault, hit, what, thread, phase, callback,
                                   call_site, source)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CodeSite, plugin, offset, is_call)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SiteOrder, first, second)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ScheduleStep, thread, what, at)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ScheduleTurn, thread, times)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ScheduleSummary, controlled, points, choices, switches, order,
                                   weights, left_over, races, conflicts, explanation, steps, turns,
                                   not_watched, not_controlled, diverged)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Summary, suricata, plugins, own_slots, lifecycles, threads,
                                   values, flows, capture, packets, packets_no_flow, bytes,
                                   thread_init_callbacks, flow_init_callbacks,
                                   flow_update_callbacks, flow_finish_callbacks, traffic_seconds,
                                   total_seconds, phases, schedule, stopped_by, violations,
                                   registrations, loggers, counters, file_types, plugin_threads,
                                   faults)

}  // namespace surisim

namespace surisim::sandbox {
namespace {

using nlohmann::json;

// std::atomic::wait only works within one process.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t value,
                const timespec* timeout) noexcept {
  base::raw_syscall(SYS_futex, base::as_argument(&word), FUTEX_WAIT, value,
                    base::as_argument(timeout));
}

void futex_wake(const std::atomic<std::uint32_t>& word) noexcept {
  base::raw_syscall(SYS_futex, base::as_argument(&word), FUTEX_WAKE, INT_MAX);
}

std::int64_t now_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// A plugin's texts may not be UTF-8.
std::string line(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

void put_error(json& to, const std::optional<Error>& error) {
  if (error) to["error"] = *error;
}

std::optional<Error> get_error(const json& from) {
  const auto at = from.find("error");
  return at == from.end() ? std::nullopt : std::optional(at->get<Error>());
}

}  // namespace

bool Mailbox::send(Kind kind, std::string_view text) noexcept {
  const std::size_t bytes = footprint(text.size());
  const std::size_t at = end_.fetch_add(bytes, std::memory_order_relaxed);
  if (at > kBytes || bytes > kBytes - at) return false;
  Header& header = *header_at(at);
  header.size.store(text.size(), std::memory_order_relaxed);
  std::memcpy(data_.data() + at + sizeof(Header), text.data(), text.size());
  header.kind.store(static_cast<std::uint32_t>(kind), std::memory_order_release);
  return true;
}

std::vector<Mailbox::Message> Mailbox::read() const {
  std::vector<Message> messages;
  const std::size_t end = end_.load(std::memory_order_relaxed);
  for (std::size_t at = 0; at < end && at <= kBytes - sizeof(Header);) {
    const Header& header = *header_at(at);
    const auto kind = static_cast<Kind>(header.kind.load(std::memory_order_acquire));
    const std::size_t size = header.size.load(std::memory_order_relaxed);
    if (size == 0 || footprint(size) > kBytes - at) break;
    if (kind != Kind::none)
      messages.push_back({kind, std::string(data_.data() + at + sizeof(Header), size)});
    at += footprint(size);
  }
  return messages;
}

void make_request(Channel& channel, SenderRequest request) noexcept {
  std::uint32_t none = 0;
  channel.sender.request.compare_exchange_strong(none, static_cast<std::uint32_t>(request));
  futex_wake(channel.sender.request);
}

void request_summary(Channel& channel) noexcept {
  if (channel.sender.tid != 0) make_request(channel, SenderRequest::send);
}

SenderRequest wait_for_request(Channel& channel) noexcept {
  while (channel.sender.request == 0) futex_wait(channel.sender.request, 0, nullptr);
  return static_cast<SenderRequest>(channel.sender.request.load());
}

void summary_is_sent(Channel& channel) noexcept {
  channel.sender.done = 1;
  futex_wake(channel.sender.done);
}

void wait_for_summary(Channel& channel) noexcept {
  const std::int64_t end = now_ms() + kSummaryMs;
  while (channel.sender.tid != 0 && channel.sender.done == 0) {
    const std::int64_t left = end - now_ms();
    if (left <= 0) return;
    const timespec timeout{left / 1000, left % 1000 * 1'000'000};
    futex_wait(channel.sender.done, 0, &timeout);
  }
}

void wait_until_sent(Channel& channel) noexcept {
  while (channel.sender.done == 0) futex_wait(channel.sender.done, 0, nullptr);
}

std::string to_line(const RunResult& result) {
  json out;
  out["summary"] = result.summary;
  out["interrupted"] = result.interrupted;
  out["lifecycle"] = result.lifecycle;
  out["unmet"] = json::array();
  for (const auto& [line, message] : result.unmet) out["unmet"].push_back({line, message});
  put_error(out, result.error);
  return line(out);
}

std::string to_line(const InspectResult& result) {
  json out;
  out["inspection"] = result.inspection;
  put_error(out, result.error);
  return line(out);
}

std::string to_line(const Violation& violation) { return line(json(violation)); }

std::string to_line(const ScheduleSummary& schedule) { return line(json(schedule)); }

ScheduleSummary schedule_summary(const std::string& text) {
  return json::parse(text).get<ScheduleSummary>();
}

RunResult run_result(const std::string& text) {
  const json in = json::parse(text);
  RunResult result{in.at("summary").get<Summary>(), get_error(in), in.at("interrupted").get<int>(),
                   in.at("lifecycle").get<std::string>()};
  for (const json& one : in.at("unmet"))
    result.unmet.push_back({one.at(0).get<std::uint32_t>(), one.at(1).get<std::string>()});
  return result;
}

InspectResult inspect_result(const std::string& text) {
  const json in = json::parse(text);
  return {in.at("inspection").get<Inspection>(), get_error(in)};
}

Violation violation(const std::string& text) { return json::parse(text).get<Violation>(); }

}  // namespace surisim::sandbox
