// Checks Options before a Runtime is made, and says what is wrong with them. The command adds only
// the names of its own options.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/sanitizers.hpp"
#include "base/user_input.hpp"
#include "schedule/strategy.hpp"
#include "surisim/options.hpp"
#include "threads/thread_names.hpp"

namespace surisim {

const char* to_string(Mode mode) {
  constexpr const char* kNames[] = {"workers", "autofp", "single"};
  return kNames[static_cast<std::size_t>(mode)];
}

const char* to_string(Capture capture) {
  constexpr const char* kNames[] = {"pcap-file", "af-packet", "pcap", "plugin"};
  return kNames[static_cast<std::size_t>(capture)];
}

const char* to_string(EngineMode engine) {
  constexpr const char* kNames[] = {"normal", "config-test", "engine-analysis", "unix-socket"};
  return kNames[static_cast<std::size_t>(engine)];
}

std::vector<std::string> pcaps_of(const Options& options) {
  if (options.pcap.empty()) return options.pcaps;
  return {options.pcap};
}

std::uint64_t lifecycles_of(const Options& options) {
  const bool one_for_each = options.engine == EngineMode::unix_socket && !options.pcaps.empty();
  return options.lifecycles * (one_for_each ? std::uint64_t{options.pcaps.size()} : 1);
}

namespace {

using Refusal = std::optional<OptionError>;

bool reads_pcap(const Options& options) { return !options.pcap.empty() || !options.pcaps.empty(); }

Refusal refuse(std::string option, std::string message) {
  return OptionError{std::move(option), std::move(message)};
}

Refusal in_range(const char* option, std::uint64_t value, CountRange range) {
  if (value >= range.least && value <= range.most) return {};
  return refuse(option, base::expected_count(range.least, range.most, std::to_string(value)));
}

Refusal is_share(const char* option, double value) {
  if (base::is_share(value)) return {};
  return refuse(option, base::expected_share(fmt::format("{}", value)));
}

Refusal first_of(std::initializer_list<Refusal> all) {
  for (const Refusal& one : all)
    if (one) return one;
  return {};
}

Refusal check_traffic(const TrafficOptions& t) {
  const EndShares& e = t.ends;
  Refusal wrong = first_of(
      {in_range("traffic.flows", t.flows, count_range::kFlows),
       in_range("traffic.packets_per_flow", t.packets_per_flow, count_range::kPacketsPerFlow),
       in_range("traffic.open_flows", t.open_flows, count_range::kOpenFlows),
       is_share("traffic.ipv6", t.ipv6), is_share("traffic.udp", t.udp),
       is_share("traffic.icmp", t.icmp), is_share("traffic.icmp_errors", t.icmp_errors),
       is_share("traffic.no_flow", t.no_flow), is_share("traffic.alerts", t.alerts),
       is_share("traffic.ends.recycler", e.recycler), is_share("traffic.ends.pressure", e.pressure),
       is_share("traffic.ends.bucket", e.bucket), is_share("traffic.ends.reuse", e.reuse),
       is_share("traffic.ends.handed_back", e.handed_back),
       is_share("traffic.ends.backstop", e.backstop)});
  if (wrong) return wrong;
  if (t.udp + t.icmp > 1)
    return refuse(
        "traffic.udp",
        fmt::format("expected shares of UDP and ICMP that add up to at most 1, got {} and "
                    "{}",
                    t.udp, t.icmp));
  if (e.recycler + e.pressure + e.bucket + e.reuse + e.handed_back <= 0)
    return refuse(
        "traffic.ends",
        "expected at least one of recycler, pressure, bucket, reuse and handed-back above "
        "0");
  return {};
}

Refusal check_by_hand(const Options& options) {
  if (!options.traffic.by_hand) return {};
  if (reads_pcap(options))
    return refuse("traffic.by_hand", "expected traffic by hand or a capture file, not both");
  if (options.mode != Mode::autofp) return {};
  for (const Fault& fault : options.faults) {
    if (fault.kind == Fault::Kind::thread_run)
      return refuse("traffic.by_hand",
                    fmt::format("expected no fault {} in autofp: a call would wait forever for {}",
                                to_string(fault), fault.thread));
  }
  return {};
}

Refusal check_schedule(const Options& options) {
  if (!options.schedule) return {};
  if (!schedule::can_run(options.schedule->strategy))
    return refuse("schedule",
                  fmt::format("expected one of {}, got \"{}\"", schedule::strategy_names(),
                              base::shown(options.schedule->strategy)));
  if (options.schedule->count &&
      !(options.schedule->points.empty() && options.schedule->orders.empty()))
    return refuse("schedule", "expected no points or orders in a run that counts instructions");
  if (options.traffic.by_hand)
    return refuse("schedule", "expected traffic by hand or a schedule, not both");
#ifdef SURISIM_SANITIZER_OWNS_MALLOC
  return refuse("schedule",
                "this surisim is built with a sanitizer, which replaces the thread functions; "
                "expected a build without one");
#else
  return {};
#endif
}

Refusal check_device(const Options& options, const Device& device) {
  if (device.name.empty() || device.name.find('\0') != std::string::npos)
    return refuse("devices", "expected a name such as eth0, got an empty one");
  if (!device.threads) return {};
  if (options.mode == Mode::single)
    return refuse("devices", fmt::format("expected {} without a number of threads: mode single "
                                         "has one thread",
                                         device.name));
  const CountRange range =
      options.mode == Mode::workers ? count_range::kThreads : count_range::kReceiveThreads;
  Refusal wrong = in_range("devices", *device.threads, range);
  if (wrong) wrong->message = device.name + ": " + wrong->message;
  return wrong;
}

Refusal check_lifecycles(const Options& options) {
  if (options.lifecycles > 0 || options.engine == EngineMode::unix_socket)
    return in_range("lifecycles", lifecycles_of(options), count_range::kLifecycles);
  return refuse("lifecycles",
                "expected 1 or more; 0 is possible only in unix-socket mode, and means that the "
                "socket gets no capture file");
}

Refusal check_devices(const Options& options) {
  if (!is_live(capture_of(options))) return {};
  const auto wrong = [](std::string message) { return refuse("devices", std::move(message)); };
  if (options.devices.empty()) return wrong("expected a device for a live capture, such as eth0");
  std::uint64_t all = 0;
  for (const std::string& text : options.devices) {
    const Device device = device_from(text);
    if (Refusal one = check_device(options, device)) return one;
    all += device.threads.value_or(options.threads);
  }
  if (options.mode == Mode::single && options.devices.size() > 1)
    return wrong(fmt::format("expected one in mode single, got {}", options.devices.size()));
  if (options.mode == Mode::workers && all > count_range::kThreads.most)
    return refuse("threads", fmt::format("expected {} at most in all, got {} for {} devices",
                                         count_range::kThreads.most, all, options.devices.size()));
  return {};
}

Refusal check_capture_plugin(const Options& options) {
  if (options.capture_plugin.empty()) {
    if (options.capture == Capture::plugin)
      return refuse("capture", "expected the name of a capture plugin with \"plugin\"");
    if (options.capture_plugin_args || !options.capture_plugin_mode.empty())
      return refuse("capture_plugin_args", "applies to a capture plugin; expected its name too");
    return {};
  }
  if (reads_pcap(options) || options.traffic.by_hand)
    return refuse("capture_plugin",
                  "expected one source of packets: a capture plugin, a capture "
                  "file, or traffic by hand");
  if (options.capture && options.capture != Capture::plugin)
    return refuse("capture_plugin", fmt::format("expected it without another capture, got \"{}\"",
                                                to_string(*options.capture)));
  if (options.engine == EngineMode::unix_socket || options.lifecycles != 1)
    return refuse("capture_plugin", "expected one lifecycle: Suricata runs a capture plugin once");
  return {};
}

Refusal check_capture(const Options& options) {
  if (Refusal wrong = check_capture_plugin(options)) return wrong;
  const Capture capture = capture_of(options);
  if (capture == Capture::plugin) return {};
  const bool file = reads_pcap(options);
  if (!options.pcap.empty() && !options.pcaps.empty())
    return refuse("pcaps", "expected pcap or pcaps, not both");
  if (std::find(options.pcaps.begin(), options.pcaps.end(), "") != options.pcaps.end())
    return refuse("pcaps", "expected a capture file or a directory, got an empty name");
  if (file && options.mode == Mode::workers)
    return refuse("mode", "workers captures live; expected autofp or single for a capture file");
  if (file && is_live(capture))
    return refuse("capture", fmt::format("expected pcap-file for a capture file, got \"{}\"",
                                         to_string(capture)));
  if (options.mode == Mode::workers && !is_live(capture))
    return refuse("capture", fmt::format("expected af-packet or pcap in mode workers, which "
                                         "captures live, got \"{}\"",
                                         to_string(capture)));
  if (options.engine == EngineMode::unix_socket && is_live(capture))
    return refuse("engine",
                  "unix-socket runs pcap files; expected mode single or autofp and capture "
                  "pcap-file");
  return {};
}

// These errors name no option, but the fault or the thread.
Refusal check_fault_thread(const Fault& fault, const std::vector<std::string>& names,
                           EngineMode engine, bool plugin_names) {
  if (names.empty())
    return refuse("",
                  fmt::format("an injected fault needs threads, but engine mode {} creates none",
                              to_string(engine)));
  if (fault.thread.empty()) return {};
  if (plugin_names) return {};
  if (std::find(names.begin(), names.end(), fault.thread) != names.end()) return {};
  return refuse(
      "", fmt::format("there is no thread {}; {}", fault.thread, engine::threads_in_words(names)));
}

// The faults stop_signal and thread_start.
Refusal check_capture_fault(const Options& options, const Fault& fault) {
  const auto wrong = [&fault](const char* message) {
    return refuse("", fmt::format("fault {}: {}", to_string(fault), message));
  };
  if (fault.kind == Fault::Kind::stop_signal &&
      (options.engine != EngineMode::unix_socket || options.lifecycles == 0))
    return wrong("expected engine mode unix-socket, with a capture that the signal interrupts");
  if (fault.kind == Fault::Kind::thread_start) {
    if (capture_of(options) == Capture::plugin || options.traffic.by_hand)
      return wrong("expected one of Suricata's own captures, from a file or a device");
    if (!fault.thread.starts_with(options.mode == Mode::autofp ? "RX#" : "W#"))
      return wrong(options.mode == Mode::autofp
                       ? "expected the thread that captures, which is RX#01 in autofp"
                       : "expected the thread that captures, which is W#01 in mode single");
  }
  return {};
}

Refusal check_faults(const Options& options) {
  using Kind = Fault::Kind;
  if (options.faults.empty()) return {};
  const std::vector<std::string> names = engine::thread_names(options);
  for (const Fault& fault : options.faults) {
    const bool counted = fault.kind == Kind::plugin_alloc || fault.kind == Kind::host_alloc ||
                         fault.kind == Kind::value_set || fault.kind == Kind::slot_register;
    if (!counted) {
      if (Refusal wrong = check_fault_thread(fault, names, options.engine,
                                             capture_of(options) == Capture::plugin))
        return wrong;
      if (Refusal wrong = check_capture_fault(options, fault)) return wrong;
    } else if (fault.at == 0 && (fault.kind != Kind::slot_register || fault.slot.empty())) {
      return refuse("",
                    fmt::format("fault {} has no number; expected one from 1", to_string(fault)));
    } else if (fault.kind == Kind::plugin_alloc && !can_fail_allocations()) {
      return refuse("",
                    "fault alloc: this surisim is built with a sanitizer, whose allocations cannot "
                    "fail; expected a build without one");
    }
  }
  return {};
}

}  // namespace

std::optional<OptionError> check_options(const Options& options) {
  // As in Suricata, autofp from a pcap file has 1,024 workers at most (L10).
  const bool few = options.mode == Mode::autofp && !is_live(capture_of(options));
  Refusal wrong = first_of(
      {check_capture(options),
       in_range("threads", options.threads, few ? CountRange{1, 1024} : count_range::kThreads),
       in_range("receive_threads", options.receive_threads, count_range::kReceiveThreads),
       in_range("flow_managers", options.flow_managers, count_range::kFlowManagers),
       in_range("flow_recyclers", options.flow_recyclers, count_range::kFlowRecyclers),
       in_range("detect_loaders", options.detect_loaders, count_range::kDetectLoaders),
       check_lifecycles(options), check_devices(options), check_by_hand(options),
       check_schedule(options), check_traffic(options.traffic)});
  return wrong ? wrong : check_faults(options);
}

}  // namespace surisim
