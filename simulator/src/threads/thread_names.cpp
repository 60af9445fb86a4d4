// Names the threads of a run, in the order of their creation.
#include "threads/thread_names.hpp"
#include "abi/capture_plugins.hpp"
#include "abi/host.hpp"

#include <fmt/format.h>
#include <suricata/conf.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace surisim {

Capture capture_of(const Options& options) {
  if (!options.capture_plugin.empty()) return Capture::plugin;
  if (options.capture) return *options.capture;
  return options.mode == Mode::workers ? Capture::af_packet : Capture::pcap_file;
}

Device device_from(const std::string& text) {
  const std::size_t at = text.rfind('=');
  std::uint32_t threads = 0;
  if (at == std::string::npos) return {text};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + at + 1, end, threads);
  if (error != std::errc() || rest != end) return {text};
  return {text.substr(0, at), threads};
}

}  // namespace surisim

namespace surisim::engine {

std::string thread_name(const char* prefix, std::uint32_t number, const std::string& device) {
  std::string name = fmt::format("{}#{:02}", prefix, number);
  return device.empty() ? name : name + '-' + abi::short_device_name(device);
}

std::vector<Source> sources_of(const Options& options) {
  if (!is_live(capture_of(options))) return {{.device = "", .threads = 1}};
  const std::uint32_t by_default =
      options.mode == Mode::autofp ? options.receive_threads : options.threads;
  std::vector<Source> all;
  for (const std::string& text : options.devices) {
    const Device device = device_from(text);
    all.push_back({.device = device.name, .threads = device.threads.value_or(by_default)});
    if (options.mode == Mode::single) all.back().threads = 1;
  }
  return all;
}

bool receivers_named(const Options& options) {
  const Capture capture = capture_of(options);
  return is_live(capture) && (options.devices.size() > 1 || capture == Capture::pcap_live);
}

std::uint32_t capturing_threads(const Options& options) {
  std::uint32_t all = 0;
  for (const Source& source : sources_of(options)) all += source.threads;
  return all;
}

bool has_command_socket(const Options& options) {
  const bool live = is_live(capture_of(options));
  const char* setting = nullptr;
  if (SCConfGet("unix-command.enabled", &setting) != 1 || setting == nullptr ||
      std::string_view(setting) == "auto")
    return live && options.command_socket;
  return SCConfValIsTrue(setting) == 1;
}

bool has_heartbeat() {
  if (abi::host().always_has_heartbeat) return true;
  std::intmax_t seconds = 0;
  return SCConfGetInt("heartbeat.output-flush-interval", &seconds) == 1 && seconds >= 1 &&
         seconds <= 60;
}

std::vector<std::string> thread_names(const Options& options) {
  if (options.engine == EngineMode::config_test || options.engine == EngineMode::engine_analysis)
    return {};
  std::vector<std::string> names;
  const auto add = [&](const char* prefix, std::uint32_t count, const std::string& device = "") {
    for (std::uint32_t i = 1; i <= count; ++i) names.push_back(thread_name(prefix, i, device));
  };
  add("DL", options.detect_loaders);
  if (options.engine == EngineMode::unix_socket || has_command_socket(options))
    names.emplace_back("US");
  if (capture_of(options) == Capture::plugin) {
    // Its run mode names them.
  } else if (options.mode == Mode::autofp) {
    for (const Source& source : sources_of(options))
      add("RX", source.threads, receivers_named(options) ? source.device : "");
    add("W", options.threads);
  } else {
    for (const Source& source : sources_of(options)) add("W", source.threads, source.device);
  }
  add("FM", options.flow_managers);
  add("FR", options.flow_recyclers);
  if (options.bypass_manager) names.emplace_back("FB");
  if (options.stats) names.insert(names.end(), {"CW", "CS"});
  if (has_heartbeat()) names.emplace_back("HB");
  return names;
}

std::string threads_in_words(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 12;  // enough to see how they are named
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMost));
  return fmt::format("the threads are {}{}", fmt::join(names.begin(), end, ", "),
                     names.size() > kMost ? fmt::format(" and {} more", names.size() - kMost) : "");
}

}  // namespace surisim::engine
