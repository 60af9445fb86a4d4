// Names the threads of a run, in the order of their creation.
#include "threads/thread_names.hpp"
#include "abi/host.hpp"

#include <fmt/core.h>
#include <suricata/conf.h>

namespace surisim {

Capture capture_of(const Options& options) {
  if (options.capture) return *options.capture;
  return options.mode == Mode::workers ? Capture::af_packet : Capture::pcap_file;
}

}  // namespace surisim

namespace surisim::engine {

namespace {

// A thread name holds ten characters of a device name: a longer one loses its middle (E38).
std::string short_device_name(const std::string& device) {
  constexpr std::size_t kMost = 10;
  if (device.size() <= kMost) return device;
  if (device.starts_with("0000:")) return device.substr(5, kMost);
  if (abi::host().shortens_with_dots)
    return device.substr(0, 4) + ".." + device.substr(device.size() - 4);
  return device.substr(0, 4) + '~' + device.substr(device.size() - 5);
}

}  // namespace

std::string thread_name(const char* prefix, std::uint32_t number, const std::string& device) {
  std::string name = fmt::format("{}#{:02}", prefix, number);
  return device.empty() ? name : name + '-' + short_device_name(device);
}

std::vector<std::string> devices_of(const Options& options) {
  return is_live(capture_of(options)) ? options.devices : std::vector<std::string>{""};
}

bool receivers_named(const Options& options) {
  const Capture capture = capture_of(options);
  return is_live(capture) && (options.devices.size() > 1 || capture == Capture::pcap_live);
}

std::uint32_t capturing_threads(const Options& options) {
  const auto devices = static_cast<std::uint32_t>(devices_of(options).size());
  if (options.mode != Mode::autofp)
    return devices * (options.mode == Mode::single ? 1 : options.threads);
  return devices * (is_live(capture_of(options)) ? options.receive_threads : 1);
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
  const bool live = is_live(capture_of(options));

  add("DL", options.detect_loaders);
  if (options.engine == EngineMode::unix_socket || (live && options.command_socket))
    names.emplace_back("US");
  if (options.mode == Mode::autofp) {
    for (const std::string& device : devices_of(options))
      add("RX", live ? options.receive_threads : 1, receivers_named(options) ? device : "");
    add("W", options.threads);
  } else {
    for (const std::string& device : devices_of(options))
      add("W", options.mode == Mode::single ? 1 : options.threads, device);
  }
  add("FM", options.flow_managers);
  add("FR", options.flow_recyclers);
  if (options.bypass_manager) names.emplace_back("FB");
  if (options.stats) names.insert(names.end(), {"CW", "CS"});
  if (has_heartbeat()) names.emplace_back("HB");
  return names;
}

}  // namespace surisim::engine
