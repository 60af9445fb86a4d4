// Where the records of one EVE output go: a file or a plugin's file type, in threaded mode one, or
// its data, for each thread.
//
// When:    from open() to close(), once in each lifecycle.
// Owner:   Eve.
// Threads: open(), close(): [creator]; of_thread(), log() the thread that logs.
// Source:  output-json.c (LogFileTypePrepare, OutputJsonBuilderBuffer, OutputJSONBuffer),
//          util-logopenfile.c (LogFileEnsureExists, LogFileNewThreadedCtx, LogFileFreeCtx).
#pragma once

#include <pthread.h>
#include <suricata/output-json.h>

#include <map>
#include <memory>
#include <string_view>

#include "abi/output_registrations.hpp"
#include "base/mutex.hpp"
#include "outputs/eve_files.hpp"
#include "outputs/eve_output.hpp"
#include "surisim/error.hpp"

namespace surisim::engine {

// Runs plugins' callbacks on the record, which `set_origin` has seen.
void run_eve_callbacks(ThreadVars* tv, const Packet* packet, Flow* flow, SCJsonBuilder* record);

class EveWriter final : public LogFileCtx_ {
 public:
  EveWriter(const EveOutput& output, EveFiles& files) : output_(output), files_(files) {}

  // Opens the file, or initialises the file type. The error names it.
  expected<void> open();
  // Frees what open() and threads have made of the file type.
  void close();
  // The registered file type's; NULL: a file.
  SCEveFileType* filetype() const { return type_ == nullptr ? nullptr : type_->given; }
  // JsonStatsLogger: `record` is complete, and no callback sees it.
  void log_stats(ThreadVars* tv, SCJsonBuilder* record);
  // The statistics' logger takes main's. The error names the file. [creator]
  expected<void> prepare_stats();

  LogFileCtx_* of_thread(ThreadVars* tv) override;
  // Not called: of_thread() returns a Target.
  void log(ThreadVars*, const Packet*, Flow*, SCJsonBuilder*, OutputJsonThreadCtx&) override {}

 private:
  // What one thread writes to, or all threads.
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
  // False: its file could not be opened.
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
