// EVE output: opens and closes the configured outputs with their loggers, Suricata's own and
// plugins', and builds the records that Suricata's own loggers write.
//
// eve.cpp:        opening and closing outputs; Suricata's own loggers.
// eve_record.cpp: the JSON of each record, up to the point where callbacks add to it.
// eve_output.cpp: one output: its configuration, callbacks and file type, and writing to it.
// eve_files.cpp:  the files.
//
// When:    open() and close() once per lifecycle in unix-socket mode, otherwise once.
// Owner:   the Engine owns the Eve; an EveRecord belongs to the caller.
// Threads: open() and close() [creator]; records on the thread that logs.
// Source:  runmodes.c (RunModeInitializeOutputs, RunModeInitializeEveOutput, RunModeShutDown),
//          output.c (OutputSetupActiveLoggers), output-json.c (OutputJsonInitCtx),
//          output-json-flow.c, output-json-alert.c, output-json-stats.c; L33.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/output-json.h>
#include <suricata/rust.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "abi/process_state.hpp"
#include "outputs/eve_files.hpp"
#include "outputs/eve_output.hpp"
#include "outputs/loggers.hpp"
#include "surisim/error.hpp"
#include "surisim/options.hpp"
#include "surisim/summary.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::engine {

struct FreeRecord {
  void operator()(SCJsonBuilder* record) const { SCJbFree(record); }
};
using EveRecord = std::unique_ptr<SCJsonBuilder, FreeRecord>;

// Records whose top-level object is still open, so that callbacks can add to it. Null: out of
// memory. The settings of `output` apply; null means the defaults.
EveRecord flow_record(const Flow& flow, const OutputJsonCtx* output);
EveRecord netflow_record(const Flow& flow, const OutputJsonCtx* output, bool to_server);
EveRecord alert_record(const Packet& packet, const OutputJsonCtx* output);
EveRecord anomaly_record(const Packet& packet, const OutputJsonCtx* output);
// `uptime` in seconds.
EveRecord stats_record(SCTime_t now, std::uint64_t uptime,
                       const std::vector<CounterInfo>& counters);

class Eve {
 public:
  explicit Eve(const Options& options);
  ~Eve();
  Eve(const Eve&) = delete;
  Eve& operator=(const Eve&) = delete;

  // Before plugins are loaded. [main]
  void before_plugins();
  // RunModeInitializeOutputs: sets up every output and its loggers. The error names the output that
  // could not be opened.
  expected<void> open();
  // RunModeShutDown: closes all outputs. The error says why records are missing.
  expected<void> close();
  bool lost_descriptor() const { return files_.lost_descriptor(); }

  // Loggers of each kind run if open() found one, Suricata's own or a plugin's, and the
  // configuration has an outputs section (T15).
  bool packet_loggers_run() const { return packet_loggers_run_; }
  bool tx_loggers_run() const { return tx_loggers_run_; }
  bool streaming_loggers_run() const { return streaming_loggers_run_; }

  // Whether anything logs statistics: an EVE output with the type stats, the configuration's stats
  // output or a plugin's logger. True for a configuration without outputs. Call it after open().
  bool has_stats_logger() const { return has_stats_logger_; }
  // Whether an EVE output is configured.
  bool configured() const { return !outputs_.empty(); }
  // Whether records are made: for an output, or for a plugin's callback.
  bool wanted() const { return configured() || abi::state().eve.first() != nullptr; }
  // Whether EVE callbacks run although no output is configured: once for each record that an output
  // would get. Nothing is written. The loggers that were registered before open() run first; the
  // two counts are their numbers.
  bool runs_callbacks_without_output() const {
    return outputs_.empty() && abi::state().eve.first() != nullptr;
  }
  std::size_t flow_loggers_before() const { return flow_loggers_before_; }
  std::size_t packet_loggers_before() const { return packet_loggers_before_; }

  // Suricata's own loggers. `logger` is the logger's thread data; null: callbacks run without an
  // output. The flow has ended, is locked, and has its flow_end_flags.
  void flow(Thread& thread, Flow& flow, OutputJsonThreadCtx* logger);
  void netflow(Thread& thread, Flow& flow, OutputJsonThreadCtx* logger);
  // `packet` has a flow. The record looks as if it had matched a rule.
  void alert(Thread& thread, const Packet& packet, OutputJsonThreadCtx* logger);
  // `packet` has no flow.
  void anomaly(Thread& thread, const Packet& packet, OutputJsonThreadCtx* logger);
  // Called once, when the statistics thread (CS) ends, on that thread.
  void stats(Thread& thread, StatsLoggers& loggers);

 private:
  struct Open {
    Open(const EveOutput& output, EveFiles& files) : settings(output), writer(output, files) {}
    const EveOutput& settings;
    EveWriter writer;
    OutputJsonCtx json{};
    OutputCtx context{};
  };
  // What close() has to undo: a plugin's module (context), or an output.
  struct Closing {
    OutputCtx* context = nullptr;
    std::uint32_t plugin = 0;
    JournalCallback kind = JournalCallback::none;
    Open* output = nullptr;
  };

  expected<void> set_up(const EveOutput& output);
  expected<void> set_up_type(Open& output, const EveType& type);
  expected<void> set_up_sub_module(Open& output, const EveType& type,
                                   const abi::OutputModule& module);
  expected<void> set_up_others(const SCConfNode& output);
  void find_active();
  void log_stats(Thread& thread, const OutputJsonCtx& output,
                 const std::vector<CounterInfo>& counters);
  static void write(Thread& thread, const Packet* packet, Flow* flow, EveRecord record,
                    OutputJsonThreadCtx* logger);

  const Options& options_;
  const bool may_write_;  // the command line or the configuration may define an output
  bool is_read_ = false;
  std::vector<EveOutput> outputs_;  // from the first open() on
  EveFiles files_;
  std::vector<std::unique_ptr<Open>> open_;
  std::vector<Closing> closing_;  // in order: an output comes after its sub-modules
  std::size_t flow_loggers_before_ = 0;
  std::size_t packet_loggers_before_ = 0;
  bool own_tx_logger_ = false;
  bool packet_loggers_run_ = false;
  bool tx_loggers_run_ = false;
  bool streaming_loggers_run_ = false;
  bool has_stats_logger_ = false;
  TimePoint opened_;
  std::int64_t opened_at_ = 0;  // seconds since 1970
};

}  // namespace surisim::engine
