// EVE: makes the records of a run where Suricata makes them, has plugins' callbacks add to them,
// and writes them to a file or to a plugin's file type.
//
// When:    open() and close() once for each lifecycle in unix-socket mode, else once.
// Owner:   the Engine, one for its life.
// Threads: open() and close() [creator]; records on the thread that logs.
// Source:  runmodes.c, output.c (OutputSetupActiveLoggers), output-json.c, output-json-flow.c,
//          output-json-alert.c, util-logopenfile.c; L33.
#pragma once

#include <suricata/decode.h>
#include <suricata/output-eve.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

#include "base/mutex.hpp"
#include "outputs/eve_output.hpp"
#include "outputs/eve_record.hpp"
#include "surisim/error.hpp"
#include "surisim/options.hpp"
#include "threads/thread.hpp"

namespace surisim::engine {

class Eve {
 public:
  explicit Eve(const Options& options) : output_(options) {}
  Eve(const Eve&) = delete;
  Eve& operator=(const Eve&) = delete;

  // RunModeInitializeOutputs: opens the file, or has the file type initialised. The error names
  // what could not be opened.
  expected<void> open();
  // RunModeShutDown: frees what open() and threads have made. The error says why records
  // are missing.
  expected<void> close();
  // EVE's logger for flows, or for packets, starts on a thread. In threaded mode the thread gets a
  // file, or data of the file type, once. [owner]
  void flow_thread_init(Thread& thread);
  void packet_thread_init(Thread& thread);

  // Loggers stand in the order of their registration, and Suricata's own register in open(). These
  // many, of plugins' Init, run before EVE.
  std::size_t flow_loggers_before() const { return flow_loggers_before_; }
  std::size_t packet_loggers_before() const { return packet_loggers_before_; }
  // Packet loggers run if there was one when open() was done, EVE's or one of a plugin's Init, and
  // the configuration has an outputs section (T15).
  bool packet_loggers_run() const { return packet_loggers_run_; }
  // The same of loggers for transactions.
  bool tx_loggers_run() const { return tx_loggers_run_; }

  // Somebody configured an output.
  bool configured() const {
    return !output_.options.file.empty() || !output_.options.filetype.empty();
  }
  // Somebody sees records: they are worth making.
  bool wanted() const;

  // The flow is locked and at its end; its flow_end_flags say why it ended.
  void flow(Thread& thread, Flow& flow);
  // `packet` has a flow and would have matched a rule.
  void alert(Thread& thread, const Packet& packet);
  // `packet` has none.
  void anomaly(Thread& thread, const Packet& packet);
  // Once, when the statistics thread ends. [CS]
  void stats(Thread& thread);

 private:
  void count_loggers();
  void thread_init(Thread& thread);
  expected<void> open_filetype();
  void finish(Thread& thread, const Packet* packet, Flow* flow, const char* type,
              EveRecord record_of_event);
  void write(Thread& thread, std::string_view line);

  EveOutput output_;
  std::size_t flow_loggers_before_ = 0;
  std::size_t packet_loggers_before_ = 0;
  bool packet_loggers_run_ = false;
  bool tx_loggers_run_ = false;
  TimePoint opened_;
  EveFiles files_;
  const SCEveFileType* type_ = nullptr;
  void* init_data_ = nullptr;
  void* main_data_ = nullptr;  // of non-threaded mode
  // Held while a file type's ThreadInit runs, as in Suricata (LogFileEnsureExists).
  Mutex mutex_;
  std::map<const Thread*, void*> thread_data_ SURISIM_GUARDED_BY(mutex_);  // of threaded mode
};

}  // namespace surisim::engine
