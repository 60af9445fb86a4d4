#include "plugin_runs.hpp"

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

#include "../cli/subprocess.hpp"

namespace surisim::test {

namespace {

using nlohmann::json;

// Few flows, but all ways for them to end; records, for EVE callbacks; a time limit that a hang
// need not wait long for.
const Arguments kAlways = {"--format", "json",      "--fail-on", "note", "--flows", "300",
                           "--eve",    "/dev/null", "--timeout", "3"};

PluginRun outcome_of(const Ran& ran, const std::string& setting) {
  PluginRun run{setting, ran.status, {}, ran.err.substr(0, 2000)};
  const json report = json::parse(ran.out, nullptr, false);
  if (report.is_discarded()) {
    run.details = "no JSON: " + ran.out.substr(0, 2000) + run.details;
    return run;
  }
  for (const json& violation : report["violations"]) {
    run.rules[violation["rule"]] = violation["severity"];
    run.details = "  " + violation["rule"].get<std::string>() + ": " +
                  violation["message"].get<std::string>() + "\n" + run.details;
  }
  return run;
}

int rank(const std::string& severity) {
  return severity == "note" ? 0 : severity == "warning" ? 1 : 2;
}

}  // namespace

const std::vector<Setting>& all_settings() {
  static const std::vector<Setting> all = {
      {"one worker", {"--mode", "workers", "--threads", "1", "--seed", "1"}},
      {"two workers", {"--mode", "workers", "--threads", "2", "--seed", "20"}},
      {"eight workers", {"--mode", "workers", "--threads", "8", "--seed", "300"}},
      {"autofp, two workers", {"--mode", "autofp", "--threads", "2", "--seed", "4000"}},
      {"autofp, eight workers", {"--mode", "autofp", "--threads", "8", "--seed", "50000"}},
      {"single", {"--mode", "single", "--seed", "600000", "--packets-per-flow", "3"}},
  };
  return all;
}

const std::vector<Setting>& some_settings() {
  static const std::vector<Setting> some = {all_settings()[1], all_settings()[4]};
  return some;
}

std::vector<std::string> options_of(const std::string& source) {
  std::ifstream in(source);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  static const std::regex pattern(R"(options:((?:\s+[-\w]+)+))");
  std::smatch found;
  if (!std::regex_search(text, found, pattern)) return {};
  std::istringstream words(found[1].str());
  return {std::istream_iterator<std::string>(words), {}};
}

std::vector<PluginRun> run_in(const std::vector<Setting>& settings, const Sample& sample) {
  std::vector<PluginRun> runs(settings.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < settings.size(); i = next++) {
      Arguments arguments = {"run", sample.library};
      for (const auto& options : {kAlways, settings[i].options, sample.options})
        arguments.insert(arguments.end(), options.begin(), options.end());
      runs[i] = outcome_of(surisim(arguments), settings[i].name);
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < std::max(2U, std::thread::hardware_concurrency()); ++i)
    workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  return runs;
}

std::vector<std::string> rules_from(const PluginRun& run, const std::string& severity) {
  std::vector<std::string> rules;
  for (const auto& [rule, its_severity] : run.rules) {
    if (rank(its_severity) >= rank(severity)) rules.push_back(rule);
  }
  return rules;
}

}  // namespace surisim::test
