// The files that EVE records are written to: one, or one for each thread that writes.
//
// Owner:   Eve.
// Threads: open() and close() on the creating thread; the rest on any.
// Source:  util-logopenfile.c (SCConfLogOpenGeneric, LogFileEnsureExists, LogFileThreadedName).
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "surisim/error.hpp"

namespace surisim::engine {

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

  expected<void> open_next();
  std::FILE* file_of(const void* thread);

  std::string name_;
  bool append_ = false;
  bool threaded_ = false;
  std::uint32_t number_ = 0;  // of the file opened last, in threaded mode
  std::mutex mutex_;
  File spare_;                         // open, and nobody's yet
  std::map<const void*, File> files_;  // of all threads: nullptr's
  std::string failed_;                 // the first failure
};

}  // namespace surisim::engine
