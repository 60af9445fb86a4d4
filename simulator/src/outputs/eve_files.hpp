// The files that EVE records are written to.
//
// When:    open() while outputs are opened, and in threaded mode when a thread first logs; close()
//          once in each lifecycle.
// Owner:   Eve; an EveFile lives until close(), or longer.
// Threads: any, but start() and close(): [creator].
// Source:  util-logopenfile.c (SCConfLogOpenGeneric, LogFileThreadedName).
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.hpp"
#include "outputs/private_files.hpp"
#include "surisim/error.hpp"

namespace surisim::engine {

struct EveFile;

class EveFiles {
 public:
  // A relative name is in the directory that is the current one now: a plugin may change it later.
  EveFiles();
  ~EveFiles();
  // From now on files are out of plugins' reach (private_files.hpp). [main] before plugins are
  // loaded
  void start() { private_.start(); }
  // The error names the file. A file stays open from the first lifecycle to the last, but for those
  // of threads.
  expected<EveFile*> open(const std::string& name, bool append);
  // A thread's: NAME.EXT becomes NAME.1.EXT, NAME.2.EXT and so on, in the order of the calls.
  expected<EveFile*> open_for_thread(const std::string& name, bool append);
  // A thread's file type takes a number too.
  void skip_number();
  void write(EveFile& file, std::string_view line);
  // A thread's file could not be opened.
  void failed(const Error& error);
  // Flushes all lines and closes threads' files. The error says why lines are missing.
  expected<void> close();
  // After it: a descriptor was closed by someone else. private_files.hpp says when that can be.
  bool lost_descriptor() const { return lost_descriptor_; }

 private:
  expected<EveFile*> open_locked(const std::string& name, bool append, bool of_thread)
      SURISIM_REQUIRES(mutex_);
  void note_failure(const EveFile& file) SURISIM_REQUIRES(mutex_);  // from errno

  PrivateFiles private_;         // outlives the files
  const std::string directory_;  // ends in "/"; "" if it is unknown
  Mutex mutex_;
  std::uint32_t number_ SURISIM_GUARDED_BY(mutex_) = 0;  // the last one, of all outputs
  std::map<std::string, std::unique_ptr<EveFile>> files_ SURISIM_GUARDED_BY(mutex_);  // by name
  std::string failed_ SURISIM_GUARDED_BY(mutex_);  // the first failure
  std::atomic<bool> lost_descriptor_{false};       // is the reason
};

}  // namespace surisim::engine
