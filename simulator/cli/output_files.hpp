// Where the command writes: reports to stdout, which carries nothing else, or to files; the event
// log; and the check that no file of a run is written over another.
//
// When:    opened before the run, so that a bad name costs no run; written after it.
// Owner:   the subcommand.
// Threads: main; EventsFile::write() from any.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "report_options.hpp"
#include "surisim/event.hpp"

namespace surisim::cli {

class Output {
 public:
  // To `file`, or to stdout when it is empty. A file that cannot be written is a UsageError now,
  // and not after a long run. What the file held stays until there is a report.
  explicit Output(std::string file);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  // From now on whatever this process prints to stdout goes to stderr, except through write().
  void take_stdout();
  bool is_stdout() const { return file_.empty(); }
  bool is_terminal() const;
  // Throws Failure, also when nobody reads the other end.
  void write(const std::string& text);

 private:
  std::string file_;
  int fd_;
};

// All the places that one report goes to, each in its form.
class Outputs {
 public:
  // Opens them all; see Output.
  explicit Outputs(const ReportTo& to);

  void take_stdout();
  // `make` makes the report of a form; `color`: it is for a terminal that wants colours. What can
  // be written is, before a Failure about the rest.
  void write(const std::function<std::string(Format, bool color)>& make);

 private:
  struct Open {
    Format format;
    std::unique_ptr<Output> output;
  };
  std::vector<Open> outputs_;
};

// The file for the event log. A copy of it in a forked process writes to the same file.
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
  int descriptor() const { return fd_; }

 private:
  int fd_ = -1;
  mutable std::atomic<bool> written_{false};
};

struct NamedFile {
  std::string as;  // what it is to the command: "--output", "the plugin"
  std::string file;
};
// Throws UsageError where a file to be written is one that the run reads, or is written twice. What
// is not a regular file, such as /dev/null, may be shared; so may "-" and no name at all.
void require_own_files(const std::vector<NamedFile>& read, const std::vector<NamedFile>& written);

// Empty when it is gone.
std::string current_directory();

}  // namespace surisim::cli
