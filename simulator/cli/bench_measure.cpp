// The runs of surisim bench. Times are measured by plugins around the author's
// (callback_meter.hpp), instructions are counted in translated code.
#include "bench.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "callback_meter.hpp"
#include "commands.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/supervisor.hpp"
#include "simulate.hpp"
#include "surisim/runtime.hpp"

namespace surisim::cli {
namespace {

using nlohmann::json;

json failed(const Error& error) {
  return {{"error", error.message}, {"code", static_cast<int>(error.code)}};
}

bool is_authors(const PluginInfo& plugin) {
  return !plugin.path.empty() && plugin.name != "surisim bench";
}

json about_run(const Summary& summary) {
  json out{{"packets", summary.packets}, {"flows", summary.flows.started}, {"loaded", 0}};
  for (const PluginInfo& plugin : summary.plugins)
    if (is_authors(plugin) && plugin.loaded) out["loaded"] = out["loaded"].get<int>() + 1;
  out["not_loaded"] = json::array();
  for (const Violation& found : summary.violations)
    if (found.rule.starts_with("load-") && found.severity == Severity::error)
      out["not_loaded"].push_back(fmt::format("{}: {}", found.rule, found.message));
  return out;
}

// The kinds of callbacks that the author's plugins have registered.
std::set<std::string> kinds_of(const Summary& summary) {
  std::set<std::string> kinds;
  for (const PluginInfo& plugin : summary.plugins)
    for (const CallbackInfo& callback : plugin.callbacks)
      if (is_authors(plugin)) kinds.insert(callback.kind);
  return kinds;
}

json costs_of(const CallbackMeter& meter, const Summary& summary, bool by_thread) {
  const std::set<std::string> kinds = kinds_of(summary);
  json costs = json::array();
  for (const CallbackCost& cost : meter.results(by_thread)) {
    if (!kinds.contains(cost.kind)) continue;
    costs.push_back(
        {{"kind", cost.kind},
         {"thread", cost.thread},
         {"calls", cost.calls},
         {"ns",
          {{"min", cost.min}, {"median", cost.median}, {"mean", cost.mean}, {"p99", cost.p99}}},
         {"usual_ns", cost.usual},
         {"distribution", cost.distribution},
         {"instructions", cost.instructions},
         {"cache_misses", cost.cache_misses}});
  }
  return costs;
}

std::uint64_t at_share(const std::map<std::uint64_t, std::uint64_t>& calls, std::uint64_t rank) {
  for (const auto& [instructions, count] : calls) {
    if (rank < count) return instructions;
    rank -= count;
  }
  return calls.empty() ? 0 : calls.rbegin()->first;
}

json callbacks_of(const InstructionCounts& counts) {
  std::vector<std::pair<std::string, std::map<std::uint64_t, std::uint64_t>>> kinds;
  for (const CallbackInstructions& one : counts.callbacks) {
    if (kinds.empty() || kinds.back().first != one.kind) kinds.push_back({one.kind, {}});
    for (const auto& [instructions, calls] : one.calls) kinds.back().second[instructions] += calls;
  }
  json all = json::array();
  for (const auto& [kind, calls] : kinds) {
    std::uint64_t count = 0;
    std::uint64_t total = 0;
    json distribution = json::array();
    for (const auto& [instructions, times] : calls) {
      count += times;
      total += instructions * times;
      distribution.push_back({instructions, times});
    }
    all.push_back({{"callback", kind},
                   {"calls", count},
                   {"min", calls.begin()->first},
                   {"median", at_share(calls, (count - 1) / 2)},
                   {"max", calls.rbegin()->first},
                   {"total", total},
                   {"distribution", distribution}});
  }
  return all;
}

Options options_of_run(const BenchArguments& arguments, sandbox::Channel* channel) {
  Options options = arguments.options;
  options.journal = channel == nullptr ? nullptr : &channel->journal;
  return options;
}

json count_here(const BenchArguments& arguments, const std::vector<std::string>& plugins,
                sandbox::Channel* channel) {
  Options options = options_of_run(arguments, channel);
  ScheduleOptions& schedule = options.schedule.emplace();
  schedule.count = true;
  schedule.most_points = UINT64_MAX;
  const Runtime* made = nullptr;
  if (channel != nullptr)
    schedule.on_dead = [&made, channel] {
      const json dead{{"error", "no thread can continue: " + made->summary().stopped_by},
                      {"ending", true}};
      channel->mailbox.send(sandbox::Mailbox::Kind::result, dead.dump());
      channel->finished = true;
      ::_exit(sandbox::kRunIsOver);
    };
  auto runtime = Runtime::create(std::move(options));
  if (!runtime) return failed(runtime.error());
  made = &*runtime;
  for (const std::string& path : plugins)
    if (auto added = runtime->add_plugin(PluginSource::file(path)); !added)
      return failed(added.error());
  {
    const Progress progress(*runtime, false,
                            channel == nullptr ? nullptr : &channel->packets_and_flows);
    if (auto ran = runtime->run(); !ran) return failed(ran.error());
  }
  const InstructionCounts counts = runtime->instructions();
  json out = about_run(runtime->summary());
  out["callbacks"] = callbacks_of(counts);
  out["functions"] = counts.functions;
  out["functions_not_counted"] = counts.not_counted;
  if (!counts.why_not.empty()) out["not_loaded"].push_back("not counted: " + counts.why_not);
  return out;
}

json measure_here(const BenchArguments& arguments, const std::vector<std::string>& plugins,
                  Measured what, sandbox::Channel* channel) {
  if (what == Measured::instructions) return count_here(arguments, plugins, channel);
  CallbackMeter meter(what == Measured::counters);
  auto runtime = Runtime::create(options_of_run(arguments, channel));
  if (!runtime) return failed(runtime.error());
  if (auto added = meter.add_before(*runtime); !added) return failed(added.error());
  for (const std::string& path : plugins)
    if (auto added = runtime->add_plugin(PluginSource::file(path)); !added)
      return failed(added.error());
  if (auto added = meter.add_after(*runtime); !added) return failed(added.error());
  {
    const Progress progress(*runtime, false,
                            channel == nullptr ? nullptr : &channel->packets_and_flows);
    if (auto ran = runtime->run(); !ran) return failed(ran.error());
  }
  const Summary summary = runtime->summary();
  json out = about_run(summary);
  out["clock_step_ns"] = meter.clock_step();
  out["costs"] = costs_of(meter, summary, what != Measured::times_by_kind);
  return out;
}

// In a child process, as not every plugin's Init can run twice in one process.
json measure_anywhere(const BenchArguments& arguments, const std::vector<std::string>& plugins,
                      Measured what) {
  if (arguments.in_process) return measure_here(arguments, plugins, what, nullptr);
  const sandbox::ChildResult child =
      run_plugins_in_child(arguments.limits, [&](sandbox::Channel& channel) {
        channel.mailbox.send(sandbox::Mailbox::Kind::result,
                             measure_here(arguments, plugins, what, &channel).dump());
      });
  if (child.stop)
    throw Stopped(cause_of(child.stop, arguments.limits) + ": nothing was measured",
                  status_of(child.stop));
  if (child.ending)
    return {{"error", fmt::format("the plugin ended the run: {}: {}", child.ending->rule,
                                  child.ending->message)},
            {"ending", true}};
  return json::parse(child.result);
}

}  // namespace

std::optional<json> measure(const BenchArguments& arguments,
                            const std::vector<std::string>& plugins, Measured what) {
  json result = measure_anywhere(arguments, plugins, what);
  if (!result.contains("error")) return result;
  const auto message = result["error"].get<std::string>();
  if (result.contains("ending")) {
    std::fprintf(stderr, "surisim: %s\n", message.c_str());
    return std::nullopt;
  }
  const auto code = static_cast<ErrorCode>(result["code"].get<int>());
  if (code == ErrorCode::invalid_option || code == ErrorCode::load_failed)
    throw UsageError(message);
  throw Failure(message);
}

}  // namespace surisim::cli
