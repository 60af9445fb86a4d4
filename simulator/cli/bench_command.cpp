// surisim bench: runs the plugins between measuring plugins (callback_meter.hpp), in a child
// process, once for the times and once for the processor's counters, and prints what their
// callbacks cost.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "callback_meter.hpp"
#include "commands.hpp"
#include "sandbox/sandbox.hpp"
#include "simulate.hpp"
#include "surisim/runtime.hpp"

namespace surisim::cli {
namespace {

using nlohmann::json;

// The cost of all callbacks on traffic, divided by the number of packets; null without packets.
json ns_per_packet(const json& costs, std::uint64_t packets) {
  if (packets == 0) return nullptr;
  double sum = 0;
  for (const json& cost : costs) {
    if (cost["kind"] != "thread init")
      sum += cost["calls"].get<double>() * cost["ns"]["mean"].get<double>();
  }
  return sum / static_cast<double>(packets);
}

// One run, and its result as JSON: "packets", "flows", "costs", why plugins were "not_loaded"; or
// "error" and its "code".
json measure_here(const BenchArguments& arguments, bool counters, sandbox::Channel* channel) {
  const auto failed = [](const Error& error) {
    return json{{"error", error.message}, {"code", static_cast<int>(error.code)}};
  };
  CallbackMeter meter(counters);
  Options options = arguments.options;
  options.journal = channel == nullptr ? nullptr : &channel->journal;
  auto runtime = Runtime::create(std::move(options));
  if (!runtime) return failed(runtime.error());
  if (auto added = meter.add_before(*runtime); !added) return failed(added.error());
  for (const std::string& path : arguments.plugins)
    if (auto added = runtime->add_plugin(PluginSource::file(path)); !added)
      return failed(added.error());
  if (auto added = meter.add_after(*runtime); !added) return failed(added.error());
  {
    const Progress progress(*runtime, false,
                            channel == nullptr ? nullptr : &channel->packets_and_flows);
    if (auto ran = runtime->run(); !ran) return failed(ran.error());
  }
  const Summary summary = runtime->summary();
  json out{{"packets", summary.packets}, {"flows", summary.flows.started}};
  out["loaded"] = 0;
  std::set<std::string> kinds;  // of callbacks that the plugins have registered
  for (const PluginInfo& plugin : summary.plugins) {
    if (plugin.path.empty() || plugin.name == "surisim bench") continue;
    if (plugin.loaded) out["loaded"] = out["loaded"].get<int>() + 1;
    for (const CallbackInfo& callback : plugin.callbacks) kinds.insert(callback.kind);
  }
  out["not_loaded"] = json::array();
  for (const Violation& found : summary.violations) {
    if (found.rule.starts_with("load-") && found.severity == Severity::error)
      out["not_loaded"].push_back(fmt::format("{}: {}", found.rule, found.message));
  }
  out["clock_step_ns"] = meter.clock_step();
  out["costs"] = json::array();
  for (const CallbackCost& cost : meter.results()) {
    if (!kinds.contains(cost.kind)) continue;
    out["costs"].push_back(
        {{"kind", cost.kind},
         {"thread", cost.thread},
         {"calls", cost.calls},
         {"ns",
          {{"min", cost.least}, {"median", cost.median}, {"mean", cost.mean}, {"p99", cost.p99}}},
         {"instructions", cost.instructions},
         {"cache_misses", cost.cache_misses}});
  }
  return out;
}

// The same in a child process, as not every plugin's Init can run twice in one process.
json measure(const BenchArguments& arguments, bool counters) {
  if (arguments.in_process) return measure_here(arguments, counters, nullptr);
  const sandbox::ChildResult child =
      run_plugins_in_child(arguments.limits, [&](sandbox::Channel& channel) {
        channel.mailbox.send(sandbox::Mailbox::Kind::result,
                             measure_here(arguments, counters, &channel).dump());
      });
  if (child.stop)
    throw Stopped(cause_of(child.stop, arguments.limits) + ": nothing was measured",
                  status_of(child.stop));
  if (child.ending) {
    return {{"error", fmt::format("the plugin ended the run: {}: {}", child.ending->rule,
                                  child.ending->message)},
            {"ending", true}};
  }
  return json::parse(child.result);
}

// Whether the plugin crashed, hung or exited, so that nothing was measured; says so on stderr.
// Throws for other errors.
bool was_ended(const json& result) {
  if (!result.contains("error")) return false;
  const auto message = result["error"].get<std::string>();
  if (result.contains("ending")) {
    std::fprintf(stderr, "surisim: %s\n", message.c_str());
    return true;
  }
  const auto code = static_cast<ErrorCode>(result["code"].get<int>());
  if (code == ErrorCode::invalid_option || code == ErrorCode::load_failed)
    throw UsageError(message);
  throw Failure(message);
}

// Adds the processor's counts of the second run to the costs of the first; null if not counted.
void add_counts(json& timed, const json& counted) {
  for (json& cost : timed["costs"]) {
    json instructions;
    json misses;
    for (const json& other : counted["costs"]) {
      if (other["kind"] != cost["kind"] || other["thread"] != cost["thread"]) continue;
      if (other["instructions"].get<double>() < 0) continue;
      instructions = other["instructions"];
      misses = other["cache_misses"];
    }
    cost["instructions"] = instructions;
    cost["cache_misses"] = misses;
  }
}

std::string number_or_dash(const json& number) {
  return number.is_null() ? "-" : fmt::format("{:.1f}", number.get<double>());
}

std::string text_of(const json& result) {
  std::string out =
      fmt::format("surisim bench: {} packets, {} flows, no checks\n\n",
                  result["packets"].get<std::uint64_t>(), result["flows"].get<std::uint64_t>());
  if (result["costs"].empty()) return out + "  the plugins have no callback that ran\n";
  out += fmt::format("  {:<12} {:<16} {:>10} {:>9} {:>9} {:>9} {:>9} {:>13} {:>13}\n", "callback",
                     "thread", "calls", "min ns", "median ns", "mean ns", "p99 ns", "instructions",
                     "cache misses");
  bool counted = false;
  for (const json& cost : result["costs"]) {
    const json& ns = cost["ns"];
    const auto calls = cost["calls"].get<std::uint64_t>();
    counted = counted || !cost["instructions"].is_null();
    out += fmt::format("  {:<12} {:<16} {:>10} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f} {:>13} {:>13}\n",
                       cost["kind"].get<std::string>(), cost["thread"].get<std::string>(), calls,
                       ns["min"].get<double>(), ns["median"].get<double>(),
                       ns["mean"].get<double>(), ns["p99"].get<double>(),
                       number_or_dash(cost["instructions"]), number_or_dash(cost["cache_misses"]));
  }
  if (!result["ns_per_packet"].is_null())
    out += fmt::format("\n  {:.1f} ns a packet: all callbacks on traffic, divided by packets\n",
                       result["ns_per_packet"].get<double>());
  out += fmt::format(
      "  times are of all the plugins' callbacks of a kind together, without the cost of "
      "measuring;\n"
      "  two readings of the clock are {:.1f} ns apart: for shorter callbacks look at the mean\n",
      result["clock_step_ns"].get<double>());
  if (!counted)
    out += "  instructions and cache misses: this machine, or its kernel, does not count them\n";
  return out;
}

}  // namespace

int execute(const BenchArguments& arguments) {
  require_plugins(arguments.plugins);
  Outputs outputs(arguments.to);
  if (arguments.in_process) outputs.take_stdout();

  json result = measure(arguments, false);
  if (was_ended(result)) return kViolations;
  const json not_loaded = std::exchange(result["not_loaded"], nullptr);
  result.erase("not_loaded");
  for (const json& why : not_loaded)
    std::fprintf(stderr, "surisim: not measured: %s\n", why.get<std::string>().c_str());
  if (result["loaded"] == 0) return kViolations;
  // With --in-process the counters would take a second Init in this process.
  const bool countable = !arguments.in_process && PerfCounters().read().has_value();
  json counted{{"costs", json::array()}};
  if (countable) counted = measure(arguments, true);
  if (was_ended(counted)) return kViolations;
  add_counts(result, counted);
  result["ns_per_packet"] = ns_per_packet(result["costs"], result["packets"].get<std::uint64_t>());
  outputs.write([&](Format format, bool) {
    return format == Format::json ? result.dump(2) + "\n" : text_of(result);
  });
  return not_loaded.empty() ? kClean : kViolations;
}

}  // namespace surisim::cli
