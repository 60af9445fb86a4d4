// Implements plugin_runs.hpp.
#include "plugin_runs.hpp"

#include <algorithm>
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

// Few flows, with all kinds of ends; records, for EVE callbacks; long time limits, for busy
// machines.
const Arguments kAlways = {"--format", "json",  "--fail-on", "note",      "--flows",
                           "300",      "--eve", "/dev/null", "--timeout", "20"};

bool is_name(const std::string& word) { return word.starts_with("--"); }

// Adds the options, replacing those with the same name.
void override(Arguments& options, const Arguments& by) {
  for (const std::string& word : by) {
    const auto same = std::find(options.begin(), options.end(), word);
    if (!is_name(word) || same == options.end()) continue;
    const bool has_value = same + 1 != options.end() && !is_name(*(same + 1));
    options.erase(same, same + (has_value ? 2 : 1));
  }
  options.insert(options.end(), by.begin(), by.end());
}

bool is_capture(const Sample& sample) {
  const auto& options = sample.options;
  return std::find(options.begin(), options.end(), "--capture-plugin") != options.end();
}

// Options of generated traffic, which each have a value, do not apply to a plugin's packets.
void remove_traffic(Arguments& options) {
  for (const char* name : {"--flows", "--seed", "--packets-per-flow"}) {
    const auto at = std::find(options.begin(), options.end(), name);
    if (at != options.end()) options.erase(at, at + 2);
  }
}

PluginRun outcome_of(const Ran& ran, const std::string& setting) {
  PluginRun run;
  run.setting = setting;
  run.status = ran.status;
  run.details = ran.err.substr(0, 2000);
  const json report = json::parse(ran.out, nullptr, false);
  if (report.is_discarded()) {
    run.details = "no JSON: " + ran.out.substr(0, 2000) + run.details;
    return run;
  }
  for (const json& violation : report["violations"]) {
    run.rules[violation["rule"]] = violation["severity"];
    for (const char* place : {"call_site", "set_at"})
      if (violation[place].is_string()) run.places.push_back(violation[place]);
    if (violation["source"].is_string()) run.sources.push_back(violation["source"]);
    if (violation["callback"].is_string()) run.callbacks.push_back(violation["callback"]);
    run.details = "  " + violation["rule"].get<std::string>() + ": " +
                  violation["message"].get<std::string>() + "\n" + run.details;
  }
  return run;
}

int rank(const std::string& severity) {
  return severity == "note" ? 0 : severity == "warning" ? 1 : 2;
}

}  // namespace

// Modes that read a file have no US; a detect loader is their command thread.
const std::vector<Setting>& all_settings() {
  static const std::vector<Setting> all = {
      {"one worker", {"--mode", "workers", "--threads", "1", "--seed", "1"}},
      {"two workers", {"--mode", "workers", "--threads", "2", "--seed", "20"}},
      {"eight workers", {"--mode", "workers", "--threads", "8", "--seed", "300"}},
      {"autofp, two workers",
       {"--mode", "autofp", "--threads", "2", "--seed", "4000", "--detect-loaders", "1"}},
      {"autofp, eight workers",
       {"--mode", "autofp", "--threads", "8", "--seed", "50000", "--detect-loaders", "1"}},
      {"single",
       {"--mode", "single", "--seed", "600000", "--packets-per-flow", "3", "--detect-loaders",
        "1"}},
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
      Arguments options = kAlways;
      override(options, settings[i].options);
      override(options, sample.options);
      if (is_capture(sample)) remove_traffic(options);
      options.insert(options.begin(), sample.others.begin(), sample.others.end());
      options.insert(options.begin(), {"run", sample.plugin_file});
      runs[i] = outcome_of(surisim(options), settings[i].name);
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
