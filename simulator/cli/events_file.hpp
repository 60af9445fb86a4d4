// The file for the event log.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>

#include "surisim/event.hpp"

namespace surisim::cli {

// Opened before the run, so that a bad name costs no run. A copy of it in a forked process writes
// to the same file.
class EventsFile {
 public:
  // "-" is stdout, empty is no file. Throws UsageError.
  explicit EventsFile(const std::string& name);
  ~EventsFile();
  EventsFile(const EventsFile&) = delete;
  EventsFile& operator=(const EventsFile&) = delete;

  // Once; a second call does nothing. Throws Failure. [any thread]
  void write(const EventLog& events) const;
  bool wanted() const { return fd_ >= 0; }

 private:
  // The descriptor, or a new one where a plugin has closed it.
  int usable() const;

  int fd_ = -1;
  pid_t opener_ = 0;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  mutable std::atomic<bool> written_{false};
};

}  // namespace surisim::cli
