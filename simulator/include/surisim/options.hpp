// The options of a run. Each has a default.
//
// When:    passed to Runtime::create(), which refuses what check_options() refuses.
// Owner:   a value, except for `journal`.
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/faults.hpp"
#include "surisim/schedule.hpp"

namespace surisim {

struct Journal;
struct Violation;

// The versions of Suricata that can be run.
enum class Suricata {
  v8_0,  // API version 0x0800, as 8.0.6
  v9_0,  // API version 0x0900, as 9.0.0-dev
};

// How packets reach the threads that run plugins (L10).
enum class Mode {
  workers,  // live only: each W captures for itself
  autofp,   // RX captures, a flow hash spreads packets over queue-fed W
  single,   // one W
};

// The simulated source of packets, which decides thread names and the command thread (L9, L10).
enum class Capture {
  pcap_file,  // offline: no device in the names, no command thread
  af_packet,  // live
  pcap_live,  // live; RX is named after the device even if there is only one (L10)
  plugin,     // live; a capture plugin makes the threads (Options::capture_plugin)
};

// Suricata's engine modes.
enum class EngineMode {
  normal,
  config_test,      // plugins load, storage is finalized, no threads (L4)
  engine_analysis,  // the same, under its own name (L4)
  unix_socket,      // thread US creates, runs and frees each lifecycle (L5, L28)
};

// How generated flows end, as shares of all flows; they are scaled so that their sum is 1. A flow
// that is still open when traffic ends is ended by the shutdown, regardless of the shares.
struct EndShares {
  double recycler = 0.56;     // timed out by FM, finish on FR (L31)
  double pressure = 0.08;     // taken by a worker under memory pressure, finish there (L31)
  double bucket = 0.16;       // found timed out by a worker: no finish (L32)
  double reuse = 0.08;        // TCP reuse: no finish; at most half of all flows (L32, L33)
  double handed_back = 0.12;  // TCP with data at time-out, back to its worker: no finish (L32)
  // Of the flows that are open at the end and not TCP with data, the share that the recycler misses
  // and the shutdown backstop frees: no finish (L34). Above 0: at least one flow.
  double backstop = 0.05;
};

struct TrafficOptions {
  std::uint64_t seed = 1;      // the same seed gives the same flows, with any number of threads
  std::uint64_t flows = 2000;  // 0 to 2^40
  std::uint32_t packets_per_flow = 10;  // mean, 1 to 1,000,000; single flows vary widely
  // Every flow has exactly packets_per_flow. With fewer than 4, no flow is handed back, because
  // none has data. Packets without a flow (no_flow) are additional.
  bool exact_packets = false;
  std::uint32_t open_flows = 32;  // flows in flight on a worker at a time, 1 to 65,536
  double ipv6 = 0.3;              // share of flows, 0 to 1
  double udp = 0.35;              // share of flows; the rest of 1 - udp - icmp is TCP
  double icmp = 0.08;             // share of flows
  double icmp_errors = 0.01;      // share of UDP flows that see an ICMP error packet (L37)
  double no_flow = 0.002;         // share of packets that get no flow under memory pressure (L35)
  // Share of packets that get an EVE alert record, as if a rule had matched, 0 to 1.
  double alerts = 0.01;
  EndShares ends;
  // No traffic is generated: Runtime::traffic() sends each packet (traffic.hpp).
  bool by_hand = false;
};

// EVE records, which are created at the end of each flow (L33) and for alerts, but only if a plugin
// has registered an EVE callback or if they are written. Every enabled eve-log output of the
// configuration is set up; a file, file type or on_record here replaces that of the first one.
struct EveOptions {
  std::string file;       // one line for each record; empty: none is written
  std::string filetype;   // a plugin's file type to write to; empty: none
  bool threaded = false;  // the file type has data for each thread
  // Called with each record, a line without its end, on the thread that made it. Must not throw,
  // nor call the Runtime. [any thread]
  std::function<void(std::string_view)> on_record;
};

// How long the engine waits for its threads, in milliseconds, before it gives up (L15).
struct Limits {
  std::uint32_t initialised_ms = 120'000;   // all threads, after the last one was spawned
  std::uint32_t running_ms = 60'000;        // a family of threads; a second more for each of them
  std::uint32_t stop_managers_ms = 60'000;  // then fatal, as in the other steps of the shutdown
  std::uint32_t flow_loop_ms = 60'000;
  std::uint32_t drain_ms = 60'000;  // only warns
  std::uint32_t kill_ms = 60'000;
  std::uint32_t stop_recyclers_ms = 60'000;
  std::uint32_t by_hand_ms = 60'000;  // for a callback, by hand; then abort(). 0: no limit
};

struct Options {
  // The version to run. Default: that of the first plugin which needs a particular one, by its
  // imports or by the version in its SCPlugin; 9.0 if none does.
  std::optional<Suricata> suricata;
  Mode mode = Mode::workers;
  std::optional<Capture> capture;  // default: af_packet for workers, pcap_file otherwise
  EngineMode engine = EngineMode::normal;
  // The devices of a live capture, at least one. "eth0=2": with 2 capturing threads, instead of
  // `threads` in workers mode or `receive_threads` in autofp.
  std::vector<std::string> devices = {"eth0"};
  std::uint32_t threads = 4;          // workers (per device in workers mode), 1 to 16,384; at most
                                      // 1,024 in autofp from a pcap file, as in Suricata (L10)
  std::uint32_t receive_threads = 1;  // RX (per device) in autofp from a live capture, 1 to 64
  std::uint32_t flow_managers = 1;    // FM, 1 to 1,024
  std::uint32_t flow_recyclers = 1;   // FR, 1 to 1,024
  bool bypass_manager = false;        // FB
  bool stats = true;                  // CW and CS
  std::uint32_t detect_loaders = 0;   // DL (multi-detect), 0 to 64
  bool command_socket = true;         // US in live modes
  // Thread lifecycles after one registration (L28), 1 to 1,000,000; in unix-socket mode also 0: it
  // is never given a capture file. In that mode with `pcaps`: the number for each of them.
  std::uint32_t lifecycles = 1;

  TrafficOptions traffic;
  // Reads traffic from this capture instead of `traffic`, in mode single or autofp. A capture is a
  // file, pcap or pcapng, possibly gzipped; or a directory, whose files are read in the order in
  // which they were last changed. Empty: traffic is generated.
  std::string pcap;
  // Several captures instead of `pcap`, read one after another. In unix-socket mode each has its
  // own lifecycle, like with a separate pcap-file command.
  std::vector<std::string> pcaps;
  // Traffic comes from the plugin that registers a capture of this name, like Suricata's
  // --capture-plugin; if none does, the run ends with an error. It runs until the plugin or
  // request_stop() ends it. `mode`, `devices` and numbers of packet threads other than `threads` do
  // not apply.
  std::string capture_plugin;
  std::optional<std::string> capture_plugin_args;  // for its Init; nullopt: NULL
  // The plugin's run mode. Empty: that of the setting "runmode", or else the plugin's default.
  std::string capture_plugin_mode;
  EveOptions eve;
  std::vector<Fault> faults;  // to inject
  Limits limits;

  // Suricata's configuration, which plugins read with SCConf*: a suricata.yaml file, and settings
  // "key=value", which override it; and YAML text, which is read after the file. Empty: the tree is
  // empty.
  std::string config_file;
  std::string config_yaml;
  std::vector<std::string> config_settings;

  // What is recorded while running.
  enum class Record {
    off,        // counters only: the fastest
    lifecycle,  // everything but the events of individual flows and packets
    all,
  };
  Record record = Record::lifecycle;
  // The schedule of the threads. Default: the kernel's, which cannot be repeated.
  std::optional<ScheduleOptions> schedule;
  bool checks = true;  // checks every storage call; without, they cost as much as Suricata's

  // Names of functions `bool name(void)` that plugins export and that check the plugin's state:
  // false is the violation assertion-failed. Of plugins with the same function the first one's is
  // called, in each lifecycle at the end of the phase "kill packet threads" [creator]: all threads
  // that run callbacks have been joined, and the values of packet threads have not been freed. A
  // name that no plugin exports is an error: invalid_option.
  std::vector<std::string> invariants;

  // The highest level of the plugin's messages that are logged (an SCLogLevel; 3 is notice).
  int log_level = 3;

  // Where to note which callbacks run, for a supervising process; not owned (base/journal.hpp).
  Journal* journal = nullptr;
  // Called with each new violation when it is found, before the plugin continues: for callers that
  // need it even if the process dies before its summary. Must not throw, nor call the Runtime.
  // [any thread]
  std::function<void(const Violation&)> on_violation;
};

// The range of a number in Options.
struct CountRange {
  std::uint64_t least;
  std::uint64_t most;
};
namespace count_range {
inline constexpr CountRange kThreads{1, 16'384};
inline constexpr CountRange kReceiveThreads{1, 64};
inline constexpr CountRange kFlowManagers{1, 1024};
inline constexpr CountRange kFlowRecyclers{1, 1024};
inline constexpr CountRange kDetectLoaders{0, 64};
inline constexpr CountRange kLifecycles{0, 1'000'000};
inline constexpr CountRange kFlows{0, std::uint64_t{1} << 40};
inline constexpr CountRange kPacketsPerFlow{1, 1'000'000};
inline constexpr CountRange kOpenFlows{1, 65'536};
}  // namespace count_range

// One of Options::devices: its name, and its own number of capturing threads.
struct Device {
  std::string name;
  std::optional<std::uint32_t> threads = {};
};
// Parses "eth0=2". If no valid number follows the "=", the whole text is the name.
Device device_from(const std::string& text);

// Why options are refused.
struct OptionError {
  std::string option;   // the member of Options: "traffic.udp"; empty: the message names it
  std::string message;  // "expected a share from 0 to 1, got \"2\""
};
// Nullopt: they are accepted. Does not check files, nor anything that depends on plugins.
std::optional<OptionError> check_options(const Options& options);

// The capture of a run, with the default filled in.
Capture capture_of(const Options& options);
// The capture files and directories of a run, in order: `pcap`, or else `pcaps`.
std::vector<std::string> pcaps_of(const Options& options);
// The number of thread lifecycles of a run.
std::uint64_t lifecycles_of(const Options& options);
inline bool is_live(Capture capture) { return capture != Capture::pcap_file; }

const char* to_string(Suricata version);         // "8.0"
const char* release_of(Suricata version);        // "8.0.6", the release that is simulated
std::uint64_t api_version_of(Suricata version);  // 0x0800
const char* to_string(Mode mode);
const char* to_string(Capture capture);
const char* to_string(EngineMode engine);

}  // namespace surisim
