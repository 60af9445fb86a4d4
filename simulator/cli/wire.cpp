#include "wire.hpp"

#include <nlohmann/json.hpp>

namespace surisim {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Error, code, message)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Violation, rule, severity, message, phase, thread, tv, slot,
                                   callback, function, call_site, source, other_thread, set_at,
                                   plugin, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SlotInfo, type, name, id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CallbackInfo, kind, symbol)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginInfo, path, name, version, license, author,
                                   suricata_version, api_version, loaded, slots, callbacks)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ImportedSymbol, name, status, weak, support)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Inspection, plugin, has_entry_point, imports, needed, problems)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ThreadSummary, name, kind, id, started, init_callbacks,
                                   flow_init, flow_update, flow_finish, packets)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ValueSummary::On, thread, made, freed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ValueSummary, slot, storage, made, freed, taken, kept, left, on)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CaptureSummary, file, records, bytes, derived, damage)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FlowSummary, started, tcp, udp, icmp, sctp, other, ipv4, ipv6,
                                   finished_by_recycler, finished_at_shutdown, finished_by_worker,
                                   ended_in_bucket, ended_by_reuse, ended_handed_back,
                                   ended_at_shutdown, ended_by_backstop, lost_by_exit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PhaseTime, name, seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ListedInfo, plugin, kind, name, id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LoggerInfo, plugin, kind, name, app_proto, runs, why_silent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FaultSummary, fault, hit, what, thread, phase, callback,
                                   call_site, source)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Summary, plugins, own_slots, lifecycles, threads, values, flows,
                                   capture, packets, packets_no_flow, bytes, thread_init_callbacks,
                                   flow_init_callbacks, flow_update_callbacks,
                                   flow_finish_callbacks, traffic_seconds, total_seconds, phases,
                                   stopped_by, violations, registrations, loggers, faults)

}  // namespace surisim

namespace surisim::cli {
namespace {

using nlohmann::json;

// What a plugin says of itself need not be UTF-8.
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

std::string to_line(const RunResult& result) {
  json out;
  out["summary"] = result.summary;
  out["interrupted"] = result.interrupted;
  out["lifecycle"] = result.lifecycle;
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

RunResult run_result(const std::string& text) {
  const json in = json::parse(text);
  return {in.at("summary").get<Summary>(), get_error(in), in.at("interrupted").get<bool>(),
          in.at("lifecycle").get<std::string>()};
}

InspectResult inspect_result(const std::string& text) {
  const json in = json::parse(text);
  return {in.at("inspection").get<Inspection>(), get_error(in)};
}

Violation violation(const std::string& text) { return json::parse(text).get<Violation>(); }

}  // namespace surisim::cli
