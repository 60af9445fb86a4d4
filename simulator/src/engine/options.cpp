#include "engine/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "capture/pcap_reader.hpp"
#include "threads/thread_names.hpp"

namespace surisim {

const char* to_string(Mode mode) {
  switch (mode) {
    case Mode::workers:
      return "workers";
    case Mode::autofp:
      return "autofp";
    case Mode::single:
      return "single";
  }
  return "";
}

const char* to_string(Capture capture) {
  switch (capture) {
    case Capture::pcap_file:
      return "pcap-file";
    case Capture::af_packet:
      return "af-packet";
    case Capture::pcap_live:
      return "pcap";
  }
  return "";
}

const char* to_string(EngineMode engine) {
  switch (engine) {
    case EngineMode::normal:
      return "normal";
    case EngineMode::config_test:
      return "config-test";
    case EngineMode::engine_analysis:
      return "engine-analysis";
    case EngineMode::unix_socket:
      return "unix-socket";
  }
  return "";
}

namespace engine {

namespace {

tl::unexpected<Error> bad(std::string sentence) {
  return fail(ErrorCode::invalid_option, std::move(sentence));
}

expected<void> in_range(const char* name, std::uint64_t value, std::uint64_t low,
                        std::uint64_t high) {
  if (value >= low && value <= high) return {};
  return bad(fmt::format("{} is {}; expected {} to {}", name, value, low, high));
}

expected<void> is_share(const char* name, double value) {
  if (std::isfinite(value) && value >= 0 && value <= 1) return {};
  return bad(fmt::format("{} is {}; expected a share from 0 to 1", name, value));
}

expected<void> check_traffic(const TrafficOptions& t) {
  expected<void> ok;
  const auto and_then = [&ok](expected<void> next) {
    if (ok) ok = std::move(next);
  };
  and_then(in_range("flows", t.flows, 0, 1ULL << 40));
  and_then(in_range("packets per flow", t.packets_per_flow, 1, 1'000'000));
  and_then(in_range("open flows", t.open_flows, 1, 65'536));
  and_then(is_share("the share of IPv6", t.ipv6));
  and_then(is_share("the share of UDP", t.udp));
  and_then(is_share("the share of ICMP", t.icmp));
  and_then(is_share("the share of ICMP errors", t.icmp_errors));
  and_then(is_share("the share of packets without a flow", t.no_flow));
  and_then(is_share("the share of packets with an alert", t.alerts));
  and_then(is_share("the share of flows that end on the recycler", t.ends.recycler));
  and_then(is_share("the share of flows that end under memory pressure", t.ends.pressure));
  and_then(is_share("the share of flows that end in their bucket", t.ends.bucket));
  and_then(is_share("the share of flows that end by reuse", t.ends.reuse));
  and_then(is_share("the share of flows that are handed back", t.ends.handed_back));
  and_then(is_share("the share of flows that end in the backstop", t.ends.backstop));
  if (!ok) return ok;
  if (t.udp + t.icmp > 1)
    return bad(
        fmt::format("the shares of UDP ({}) and ICMP ({}) sum up to more than 1", t.udp, t.icmp));
  const EndShares& e = t.ends;
  if (e.recycler + e.pressure + e.bucket + e.reuse + e.handed_back <= 0)
    return bad("every share of how flows end is 0; expected one above 0");
  return {};
}

expected<void> check_devices(const Options& options) {
  if (!is_live(capture_of(options))) return {};
  if (options.devices.empty())
    return bad("a live capture needs a device; expected a name such as eth0");
  for (const std::string& device : options.devices) {
    if (device.empty() || device.find('\0') != std::string::npos)
      return bad("a device has an empty name; expected a name such as eth0");
  }
  if (options.mode == Mode::single && options.devices.size() > 1)
    return bad(fmt::format("mode single takes one device; got {}", options.devices.size()));
  return {};
}

// The file is looked at before anything starts.
expected<void> check_pcap(const Options& options) {
  if (options.pcap.empty()) return {};
  if (options.mode == Mode::workers)
    return bad("mode workers captures live; expected mode single or autofp for a capture file");
  if (is_live(capture_of(options)))
    return bad(fmt::format("capture {} is live; expected capture pcap-file for a capture file",
                           to_string(capture_of(options))));
  auto reader = PcapReader::open(options.pcap);
  if (!reader) return tl::unexpected<Error>(reader.error());
  return {};
}

expected<void> check_fault_thread(const Fault& fault, const std::vector<std::string>& names,
                                  EngineMode engine) {
  if (names.empty())
    return bad(fmt::format("a failure is asked for, but engine mode {} makes no thread",
                           to_string(engine)));
  if (fault.kind == Fault::Kind::kill_while_paused || fault.at > 0) return {};
  if (std::find(names.begin(), names.end(), fault.thread) != names.end()) return {};
  constexpr std::size_t kMost = 12;  // enough to see how they are called
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMost));
  return bad(
      fmt::format("there is no thread {}; the threads are {}{}", fault.thread,
                  fmt::join(names.begin(), end, ", "),
                  names.size() > kMost ? fmt::format(" and {} more", names.size() - kMost) : ""));
}

expected<void> check_faults(const Options& options) {
  using Kind = Fault::Kind;
  const std::vector<std::string> names = thread_names(options);
  for (const Fault& fault : options.faults) {
    const bool counted = fault.kind == Kind::plugin_alloc || fault.kind == Kind::host_alloc ||
                         fault.kind == Kind::value_set || fault.kind == Kind::slot_register;
    if (!counted) {
      if (expected<void> thread = check_fault_thread(fault, names, options.engine); !thread)
        return thread;
    } else if (fault.at == 0 && (fault.kind != Kind::slot_register || fault.slot.empty())) {
      return bad(fmt::format("failure {} has no number; expected one from 1", to_string(fault)));
    } else if (fault.kind == Kind::plugin_alloc && !can_fail_allocations()) {
      return bad(
          "failure alloc: a sanitizer owns malloc in this build, and lets no allocation fail; "
          "expected a build without one");
    }
  }
  return {};
}

}  // namespace

expected<void> check_options(const Options& options) {
  const Capture capture = capture_of(options);
  if (expected<void> pcap = check_pcap(options); !pcap) return pcap;
  if (options.mode == Mode::workers && !is_live(capture))
    return bad("mode workers captures live; expected capture af-packet or pcap");
  if (options.engine == EngineMode::unix_socket && is_live(capture))
    return bad(
        "unix-socket mode runs pcap files; expected mode single or autofp and capture pcap-file");
  // As in Suricata, autofp from a pcap file has 1,024 workers at most (L10).
  const std::uint64_t most = options.mode == Mode::autofp && !is_live(capture) ? 1024 : 16'384;
  expected<void> ok = in_range("threads", options.threads, 1, most);
  const auto and_then = [&ok](expected<void> next) {
    if (ok) ok = std::move(next);
  };
  and_then(in_range("receive threads", options.receive_threads, 1, 64));
  and_then(in_range("flow managers", options.flow_managers, 1, 1024));
  and_then(in_range("flow recyclers", options.flow_recyclers, 1, 1024));
  and_then(in_range("detect loaders", options.detect_loaders, 0, 64));
  and_then(in_range("lifecycles", options.lifecycles, 1, 1'000'000));
  and_then(check_devices(options));
  and_then(check_traffic(options.traffic));
  if (ok && options.devices.size() * options.threads > 16'384 && options.mode == Mode::workers)
    return bad(fmt::format("{} devices with {} threads each; expected 16384 threads at most in all",
                           options.devices.size(), options.threads));
  and_then(ok && !options.faults.empty() ? check_faults(options) : expected<void>());
  return ok;
}

}  // namespace engine
}  // namespace surisim
