// One EVE output: its settings, from the command line and an eve-log section (EveOutput), and what
// its records are written to (EveWriter): a file or a plugin's file type, in threaded mode one
// file, or one file type's data, for each thread.
//
// When:    read_outputs() when outputs are initialised; EveWriter from open() to close(), once in
//          each lifecycle.
// Owner:   Eve.
// Threads: [creator]; of_thread() and log(): the thread that logs.
// Source:  output-json.c (OutputJsonInitCtx, LogFileTypePrepare, OutputJsonBuilderBuffer,
//          OutputJSONBuffer), runmodes.c (RunModeInitializeOutputs, RunModeInitializeEveOutput),
//          util-logopenfile.c (LogFileEnsureExists, LogFileNewThreadedCtx, LogFileFreeCtx).
#pragma once

#include <pthread.h>
#include <suricata/conf.h>
#include <suricata/output-json.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "abi/registrations.hpp"
#include "base/mutex.hpp"
#include "outputs/eve_files.hpp"
#include "surisim/error.hpp"
#include "surisim/options.hpp"

namespace surisim::engine {

// Which kinds of Suricata's own loggers write records of a type.
struct OwnLoggers {
  bool packet = false;
  bool tx = false;
  bool flow = false;
};
OwnLoggers own_loggers_of(std::string_view type);

// An enabled entry of `types`.
struct EveType {
  std::string name;                 // "flow"
  const SCConfNode* own = nullptr;  // the mapping below it, or null
};

struct EveOutput {
  struct FreeNode {
    void operator()(SCConfNode* which) const { SCConfNodeFree(which); }
  };

  EveOptions options;
  bool append = false;  // to an existing file
  bool split = false;   // one file for each thread
  std::string prefix;   // of each line
  std::string host;     // a member of every record; empty: none
  bool pcap_filename = false;
  bool metadata = true;
  bool ethernet = false;
  bool version = false;
  bool community_id = false;
  std::uint16_t seed = 0;  // of community ids
  bool compress_ipv6 = false;
  std::vector<EveType> types;  // in order
  // The output's mapping in the configuration, or `made` if it has none: a file type's Init never
  // gets NULL.
  SCConfNode* node = nullptr;
  std::unique_ptr<SCConfNode, FreeNode> made = nullptr;
};

// Whether an enabled eve-log section has `ethernet: yes`.
bool logs_ethernet();
// One output for each enabled eve-log section. A file or file type on the command line replaces
// that of the first section, or adds an output if there is no section; `threaded` may come from
// either. A file on the command line is never split, and has all types unless the section lists
// some. A relative file name in a section is relative to default-log-dir, if that is configured.
std::vector<EveOutput> read_outputs(const Options& run);

// Runs plugins' EVE callbacks on the record.
void run_eve_callbacks(ThreadVars* tv, const Packet* packet, Flow* flow, SCJsonBuilder* record);

class EveWriter final : public LogFileCtx_ {
 public:
  EveWriter(const EveOutput& output, EveFiles& files) : output_(output), files_(files) {}

  // Opens the file, or initialises the file type. The error names it.
  expected<void> open();
  // Deinitialises the file type: the threads' data first.
  void close();
  // What the plugin registered; NULL: the output is a file.
  SCEveFileType* filetype() const { return type_ == nullptr ? nullptr : type_->given; }
  // JsonStatsLogger: writes `record`; no callback sees it.
  void log_stats(ThreadVars* tv, SCJsonBuilder* record);
  // Makes the statistics logger use the target of the calling thread. The error names the file.
  expected<void> prepare_stats();

  LogFileCtx_* of_thread(ThreadVars* tv) override;
  // Not called: of_thread() returns a Target.
  void log(ThreadVars*, const Packet*, Flow*, SCJsonBuilder*, OutputJsonThreadCtx&) override {}

 private:
  // What one thread, or all threads, write to.
  class Target final : public LogFileCtx_ {
   public:
    explicit Target(EveWriter& writer) : writer_(writer) {}
    LogFileCtx_* of_thread(ThreadVars*) override { return this; }
    void log(ThreadVars* tv, const Packet* packet, Flow* flow, SCJsonBuilder* record,
             OutputJsonThreadCtx& logger) override;

    void* data = nullptr;  // of the file type
    EveFile* file = nullptr;

   private:
    EveWriter& writer_;
  };

  expected<void> open_filetype();
  bool is_threaded() const;
  // False: the thread's file could not be opened.
  bool open_for_thread(Target& target, ThreadVars* tv);
  void thread_deinit(void* data);
  void write(ThreadVars* tv, const Target& target, const char* line, std::size_t size);

  const EveOutput& output_;
  EveFiles& files_;
  abi::RegisteredFileType* type_ = nullptr;
  void* init_data_ = nullptr;
  Target main_{*this};
  Target* stats_ = nullptr;
  // Held while a file type's ThreadInit runs, as in Suricata (LogFileEnsureExists).
  Mutex mutex_;
  std::map<pthread_t, std::unique_ptr<Target>> of_threads_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace surisim::engine
