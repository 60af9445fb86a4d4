// The result of a run. Reports contain nothing else.
//
// When:    from Runtime::summary(); complete once the run has ended.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "surisim/plugin.hpp"
#include "surisim/schedule.hpp"
#include "surisim/violation.hpp"

namespace surisim {

struct ThreadSummary {
  std::string name;
  std::string kind;  // "packet", "management", "command" (L11)
  int id = 0;
  bool started = false;  // its OS thread was started
  std::uint64_t init_callbacks = 0;
  std::uint64_t flow_init = 0;  // callbacks of all plugins that ran on this thread
  std::uint64_t flow_update = 0;
  std::uint64_t flow_finish = 0;
  std::uint64_t packets = 0;
};

// Values of one slot: how many were set and freed, and on which OS threads.
struct ValueSummary {
  std::string slot;
  std::string storage;  // "thread" or "flow"
  std::uint64_t made = 0;
  std::uint64_t freed = 0;  // through the slot's Free
  std::uint64_t taken = 0;  // taken out of the slot by the plugin (set to NULL or replaced)
  std::uint64_t kept = 0;   // on command threads, never freed (L27)
  std::uint64_t left = 0;   // others that were still in their slots at the end
  struct On {
    std::string thread;
    std::uint64_t made = 0;
    std::uint64_t freed = 0;
  };
  std::vector<On> on;
};

struct FlowSummary {
  std::uint64_t started = 0;
  std::uint64_t tcp = 0, udp = 0, icmp = 0, sctp = 0, other = 0;
  std::uint64_t ipv4 = 0, ipv6 = 0;
  // By kind of end; their sum is `started`.
  std::uint64_t finished_by_recycler = 0;  // finish on FR, timed out while running
  std::uint64_t finished_at_shutdown = 0;  // finish on FR, in the shutdown
  std::uint64_t finished_by_worker = 0;    // finish on a worker that took the flow (pressure)
  std::uint64_t ended_in_bucket = 0;       // no finish: found timed out by a worker
  std::uint64_t ended_by_reuse = 0;        // no finish: TCP reuse
  std::uint64_t ended_handed_back = 0;     // no finish: TCP with data, back to its worker
  std::uint64_t ended_at_shutdown = 0;     // no finish: TCP with data, freed by its worker
  std::uint64_t ended_by_backstop = 0;     // no finish: engine shutdown
  std::uint64_t lost_by_exit = 0;          // the engine exited before they ended (L14)

  std::uint64_t with_finish() const {
    return finished_by_recycler + finished_at_shutdown + finished_by_worker;
  }
  std::uint64_t without_finish() const {
    return ended_in_bucket + ended_by_reuse + ended_handed_back + ended_at_shutdown +
           ended_by_backstop + lost_by_exit;
  }
};

// What has been read from capture files.
struct CaptureSummary {
  std::string file;           // as given; several: "a.pcap, b.pcap"; empty: traffic was generated
  std::uint64_t files = 0;    // over all lifecycles; a directory may have several
  std::uint64_t records = 0;  // over all lifecycles
  std::uint64_t bytes = 0;
  std::uint64_t derived = 0;  // packets derived from records: inner and reassembled ones (T3)
  std::string damage;         // what was not read and why, in sentences; empty: all was read
};

struct PhaseTime {
  std::string name;
  double seconds = 0;
};

// A registration for detection, app-layer or capture: accepted and listed, never used.
struct ListedInfo {
  std::string plugin;  // its name; empty if no Init was running
  std::string kind;    // "keyword", "app-layer protocol", "capture", …
  std::string name;
  int id = -1;  // of a keyword or a protocol; -1: none
};

// A logger that a plugin registered.
struct LoggerInfo {
  std::string plugin;      // its name; empty if unknown
  std::string kind;        // "packet", "tx", "file", "file data", "streaming", "flow" or
                           // "statistics", and " logger"
  std::string name;        // as it was registered
  std::string app_proto;   // of a tx logger; empty: of all protocols
  std::uint64_t runs = 0;  // over all lifecycles, on threads that have freed its data
  std::string why_silent;  // why it never ran; empty if it ran
};

// A statistics counter that plugins registered (Stats*), in the last lifecycle.
struct CounterInfo {
  struct OfThread {
    std::string thread;  // its ThreadVars' name
    std::int64_t value = 0;
  };
  std::string name;
  std::string kind;               // "sum", "average", "maximum", "quotient" or "global"
  std::int64_t value = 0;         // over all threads; of an average or a quotient, rounded down
  std::vector<OfThread> threads;  // each that registered it; empty for "global"
};

// An EVE file type that a plugin registered, and how often each of its functions was called, over
// all lifecycles.
struct FileTypeInfo {
  std::string plugin;  // its name; empty if unknown
  std::string name;    // as it was registered
  std::uint64_t inits = 0;
  std::uint64_t thread_inits = 0;
  std::uint64_t writes = 0;
  std::uint64_t thread_deinits = 0;
  std::uint64_t deinits = 0;
};

// Threads that plugins have started in their callbacks, at the end of the run. Only with checks on,
// and without a sanitizer.
struct PluginThreadsSummary {
  std::uint64_t started = 0;
  std::uint64_t joined = 0;
  std::uint64_t detached = 0;
  std::uint64_t running = 0;  // neither joined nor at their end
};

// The result of an injected fault.
struct FaultSummary {
  std::string fault;      // "alloc:7"
  bool hit = false;       // false: the run did not get that far
  std::string what;       // slot, or what the memory was for; empty if `fault` says it
  std::string thread;     // OS thread: "main", "W#01"
  std::string phase;      // lifecycle phase
  std::string callback;   // that was running: "thread init", or empty
  std::string call_site;  // the plugin's call, "plugin.so!on_thread_init+0x24", or empty
  std::string source;     // of the call: "plugin.c:42"; empty without debug information
};

struct Summary {
  Suricata suricata = Suricata::v9_0;  // the version that was run
  std::vector<PluginInfo> plugins;
  std::vector<ListedInfo> registrations;  // in order
  std::vector<LoggerInfo> loggers;        // in order
  std::vector<CounterInfo> counters;      // in order
  std::vector<FileTypeInfo> file_types;   // in order
  PluginThreadsSummary plugin_threads;
  std::vector<SlotInfo> own_slots;     // Suricata's own (L19)
  std::uint32_t lifecycles = 0;        // completed
  std::vector<ThreadSummary> threads;  // of the last lifecycle, in creation order
  std::vector<ValueSummary> values;
  CaptureSummary capture;
  FlowSummary flows;
  std::uint64_t packets = 0;          // packets that reached a worker
  std::uint64_t packets_no_flow = 0;  // packets that got no flow (L35, T4, T5, T6, T10)
  std::uint64_t bytes = 0;
  std::uint64_t thread_init_callbacks = 0;  // callbacks run
  std::uint64_t flow_init_callbacks = 0;
  std::uint64_t flow_update_callbacks = 0;
  std::uint64_t flow_finish_callbacks = 0;
  double traffic_seconds = 0;
  double total_seconds = 0;
  std::vector<PhaseTime> phases;
  std::vector<FaultSummary> faults;  // in the order of Options::faults
  ScheduleSummary schedule;
  std::string stopped_by;  // why the engine refused or exited; empty if it ended normally
  std::vector<Violation> violations;  // in the order found

  std::uint64_t count(Severity severity) const {
    std::uint64_t n = 0;
    for (const Violation& v : violations)
      if (v.severity == severity) ++n;
    return n;
  }
};

}  // namespace surisim
