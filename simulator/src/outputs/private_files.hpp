// Files whose descriptors no plugin can write to or close: one thread has them, in a table of
// descriptors of its own. Suricata's own log files are within a plugin's reach; a report is not.
//
// When:    from the first open() until destroyed.
// Owner:   whoever makes it; it outlives the files that open() has returned.
// Threads: made by [main] before plugins are loaded, so that its thread counts as the program's.
//          open() and all use of a file: any thread, one at a time for each file.
#pragma once

#include <cstddef>
#include <cstdio>
#include <forward_list>
#include <string>

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

}  // namespace surisim::engine
