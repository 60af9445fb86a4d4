// The files that EVE records are written to (EveFiles). Plugins cannot close them by mistake: their
// descriptors are in the separate descriptor table of one thread (PrivateFiles), which does the
// writing.
//
// When:    EveFiles: open() while outputs are opened, and in threaded mode when a thread first
//          logs; close() once in each lifecycle.
// Owner:   Eve owns the EveFiles, which own each EveFile until close() or longer. PrivateFiles
//          outlive the files that open() has returned.
// Threads: any, but EveFiles' start() and close(): [creator].
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <forward_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.hpp"
#include "surisim/error.hpp"
#include "trace/handover.hpp"

namespace surisim::engine {

class PrivateFiles {
 public:
  PrivateFiles() = default;
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;
  ~PrivateFiles();

  // Starts the thread. If that fails, or the system refuses a separate descriptor table (some
  // containers do), plugins can reach the descriptors.
  void start();
  // Like fopen(), with the mode "a" or "w". Returns null, with errno set, on failure. The caller
  // closes the file with fclose().
  std::FILE* open(const std::string& name, bool append);

 private:
  enum class Kind { none, open, write, close, quit };
  struct Request {
    Kind kind = Kind::none;
    const char* data = nullptr;  // open: the name; write: the bytes
    std::size_t size = 0;
    int descriptor = -1;
    bool append = false;
    int error = 0;  // an errno value; 0: success
    Latch answered{1};
  };
  // The cookie of a file that open() has returned.
  struct Stream {
    PrivateFiles& files;
    int descriptor;
  };

  static void* entry(void* self);
  void serve();
  void ask(Request& request);
  static void answer(Request& request);

  OsThread thread_;
  Clock clock_;
  std::forward_list<Stream> streams_;  // of all files so far
  bool started_ = false;
  Channel<Request*> requests_;
};

struct EveFile;

// Source: util-logopenfile.c (SCConfLogOpenGeneric, LogFileThreadedName).
class EveFiles {
 public:
  // Relative names are resolved against the current directory at this point: a plugin may change
  // it later.
  EveFiles();
  ~EveFiles();
  // Keeps files that are opened from now on from plugins. [main] before plugins are loaded
  void start() { private_.start(); }
  // The file stays open until the last lifecycle ends. The error names it.
  expected<EveFile*> open(const std::string& name, bool append);
  // A thread's file: NAME.EXT becomes NAME.1.EXT, NAME.2.EXT and so on, in the order of the calls.
  expected<EveFile*> open_for_thread(const std::string& name, bool append);
  // A thread's file type uses a number too.
  void skip_number();
  void write(EveFile& file, std::string_view line);
  // Records that a thread's file could not be opened; close() returns the error.
  void failed(const Error& error);
  // Flushes all lines and closes threads' files. The error says why lines are missing.
  expected<void> close();
  // After close(): lines are missing because someone else closed a descriptor, which is possible
  // without the thread or its separate descriptor table.
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
  std::atomic<bool> lost_descriptor_{false};       // it was EBADF
};

}  // namespace surisim::engine
