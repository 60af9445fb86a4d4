// Writes the JSON report of a run. docs/json.md describes its keys; a test compares the two.
#include <utility>

#include "report/parts.hpp"

namespace surisim {

namespace report {

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

namespace {

Json slots_json(const std::vector<SlotInfo>& slots) {
  Json all = Json::array();
  for (const SlotInfo& slot : slots)
    all.push_back({{"type", slot.type}, {"name", slot.name}, {"id", slot.id}});
  return all;
}

Json violations_json(const std::vector<Violation>& violations) {
  Json all = Json::array();
  for (const Violation& violation : violations) all.push_back(violation_json(violation));
  return all;
}

}  // namespace

Json plugin_json(const PluginInfo& plugin) {
  Json callbacks = Json::array();
  for (const CallbackInfo& callback : plugin.callbacks)
    callbacks.push_back({{"kind", callback.kind}, {"symbol", or_null(callback.symbol)}});
  return {{"path", plugin.path},
          {"name", plugin.name},
          {"version", or_null(plugin.version)},
          {"license", plugin.license},
          {"author", plugin.author},
          {"suricata_version", or_null(plugin.suricata_version)},
          {"api_version", plugin.api_version},
          {"loaded", plugin.loaded},
          {"slots", slots_json(plugin.slots)},
          {"callbacks", std::move(callbacks)}};
}

Json frames_json(const std::vector<StackFrame>& frames) {
  Json out = Json::array();
  for (const StackFrame& frame : frames)
    out.push_back({{"call_site", frame.call_site}, {"source", or_null(frame.source)}});
  return out;
}

Json violation_json(const Violation& v) {
  return {{"rule", v.rule},
          {"severity", to_string(v.severity)},
          {"message", v.message},
          {"phase", or_null(v.phase)},
          {"thread", or_null(v.thread)},
          {"tv", or_null(v.tv)},
          {"slot", or_null(v.slot)},
          {"callback", or_null(v.callback)},
          {"function", or_null(v.function)},
          {"call_site", or_null(v.call_site)},
          {"source", or_null(v.source)},
          {"other_thread", or_null(v.other_thread)},
          {"set_at", or_null(v.set_at)},
          {"plugin", or_null(v.plugin)},
          {"count", v.count},
          {"called_from", or_null(v.called_from)},
          {"frames", frames_json(v.frames)},
          {"other_frames", frames_json(v.other_frames)}};
}

void add_head(Json& document, Suricata version) {
  document["tool"] = {{"name", "surisim"}, {"version", surisim::version()}};
  document["abi"] = {{"suricata", release_of(version)}, {"api_version", api_version_of(version)}};
}

std::string document(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

namespace {

Json suppression_json(const Suppression& s) {
  return {{"rule", s.rule},
          {"place", or_null(s.place)},
          {"reason", s.reason},
          {"from", or_null(s.from)},
          {"until", or_null(s.until)},
          {"expired", s.expired},
          {"count", s.count},
          {"violations", violations_json(s.violations)}};
}

Json loggers_json(const Summary& summary) {
  Json all = Json::array();
  for (const LoggerInfo& logger : summary.loggers)
    all.push_back({{"plugin", or_null(logger.plugin)},
                   {"kind", logger.kind},
                   {"name", or_null(logger.name)},
                   {"app_proto", or_null(logger.app_proto)},
                   {"runs", logger.runs},
                   {"why_silent", or_null(logger.why_silent)}});
  return all;
}

Json counters_json(const Summary& summary) {
  Json all = Json::array();
  for (const CounterInfo& one : summary.counters) {
    Json threads = Json::array();
    for (const CounterInfo::OfThread& thread : one.threads)
      threads.push_back({{"thread", thread.thread}, {"value", thread.value}});
    all.push_back(
        {{"name", one.name}, {"kind", one.kind}, {"value", one.value}, {"threads", threads}});
  }
  return all;
}

Json file_types_json(const Summary& summary) {
  Json all = Json::array();
  for (const FileTypeInfo& type : summary.file_types)
    all.push_back({{"plugin", or_null(type.plugin)},
                   {"name", or_null(type.name)},
                   {"init", type.inits},
                   {"thread_init", type.thread_inits},
                   {"write", type.writes},
                   {"thread_deinit", type.thread_deinits},
                   {"deinit", type.deinits}});
  return all;
}

Json schedule_json(const ScheduleSummary& schedule, const Options& options) {
  if (!schedule.controlled || !options.schedule) return nullptr;
  ScheduleOptions token = *options.schedule;
  token.order = schedule.order;
  return {{"replay", to_string(token)},
          {"points", schedule.points},
          {"switches", schedule.switches},
          {"left_over", schedule.left_over},
          {"diverged", or_null(schedule.diverged)}};
}

Json plugin_threads_json(const PluginThreadsSummary& threads) {
  return {{"started", threads.started},
          {"joined", threads.joined},
          {"never_joined", threads.started - threads.joined},
          {"detached", threads.detached},
          {"running", threads.running}};
}

Json registrations_json(const Summary& summary) {
  Json all = Json::array();
  for (const ListedInfo& r : summary.registrations)
    all.push_back(
        {{"plugin", or_null(r.plugin)}, {"kind", r.kind}, {"name", or_null(r.name)}, {"id", r.id}});
  return all;
}

const char* to_string(Options::Record record) {
  constexpr const char* kNames[] = {"off", "lifecycle", "all"};
  return kNames[static_cast<std::size_t>(record)];
}

Json config_json(const Options& options, const ReportOptions& how) {
  const TrafficOptions& traffic = options.traffic;
  const std::vector<std::string> pcaps = pcaps_of(options);
  Json faults = Json::array();
  for (const Fault& fault : options.faults)
    faults.push_back({{"kind", to_string(fault.kind)},
                      {"thread", or_null(fault.thread)},
                      {"at", fault.at > 0 ? Json(fault.at) : Json()},
                      {"slot", or_null(fault.slot)}});
  return {{"mode", to_string(options.mode)},
          {"capture", to_string(capture_of(options))},
          {"capture_plugin", or_null(options.capture_plugin)},
          {"engine", to_string(options.engine)},
          {"devices", options.devices},
          {"threads", options.threads},
          {"receive_threads", options.receive_threads},
          {"flow_managers", options.flow_managers},
          {"flow_recyclers", options.flow_recyclers},
          {"bypass_manager", options.bypass_manager},
          {"stats", options.stats},
          {"detect_loaders", options.detect_loaders},
          {"command_socket", options.command_socket},
          {"lifecycles", options.lifecycles},
          {"pcap", pcaps.size() == 1 ? Json(pcaps.front()) : Json()},
          {"pcaps", pcaps},
          {"seed", traffic.seed},
          {"flows", traffic.flows},
          {"packets_per_flow", traffic.packets_per_flow},
          {"exact_packets", traffic.exact_packets},
          {"open_flows", traffic.open_flows},
          {"ipv6", traffic.ipv6},
          {"udp", traffic.udp},
          {"icmp", traffic.icmp},
          {"icmp_errors", traffic.icmp_errors},
          {"no_flow", traffic.no_flow},
          {"ends",
           {{"recycler", traffic.ends.recycler},
            {"pressure", traffic.ends.pressure},
            {"bucket", traffic.ends.bucket},
            {"reuse", traffic.ends.reuse},
            {"handed_back", traffic.ends.handed_back},
            {"backstop", traffic.ends.backstop}}},
          {"faults", std::move(faults)},
          {"config_file", or_null(options.config_file)},
          {"config_settings", options.config_settings},
          {"invariants", options.invariants},
          {"record", to_string(options.record)},
          {"checks", options.checks},
          {"log_level", options.log_level},
          {"fail_on", to_string(how.fail_on)}};
}

Json threads_json(const Summary& summary) {
  Json threads = Json::array();
  for (const ThreadSummary& t : summary.threads)
    threads.push_back({{"name", t.name},
                       {"kind", t.kind},
                       {"id", t.id},
                       {"started", t.started},
                       {"init_callbacks", t.init_callbacks},
                       {"flow_init", t.flow_init},
                       {"flow_update", t.flow_update},
                       {"flow_finish", t.flow_finish},
                       {"packets", t.packets}});
  return threads;
}

Json values_json(const Summary& summary) {
  Json values = Json::array();
  for (const ValueSummary& v : summary.values) {
    Json on = Json::array();
    for (const ValueSummary::On& o : v.on)
      on.push_back({{"thread", o.thread}, {"made", o.made}, {"freed", o.freed}});
    values.push_back({{"slot", v.slot},
                      {"storage", v.storage},
                      {"made", v.made},
                      {"freed", v.freed},
                      {"taken", v.taken},
                      {"kept", v.kept},
                      {"left", v.left},
                      {"on", std::move(on)}});
  }
  return values;
}

Json flow_ends_json(const FlowSummary& flows) {
  return {{"finished_by_recycler", flows.finished_by_recycler},
          {"finished_at_shutdown", flows.finished_at_shutdown},
          {"finished_by_worker", flows.finished_by_worker},
          {"ended_in_bucket", flows.ended_in_bucket},
          {"ended_by_reuse", flows.ended_by_reuse},
          {"ended_handed_back", flows.ended_handed_back},
          {"ended_at_shutdown", flows.ended_at_shutdown},
          {"ended_by_backstop", flows.ended_by_backstop},
          {"lost_by_exit", flows.lost_by_exit}};
}

Json faults_json(const Summary& summary) {
  Json faults = Json::array();
  for (const FaultSummary& f : summary.faults)
    faults.push_back({{"fault", f.fault},
                      {"hit", f.hit},
                      {"what", or_null(f.what)},
                      {"phase", or_null(f.phase)},
                      {"thread", or_null(f.thread)},
                      {"callback", or_null(f.callback)},
                      {"call_site", or_null(f.call_site)},
                      {"source", or_null(f.source)}});
  return faults;
}

// Null if traffic was generated.
Json capture_json(const CaptureSummary& capture) {
  if (capture.file.empty()) return nullptr;
  return {{"file", capture.file},
          {"files", capture.files},
          {"records", capture.records},
          {"bytes", capture.bytes},
          {"derived_packets", capture.derived},
          {"damage", or_null(capture.damage)}};
}

// Null if no golden file was given.
Json golden_json(const GoldenResult& golden) {
  if (golden.file.empty()) return nullptr;
  Json differences = Json::array();
  for (const LifecycleDifference& difference : golden.differences)
    differences.push_back({{"where", difference.where}, {"lines", difference.lines}});
  return {{"file", golden.file},
          {"same", golden.same()},
          {"not_compared", or_null(golden.not_compared)},
          {"differences", std::move(differences)}};
}

// Null if no scenario was played.
Json scenario_json(const ScenarioResult& scenario) {
  if (scenario.file.empty()) return nullptr;
  Json unmet = Json::array();
  for (const auto& [line, message] : scenario.unmet)
    unmet.push_back({{"line", line}, {"message", message}});
  return {{"file", scenario.file},
          {"name", scenario.name},
          {"line", scenario.line},
          {"unmet", std::move(unmet)}};
}

Json lifecycle_json(const Summary& summary) {
  ValueSummary sum;
  for (const ValueSummary& v : summary.values) {
    sum.made += v.made;
    sum.freed += v.freed;
    sum.taken += v.taken;
    sum.kept += v.kept;
    sum.left += v.left;
  }
  Json phases = Json::array();
  for (const PhaseTime& phase : summary.phases)
    phases.push_back({{"name", phase.name}, {"seconds", phase.seconds}});
  Json out;
  out["completed"] = summary.lifecycles;
  out["stopped_by"] = or_null(summary.stopped_by);
  out["threads"] = threads_json(summary);
  out["init_callbacks"] = summary.thread_init_callbacks;
  out["flow_init_callbacks"] = summary.flow_init_callbacks;
  out["flow_update_callbacks"] = summary.flow_update_callbacks;
  out["flow_finish_callbacks"] = summary.flow_finish_callbacks;
  out["values_created"] = sum.made;
  out["values_freed"] = sum.freed;
  out["values_taken"] = sum.taken;
  out["values_kept"] = sum.kept;
  out["values_left"] = sum.left;
  out["values"] = values_json(summary);
  out["flows"] = summary.flows.started;
  out["flows_with_finish"] = summary.flows.with_finish();
  out["flows_without_finish"] = summary.flows.without_finish();
  out["flows_by_end"] = flow_ends_json(summary.flows);
  out["flows_by_protocol"] = {{"tcp", summary.flows.tcp},     {"udp", summary.flows.udp},
                              {"icmp", summary.flows.icmp},   {"sctp", summary.flows.sctp},
                              {"other", summary.flows.other}, {"ipv4", summary.flows.ipv4},
                              {"ipv6", summary.flows.ipv6}};
  out["capture"] = capture_json(summary.capture);
  out["packets"] = summary.packets;
  out["packets_no_flow"] = summary.packets_no_flow;
  out["bytes"] = summary.bytes;
  out["traffic_seconds"] = summary.traffic_seconds;
  out["total_seconds"] = summary.total_seconds;
  out["phases"] = std::move(phases);
  return out;
}

}  // namespace

}  // namespace report

std::string json_report(const Summary& summary, const Options& options, const ReportOptions& how) {
  using namespace report;  // NOLINT(google-build-using-namespace)
  const Verdict verdict = verdict_of(summary, how);
  Json plugins = Json::array();
  for (const PluginInfo& plugin : summary.plugins) plugins.push_back(plugin_json(plugin));
  Json suppressed = Json::array();
  for (const Suppression& s : how.suppressed) suppressed.push_back(suppression_json(s));

  Json out;
  add_head(out, summary.suricata);
  out["plugins"] = std::move(plugins);
  out["own_slots"] = slots_json(summary.own_slots);
  out["registrations"] = registrations_json(summary);
  out["loggers"] = loggers_json(summary);
  out["counters"] = counters_json(summary);
  out["file_types"] = file_types_json(summary);
  out["plugin_threads"] = plugin_threads_json(summary.plugin_threads);
  out["schedule"] = schedule_json(summary.schedule, options);
  out["config"] = config_json(options, how);
  out["verdict"] = to_string(verdict);
  out["error"] = or_null(how.error);
  out["summary"] = {{"errors", summary.count(Severity::error)},
                    {"warnings", summary.count(Severity::warning)},
                    {"notes", summary.count(Severity::note)}};
  out["violations"] = violations_json(summary.violations);
  out["suppressed"] = std::move(suppressed);
  out["faults"] = faults_json(summary);
  out["lifecycle"] = lifecycle_json(summary);
  out["golden"] = golden_json(how.golden);
  out["scenario"] = scenario_json(how.scenario);
  out["reproduce"] = or_null(how.reproduce);
  return document(out);
}

}  // namespace surisim
