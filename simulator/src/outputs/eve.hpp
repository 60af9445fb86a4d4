// EVE: makes the records of a run where Suricata makes them, has plugins' callbacks add to them,
// and writes them to a file or to a plugin's file type.
//
// When:    open() and close() once for each lifecycle in unix-socket mode, else once.
// Owner:   the Engine, one for its life.
// Threads: open() and close() [creator]; records on the thread that logs.
// Source:  runmodes.c, output.c (OutputSetupActiveLoggers), output-json.c, output-json-flow.c,
//          output-json-alert.c, util-logopenfile.c; L33.
#pragma once

#include <suricata/conf.h>
#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/output-eve.h>
#include <suricata/rust.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/mutex.hpp"
#include "surisim/error.hpp"
#include "surisim/options.hpp"
#include "threads/thread.hpp"

namespace surisim::engine {

struct FreeRecord {
  void operator()(SCJsonBuilder* record) const { SCJbFree(record); }
};
using EveRecord = std::unique_ptr<SCJsonBuilder, FreeRecord>;

// What a record says beside its event (OutputJsonCommonSettings). Empty: not said.
struct EveFields {
  std::string iface;
  std::string host;
  std::string pcap_filename;
  bool compress_ipv6 = false;
};

// Each has its top-level object open, as when callbacks add to it. Null: out of memory.
EveRecord flow_record(const Flow& flow, const EveFields& fields);
EveRecord alert_record(const Packet& packet, const EveFields& fields);
EveRecord anomaly_record(const Packet& packet, const EveFields& fields);
// `uptime` in seconds.
EveRecord stats_record(SCTime_t now, std::uint64_t uptime);

// What follows the event, before callbacks run (OutputJsonBuilderBuffer).
void set_origin(SCJsonBuilder* record, const EveFields& fields);

// Those that are made here; without a configuration all of them are.
struct EveTypes {
  bool flow = true;
  bool alert = true;
  bool anomaly = true;
  bool stats = true;
  // One of Suricata's own loggers runs for packets, or for transactions, whether or not its records
  // are made here.
  bool packet_logger = true;
  bool tx_logger = true;  // of anomalies that parsers see
};

struct EveOutput {
  struct FreeNode {
    void operator()(SCConfNode* which) const { SCConfNodeFree(which); }
  };

  explicit EveOutput(const Options& run);

  EveOptions options;
  bool append = false;  // to the file
  bool split = false;   // a file for each thread
  std::string prefix;   // of each line
  EveFields fields;
  EveTypes types;
  // The mapping of the output, for the file type's Init: never NULL there. The tree's, or `own`.
  const SCConfNode* node = nullptr;
  std::unique_ptr<SCConfNode, FreeNode> own = nullptr;

  // A file or a file type of the command line overrides the file's; `threaded` is that of either,
  // but a file of the command line stays one, and has all types unless the configuration names
  // some. A relative file name is below default-log-dir, where the configuration has one.
  void read_configuration();

 private:
  void read_fields();

  std::string capture_;  // the capture file
};

// One file, or one for each thread that writes.
class EveFiles {
 public:
  // `name` "" writes nothing. `threaded`: NAME.EXT stands for NAME.1.EXT, NAME.2.EXT and so on,
  // numbered as threads come; the first is opened here. The error names the file. One file stays
  // open from the first lifecycle to the last.
  expected<void> open(const std::string& name, bool append, bool threaded);
  // In threaded mode, a file for the thread. Its address is all that counts.
  void thread_init(const void* thread);
  void write(const void* thread, std::string_view prefix, std::string_view line);
  // All lines are written, files of threads closed. The error says why lines are missing.
  expected<void> close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  expected<void> open_next() SURISIM_REQUIRES(mutex_);
  std::FILE* file_of(const void* thread) SURISIM_REQUIRES(mutex_);

  std::string name_;
  bool append_ = false;
  bool threaded_ = false;
  Mutex mutex_;
  std::uint32_t number_ SURISIM_GUARDED_BY(mutex_) = 0;  // of the last file, in threaded mode
  File spare_ SURISIM_GUARDED_BY(mutex_);                // open, and no thread has it yet
  // By thread; one file for all of them is nullptr's.
  std::map<const void*, File> files_ SURISIM_GUARDED_BY(mutex_);
  std::string failed_ SURISIM_GUARDED_BY(mutex_);  // the first failure
};

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
