// EVE: makes the records of a run where Suricata makes them, has plugins' callbacks add to them,
// and writes them to files or to a plugin's file type.
//
// eve.cpp:        when a record is made, plugins' callbacks and file types.
// eve_record.cpp: the JSON of each record, up to the point where callbacks add to it.
// eve_output.cpp: the output's configuration, and its files.
//
// When:    open() and close() once for each lifecycle in unix-socket mode, else once.
// Owner:   the Engine has one Eve; a caller owns its EveRecord.
// Threads: open(), close() and read_configuration() [creator]; records, and their files, on the
//          thread that logs.
// Source:  runmodes.c (RunModeInitializeOutputs, RunModeInitializeEveOutput), output.c
//          (OutputSetupActiveLoggers), output-json.c (CreateEveHeader, OutputJsonInitCtx),
//          output-json-flow.c, output-json-alert.c, util-logopenfile.c (SCConfLogOpenGeneric,
//          LogFileEnsureExists, LogFileThreadedName); L33.
#pragma once

#include <suricata/conf.h>
#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/output-eve.h>
#include <suricata/rust.h>

#include <atomic>
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
#include "outputs/private_files.hpp"
#include "surisim/error.hpp"
#include "surisim/options.hpp"
#include "surisim/summary.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::engine {

struct FreeRecord {
  void operator()(SCJsonBuilder* record) const { SCJbFree(record); }
};
using EveRecord = std::unique_ptr<SCJsonBuilder, FreeRecord>;

// Fields of every record (OutputJsonCommonSettings). An empty one is left out.
struct EveFields {
  std::string iface;
  std::string host;
  std::string pcap_filename;
  bool compress_ipv6 = false;
};

// Records whose top-level object is still open, for callbacks to add to. Null: out of memory.
EveRecord flow_record(const Flow& flow, const EveFields& fields);
EveRecord alert_record(const Packet& packet, const EveFields& fields);
EveRecord anomaly_record(const Packet& packet, const EveFields& fields);
// `uptime` in seconds.
EveRecord stats_record(SCTime_t now, std::uint64_t uptime,
                       const std::vector<CounterInfo>& counters);

// Adds `host` and `pcap_filename`, before callbacks run (OutputJsonBuilderBuffer).
void set_origin(SCJsonBuilder* record, const EveFields& fields);

// The types of records that are made; without a configuration all of these.
struct EveTypes {
  bool flow = true;
  bool alert = true;
  bool anomaly = true;
  bool stats = true;
  // One of Suricata's own loggers runs for packets, or for transactions, even if its records are
  // not modelled.
  bool packet_logger = true;
  bool tx_logger = true;  // by default that of anomalies in app-layer data
};

// An EVE output's options: the command line's, and the configuration's.
struct EveOutput {
  struct FreeNode {
    void operator()(SCConfNode* which) const { SCConfNodeFree(which); }
  };

  explicit EveOutput(const Options& run);

  EveOptions options;
  bool append = false;  // to an existing file
  bool split = false;   // one file for each thread
  std::string prefix;   // of each line
  EveFields fields;
  EveTypes types;
  // The output's mapping in the configuration, or else `own`; a file type's Init never gets NULL.
  const SCConfNode* node = nullptr;
  std::unique_ptr<SCConfNode, FreeNode> own = nullptr;

  // A file or file type on the command line overrides the configuration's; `threaded` may come from
  // either. A file on the command line is never split, and has all types unless the configuration
  // lists some. A relative file name is relative to default-log-dir, if that is configured.
  void read_configuration();

 private:
  void read_fields();

  std::string capture_;  // the capture file
};

// The file of an EVE output, or one for each thread that writes.
class EveFiles {
 public:
  // A relative name is in the directory that is the current one now: a plugin may change it later.
  EveFiles();
  // From now on files are out of plugins' reach (private_files.hpp). [main] before plugins are
  // loaded
  void start() { private_.start(); }
  // With `name` "" nothing is written. `threaded`: NAME.EXT becomes NAME.1.EXT, NAME.2.EXT and so
  // on, in the order in which threads come; open() opens the first. The error names the file. A
  // single file stays open from the first lifecycle to the last.
  expected<void> open(const std::string& name, bool append, bool threaded);
  // In threaded mode opens a file for the thread, which only its address identifies.
  void thread_init(const void* thread);
  void write(const void* thread, std::string_view prefix, std::string_view line);
  // Flushes all lines and closes threads' files. The error says why lines are missing.
  expected<void> close();
  // After it: a descriptor was closed by someone else. private_files.hpp says when that can be.
  bool lost_descriptor() const { return lost_descriptor_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  expected<void> open_next() SURISIM_REQUIRES(mutex_);
  void note_failure() SURISIM_REQUIRES(mutex_);  // from errno
  std::FILE* file_of(const void* thread) SURISIM_REQUIRES(mutex_);

  PrivateFiles private_;         // outlives the files
  const std::string directory_;  // ends in "/"; "" if it is unknown
  std::string name_;
  bool append_ = false;
  bool threaded_ = false;
  Mutex mutex_;
  std::uint32_t number_ SURISIM_GUARDED_BY(mutex_) = 0;  // of the last file, in threaded mode
  File spare_ SURISIM_GUARDED_BY(mutex_);                // opened, and not any thread's yet
  // By thread; a single file for all threads has the key nullptr.
  std::map<const void*, File> files_ SURISIM_GUARDED_BY(mutex_);
  std::string failed_ SURISIM_GUARDED_BY(mutex_);  // the first failure
  std::atomic<bool> lost_descriptor_{false};       // is the reason
};

class Eve {
 public:
  explicit Eve(const Options& options)
      : output_(options),
        may_write_(!options.eve.file.empty() || !options.config_file.empty() ||
                   !options.config_yaml.empty() || !options.config_settings.empty()) {}
  Eve(const Eve&) = delete;
  Eve& operator=(const Eve&) = delete;

  // Before plugins are loaded. [main]
  void before_plugins();
  // RunModeInitializeOutputs: opens the file, or initialises the file type. The error names what
  // could not be opened.
  expected<void> open();
  // RunModeShutDown: frees what open() and threads have made. The error says why records are
  // missing.
  expected<void> close();
  bool lost_descriptor() const { return files_.lost_descriptor(); }
  // EVE's logger for flows, or for packets, is initialised on a thread. In threaded mode the first
  // of them opens the thread's file, or makes its data of the file type. [owner]
  void flow_thread_init(Thread& thread);
  void packet_thread_init(Thread& thread);

  // Loggers run in the order of their registration, and Suricata's own are registered by open().
  // This many, from plugins' Init, run before EVE.
  std::size_t flow_loggers_before() const { return flow_loggers_before_; }
  std::size_t packet_loggers_before() const { return packet_loggers_before_; }
  // Packet loggers run if open() found one, EVE's or a plugin's, and the configuration has an
  // outputs section (T15). The same for transaction loggers.
  bool packet_loggers_run() const { return packet_loggers_run_; }
  bool tx_loggers_run() const { return tx_loggers_run_; }

  // An output is configured.
  bool configured() const {
    return !output_.options.file.empty() || !output_.options.filetype.empty() ||
           output_.options.on_record;
  }
  // Records are made: an output or a plugin's callback takes them.
  bool wanted() const;

  // The flow has ended, is locked, and has its flow_end_flags.
  void flow(Thread& thread, Flow& flow);
  // `packet` has a flow, and is to look as if it had matched a rule.
  void alert(Thread& thread, const Packet& packet);
  // `packet` has no flow.
  void anomaly(Thread& thread, const Packet& packet);
  // Called once, when the statistics thread (CS) ends, on that thread.
  void stats(Thread& thread);

 private:
  void count_loggers();
  void thread_init(Thread& thread);
  expected<void> open_filetype();
  void finish(Thread& thread, const Packet* packet, Flow* flow, const char* type,
              EveRecord record_of_event);
  void write(Thread& thread, std::string_view line);

  EveOutput output_;
  bool may_write_;  // there may be an output, from the command line or the configuration
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
