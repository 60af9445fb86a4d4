// The options that a lifecycle depends on, as words of the command line.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "golden/sections.hpp"
#include "report/format.hpp"
#include "surisim/golden.hpp"

namespace surisim {

namespace golden {

bool is_setting(std::string_view option) {
  constexpr std::array<std::string_view, 31> kSettings = {
      "--mode",
      "--capture",
      "--device",
      "--engine",
      "--threads",
      "--repeat",
      "--receive-threads",
      "--flow-managers",
      "--flow-recyclers",
      "--detect-loaders",
      "--bypass-manager",
      "--no-stats",
      "--no-command-socket",
      "--fail",
      "--config",
      "--set",
      "--pcap",
      "--flows",
      "--packets-per-flow",
      "--seed",
      "--open-flows",
      "--ipv6",
      "--udp",
      "--icmp",
      "--icmp-errors",
      "--no-flow",
      "--alerts",
      "--ends",
      "--eve",
      "--eve-filetype",
      "--eve-threaded",
  };
  return std::find(kSettings.begin(), kSettings.end(), option) != kSettings.end();
}

}  // namespace golden

namespace {

using Words = std::vector<std::string>;

template <class T>
void add_unless_default(Words& words, const char* option, const T& value, const T& by_default) {
  if (value != by_default) words.push_back(fmt::format("{} {}", option, value));
}

std::string ends_text(const EndShares& ends) {
  return fmt::format("recycler={},pressure={},bucket={},reuse={},handed-back={},backstop={}",
                     ends.recycler, ends.pressure, ends.bucket, ends.reuse, ends.handed_back,
                     ends.backstop);
}

void add_engine(Words& words, const Options& o) {
  const Options by_default;
  words.push_back(fmt::format("--mode {}", to_string(o.mode)));
  Options without_capture;
  without_capture.mode = o.mode;
  if (capture_of(o) != capture_of(without_capture))
    words.push_back(fmt::format("--capture {}", to_string(capture_of(o))));
  if (is_live(capture_of(o)) && o.devices != by_default.devices)
    for (const std::string& device : o.devices) words.push_back("--device " + device);
  if (o.engine != EngineMode::normal)
    words.push_back(fmt::format("--engine {}", to_string(o.engine)));
  words.push_back(fmt::format("--threads {}", o.threads));
  add_unless_default(words, "--repeat", o.lifecycles, by_default.lifecycles);
  add_unless_default(words, "--receive-threads", o.receive_threads, by_default.receive_threads);
  add_unless_default(words, "--flow-managers", o.flow_managers, by_default.flow_managers);
  add_unless_default(words, "--flow-recyclers", o.flow_recyclers, by_default.flow_recyclers);
  add_unless_default(words, "--detect-loaders", o.detect_loaders, by_default.detect_loaders);
  if (o.bypass_manager) words.emplace_back("--bypass-manager");
  if (!o.stats) words.emplace_back("--no-stats");
  if (!o.command_socket) words.emplace_back("--no-command-socket");
  for (const Fault& fault : o.faults) words.push_back("--fail " + to_string(fault));
  if (!o.config_file.empty()) words.push_back("--config " + o.config_file);
  for (const std::string& setting : o.config_settings) words.push_back("--set " + setting);
}

void add_traffic(Words& words, const Options& o) {
  if (!o.pcap.empty()) {
    words.push_back("--pcap " + o.pcap);
    return;
  }
  const TrafficOptions& t = o.traffic;
  const TrafficOptions by_default;
  words.push_back(fmt::format("--flows {}", t.flows));
  words.push_back(fmt::format("--packets-per-flow {}", t.packets_per_flow));
  words.push_back(fmt::format("--seed {}", t.seed));
  add_unless_default(words, "--open-flows", t.open_flows, by_default.open_flows);
  add_unless_default(words, "--ipv6", t.ipv6, by_default.ipv6);
  add_unless_default(words, "--udp", t.udp, by_default.udp);
  add_unless_default(words, "--icmp", t.icmp, by_default.icmp);
  add_unless_default(words, "--icmp-errors", t.icmp_errors, by_default.icmp_errors);
  add_unless_default(words, "--no-flow", t.no_flow, by_default.no_flow);
  add_unless_default(words, "--alerts", t.alerts, by_default.alerts);
  add_unless_default(words, "--ends", ends_text(t.ends), ends_text(by_default.ends));
}

void add_eve(Words& words, const EveOptions& eve) {
  if (!eve.file.empty()) words.push_back("--eve " + eve.file);
  if (!eve.filetype.empty()) words.push_back("--eve-filetype " + eve.filetype);
  if (eve.threaded) words.emplace_back("--eve-threaded");
}

// The setting without the directory of the file it names.
std::string without_directory(const std::string& setting) {
  constexpr std::array kFiles = {"--pcap ", "--config ", "--eve "};
  const bool names_file = std::any_of(kFiles.begin(), kFiles.end(),
                                      [&](const char* file) { return setting.starts_with(file); });
  const std::size_t slash = setting.rfind('/');
  if (!names_file || slash == std::string::npos) return setting;
  return setting.substr(0, setting.find(' ') + 1) + setting.substr(slash + 1);
}

// What `from` has and `in` does not.
Words missing(const Words& in, const Words& from) {
  Words out;
  for (const std::string& setting : from) {
    const auto same = [&](const std::string& other) {
      return without_directory(other) == without_directory(setting);
    };
    if (std::none_of(in.begin(), in.end(), same)) out.push_back(setting);
  }
  return out;
}

std::string described(const Words& words, const Words& others) {
  if (!words.empty()) return fmt::format("with {}", fmt::join(words, " "));
  Words names;
  for (const std::string& other : others) names.push_back(other.substr(0, other.find(' ')));
  return fmt::format("without {}", fmt::join(names, ", "));
}

}  // namespace

std::vector<std::string> settings_of(const Options& options) {
  Words words;
  add_engine(words, options);
  add_traffic(words, options);
  add_eve(words, options.eve);
  return words;
}

std::string settings_differ(const Lifecycle& golden, const Lifecycle& run) {
  const Words recorded = missing(run.settings, golden.settings);
  const Words now = missing(golden.settings, run.settings);
  if (recorded.empty() && now.empty()) return {};
  return fmt::format("recorded {}, run {}", described(recorded, now), described(now, recorded));
}

}  // namespace surisim
