// The files that EVE records are written to (EveFiles), and how their descriptors are kept from
// plugins (PrivateFiles): one thread has them, in a table of descriptors of its own. Suricata's own
// log files are within a plugin's reach; a report is not.
//
// When:    EveFiles: open() while outputs are opened, and in threaded mode when a thread first
//          logs; close() once in each lifecycle. PrivateFiles: from the first open() until
//          destroyed.
// Owner:   Eve; an EveFile lives until close(), or longer. PrivateFiles outlive the files that
//          open() has returned.
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

  // Starts the thread; false: it could not be started, and files are opened as any others. Where
  // the system refuses a thread a table of its own, as some containers do, they are within reach.
  bool start();
  // As fopen(): null, with errno set, where it fails. `append`: else what it holds is lost. To be
  // closed with fclose().
  std::FILE* open(const std::string& name, bool append);

 private:
  enum class Kind { none, open, write, close, quit };
  // Answered by the thread.
  struct Request {
    Kind kind = Kind::none;
    const char* data = nullptr;  // the name; what is to be written
    std::size_t size = 0;
    int descriptor = -1;
    bool append = false;
    int error = 0;  // an errno value; 0: done
    Latch answered{1};
  };
  // What a file that open() has returned leads to.
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
  // A relative name is in the directory that is the current one now: a plugin may change it later.
  EveFiles();
  ~EveFiles();
  // From now on files are out of plugins' reach. [main] before plugins are loaded
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
  // After it: a descriptor was closed by someone else. eve_files.hpp says when that can be.
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
