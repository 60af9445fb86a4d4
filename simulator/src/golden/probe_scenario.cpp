// Derives from a recording of the probe the options of a run that does the same here.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "golden/sections.hpp"
#include "surisim/evidence.hpp"

namespace surisim {

namespace golden {

namespace {

using Kind = ProbeEvent::Kind;

constexpr std::uint64_t kMinFlows = 400;            // so that flows end in each way
constexpr std::uint64_t kMinFlowsOfLifecycle = 50;  // if there are many lifecycles
constexpr std::uint64_t kProbeFlows = 1000;         // that the probe records by default
constexpr std::uint64_t kMaxFlows = 20'000;

// "W#02-eth0": "W", "eth0".
struct Name {
  std::string family, device;
};
Name name_from(const std::string& thread) {
  Name name{std::string(kind_of_thread(thread)), ""};
  const std::size_t number = thread.find('#');
  const std::size_t dash = number == std::string::npos ? number : thread.find('-', number);
  if (dash != std::string::npos) name.device = thread.substr(dash + 1);
  return name;
}

// A summary of the threads and flows in a recording.
struct RecordedRun {
  std::vector<std::string> threads;  // in the order of creation
  std::string packet_creator;        // the thread that created the first packet thread
  std::uint32_t lifecycles = 0;      // how often the first packet thread was created
  bool frees = false;                // a thread's storage was freed
  bool left = false;                 // the packet threads that were created last are never freed
  EndShares ends{0, 0, 0, 0, 0, 0};  // numbers of flows
  std::uint64_t flows = 0;

  std::uint32_t count(std::string_view family) const {
    return static_cast<std::uint32_t>(std::count_if(
        threads.begin(), threads.end(),
        [&](const std::string& thread) { return name_from(thread).family == family; }));
  }
  bool has(std::string_view family) const { return count(family) > 0; }
  // Devices in the names of a family's threads, and how many threads each has.
  std::vector<std::pair<std::string, std::uint32_t>> devices(std::string_view family) const {
    std::vector<std::pair<std::string, std::uint32_t>> all;
    for (const std::string& thread : threads) {
      const Name name = name_from(thread);
      if (name.family != family || name.device.empty()) continue;
      const auto known = std::find_if(all.begin(), all.end(),
                                      [&](const auto& one) { return one.first == name.device; });
      if (known == all.end()) {
        all.emplace_back(name.device, 1);
      } else {
        ++known->second;
      }
    }
    return all;
  }
};

bool is_packet_thread(const std::string& thread) {
  const std::string family = name_from(thread).family;
  return family == "W" || family == "RX";
}

// A flow that ends on a worker without finish was found in its bucket, reused or handed back. A
// plugin cannot see which, so each is counted (L32, L33).
void add_end(const ProbeEvent& event, bool finished, const std::string& finisher, EndShares& ends) {
  const std::string_view on = kind_of_thread(finished ? std::string_view(finisher) : event.os);
  if (finished) {
    ++(on == "W" ? ends.pressure : ends.recycler);
  } else if (on == "W") {
    ++ends.bucket;
    ++ends.reuse;
    ++ends.handed_back;
  } else {
    ++ends.backstop;
  }
}

RecordedRun summarize(const ProbeRecording& recording) {
  RecordedRun seen;
  std::string first;  // packet thread
  std::map<std::uint64_t, std::string> finishers;
  for (const ProbeEvent& event : recording.events) {
    switch (event.kind) {
      case Kind::thread_init:
        if (event.position != 1) break;
        if (first.empty() && is_packet_thread(event.thread)) {
          first = event.thread;
          seen.packet_creator = event.os;
        }
        if (event.thread == first) {
          ++seen.lifecycles;
          seen.left = true;
        }
        if (std::find(seen.threads.begin(), seen.threads.end(), event.thread) == seen.threads.end())
          seen.threads.push_back(event.thread);
        break;
      case Kind::thread_value_freed:
        seen.frees = true;
        if (event.thread == first) seen.left = false;
        break;
      case Kind::flow_init:
        ++seen.flows;
        break;
      case Kind::flow_finish:
        finishers[event.flow] = event.os;
        break;
      case Kind::flow_value_freed: {
        const auto finisher = finishers.find(event.flow);
        const bool finished = finisher != finishers.end();
        add_end(event, finished, finished ? finisher->second : "", seen.ends);
        break;
      }
      default:
        break;
    }
  }
  return seen;
}

void set_devices(const RecordedRun& seen, std::string_view family, Options& options) {
  options.devices.clear();
  for (const auto& [device, threads] : seen.devices(family))
    options.devices.push_back(fmt::format("{}={}", device, threads));
}

void set_mode(const RecordedRun& seen, Options& options) {
  const bool us = seen.has("US");
  const bool own_creator = seen.packet_creator == "US";
  options.threads = std::max(seen.count("W"), 1U);
  options.command_socket = us;
  if (seen.has("RX")) {
    options.mode = Mode::autofp;
    if (const auto devices = seen.devices("RX"); !devices.empty()) {
      options.capture = devices.size() > 1 ? Capture::af_packet : Capture::pcap_live;
      set_devices(seen, "RX", options);
    } else {
      options.receive_threads = seen.count("RX");
      const bool live = (us && !own_creator) || options.receive_threads > 1;
      options.capture = live ? Capture::af_packet : Capture::pcap_file;
    }
  } else if (const auto devices = seen.devices("W"); !devices.empty()) {
    options.mode = Mode::workers;
    options.capture = Capture::af_packet;
    set_devices(seen, "W", options);
    if (devices.size() == 1) {
      options.devices = {devices.front().first};
      options.threads = devices.front().second;
    }
  } else {
    options.mode = Mode::single;
    options.capture = Capture::pcap_file;
    options.threads = 1;
  }
  if (us && seen.lifecycles == 0 && seen.threads.size() == 1) {  // it got no capture file
    options.engine = EngineMode::unix_socket;
    options.lifecycles = 0;
  } else if (own_creator) {
    options.engine = EngineMode::unix_socket;
    options.lifecycles = seen.lifecycles;
    // Main has joined the threads of the last one, and US could not free them (L28).
    if (seen.left) options.faults = {{Fault::Kind::stop_signal, ""}};
  } else if (us && !is_live(*options.capture)) {
    options.config_settings.emplace_back("unix-command.enabled=yes");
  }
}

void set_traffic(const RecordedRun& seen, Options& options) {
  const std::uint64_t lifecycles = lifecycles_of(options);
  std::uint64_t enough = std::max(kMinFlows, std::uint64_t{100} * options.threads);
  if (lifecycles > 1)
    enough = std::min(enough, std::max(kProbeFlows / lifecycles, kMinFlowsOfLifecycle));
  if (lifecycles == 0 || seen.flows == 0) {
    options.traffic.flows = 0;
  } else {
    options.traffic.flows = std::min(std::max(seen.flows / lifecycles, enough), kMaxFlows);
  }
  EndShares ends = seen.ends;
  const double all = ends.recycler + ends.pressure + ends.bucket + ends.reuse + ends.handed_back;
  if (all == 0) ends.recycler = 1;
  for (double* share :
       {&ends.recycler, &ends.pressure, &ends.bucket, &ends.reuse, &ends.handed_back})
    *share /= std::max(all, 1.0);
  ends.backstop = ends.backstop > 0 ? 0.5 : 0;
  options.traffic.ends = ends;
}

}  // namespace

}  // namespace golden

expected<Options> options_of(const ProbeRecording& recording) {
  const golden::RecordedRun seen = golden::summarize(recording);
  Options options;
  options.suricata = recording.suricata;
  if (seen.threads.empty()) {
    options.engine = EngineMode::config_test;
    return options;
  }
  golden::set_mode(seen, options);
  options.flow_managers = std::max(seen.count("FM"), 1U);
  options.flow_recyclers = std::max(seen.count("FR"), 1U);
  options.bypass_manager = seen.has("FB");
  options.stats = seen.has("CW") || seen.has("CS");
  options.detect_loaders = seen.count("DL");
  if (recording.suricata == Suricata::v8_0 && seen.has("HB"))
    options.config_settings.emplace_back("heartbeat.output-flush-interval=10");
  golden::set_traffic(seen, options);
  // The engine refused to start: a thread's init failed (L14), or in 8.0 never ran (E41). A
  // recording does not show which thread, so the first packet thread is assumed.
  if (!seen.frees && seen.flows == 0 && options.engine != EngineMode::unix_socket) {
    const auto first =
        std::find_if(seen.threads.begin(), seen.threads.end(), golden::is_packet_thread);
    if (first != seen.threads.end())
      options.faults = {{recording.suricata == Suricata::v8_0 ? Fault::Kind::thread_start
                                                              : Fault::Kind::thread_init,
                         *first}};
  }
  if (const auto refused = check_options(options))
    return fail(ErrorCode::invalid_option,
                fmt::format("the recording has no scenario that can be run here: {} {}",
                            refused->option, refused->message));
  return options;
}

}  // namespace surisim
