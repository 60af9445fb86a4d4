// An EVE output: what the command line and the configuration say of it, which records it takes, and
// the files that they are written to.
//
// When:    read_configuration() before the first open(); files from open() to close().
// Owner:   Eve.
// Threads: [creator], EveFiles::thread_init() and write() on any thread.
// Source:  runmodes.c (RunModeInitializeOutputs, RunModeInitializeEveOutput), output-json.c
//          (OutputJsonInitCtx), util-logopenfile.c (SCConfLogOpenGeneric, LogFileEnsureExists,
//          LogFileThreadedName).
#pragma once

#include <suricata/conf.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.hpp"
#include "outputs/eve_record.hpp"
#include "surisim/error.hpp"
#include "surisim/options.hpp"

namespace surisim::engine {

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

}  // namespace surisim::engine
