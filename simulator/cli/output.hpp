// How the command answers: its exit status, the reports it writes to stdout or to files, and the
// event log; and the check that a run does not overwrite a file that it needs.
//
// When:    files are opened before the run, so that a bad name costs no run, and written after it.
// Owner:   the subcommand.
// Threads: main; EventsFile::write() from any.
#pragma once

#include <fmt/format.h>
#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/user_input.hpp"
#include "surisim/event.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {

enum ExitStatus {
  kClean = 0,
  kViolations = 1,  // at or above --fail-on
  kUsage = 2,       // wrong usage, or nothing could be run
  kFailed = 3,      // surisim itself failed
  kTimeLimit = 124  // the run took longer than --time-limit, as timeout(1) has it
  // 128 + N: signal N ended the run, as in a shell: 129 SIGHUP, 130 SIGINT, 143 SIGTERM
};

// Ends the command early; main() prints the message, which is one line.
struct CommandError : std::runtime_error {
  using std::runtime_error::runtime_error;
  template <class First, class... More>
  explicit CommandError(fmt::format_string<First, More...> format, First&& first, More&&... more)
      : std::runtime_error(
            fmt::format(format, std::forward<First>(first), std::forward<More>(more)...)) {}
};

// The user's mistake (kUsage); the message says what was expected.
struct UsageError : CommandError {
  using CommandError::CommandError;
};

// The run or its report could not be finished, through no fault of the plugin (kFailed).
struct Failure : CommandError {
  using CommandError::CommandError;
};

// Whoever read stdout has gone, as `| head` does: it needs no message.
struct Unread : Failure {
  using Failure::Failure;
};

// The run was stopped before there was anything to report.
struct Stopped : CommandError {
  Stopped(const std::string& message, int exit_status)
      : CommandError(message), status(exit_status) {}
  int status;
};

enum class Format { text, json, junit, sarif, markdown, tap, html, trace, svg };
const char* to_string(Format format);

struct Target {
  Format format = Format::text;
  std::string file;  // empty: stdout
};

enum class Color { automatic, always, never };
const char* to_string(Color color);

// One report or more, each to a different file; at most one to stdout.
struct ReportTo {
  std::vector<Target> targets = {{}};
  Color color = Color::automatic;  // of text on stdout, or on a terminal

  bool has_stdout() const;
  bool has(Format format) const;
  // Of a run's events, which must be recorded for it.
  bool has_picture() const { return has(Format::html) || has(Format::trace); }
};

class Output {
 public:
  // To `file`, or to stdout when it is empty. Throws UsageError if the file cannot be written. The
  // file keeps its contents until write().
  explicit Output(std::string file);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  // From now on whatever this process prints to stdout goes to stderr, except through write().
  void take_stdout();
  bool is_stdout() const { return file_.empty(); }
  bool is_terminal() const;
  // Lines of a terminal are made to fit it. Throws Failure; Unread for a pipe that nobody reads.
  void write(const std::string& text);
  // The same. A file has either the old text or the new one at any time, whatever ends the process.
  void replace(const std::string& text);

 private:
  std::string file_;
  int fd_;
};

// The same report in several formats, each written to its target.
class Outputs {
 public:
  // Opens them all; see Output.
  explicit Outputs(const ReportTo& to);

  void take_stdout();
  // Calls `make` for each target and writes the result; `color`: as --color has it; by itself, if
  // the target is a terminal that has colours, and NO_COLOR is not set. A target that fails does
  // not keep the others from being written; the first Failure is thrown at the end.
  void write(const std::function<std::string(Format, bool color)>& make);
  // Output::replace() of the targets of this format that are not stdout.
  void replace_files(Format format, const std::string& text);

 private:
  struct Open {
    Format format;
    std::unique_ptr<Output> output;
  };
  bool colored(const Output& output) const;

  std::vector<Open> outputs_;
  Color color_;
};

// A run's report in one of the formats that such reports have.
std::string report_in(Format format, const Summary& summary, const Options& options,
                      const ReportOptions& how);

// The text report of a run with its violations only, without its verdict.
std::string violations_text(const Summary& summary, const Options& options, ReportOptions how);

// The file for the event log, and what reports show of it. A forked process writes to the same
// files through its copy.
class EventsFile {
 public:
  // "-" is stdout, empty is no file. Throws UsageError.
  explicit EventsFile(const std::string& name = "", bool wants_timeline = false);
  ~EventsFile();
  EventsFile(const EventsFile&) = delete;
  EventsFile& operator=(const EventsFile&) = delete;

  // Once; a second call does nothing. Throws Failure. [any thread]
  void write(const EventLog& events) const;
  bool wanted() const { return fd_ >= 0 || timeline_fd_ >= 0; }
  // Those that are written to.
  std::vector<int> descriptors() const;
  // timeline_of() what was written; empty if nothing was, or if it was not wanted.
  std::string timeline() const;

 private:
  int fd_ = -1;
  int timeline_fd_ = -1;  // of a file in memory
  mutable std::atomic<bool> written_{false};
};

struct NamedFile {
  std::string as;  // what it is to the command: "--output", "the plugin"
  std::string file;
};
// Throws UsageError if a file would be written that the run also reads, or written twice. Files
// that are not regular, such as /dev/null, may be shared; so may "-" and empty names.
void require_distinct_files(const std::vector<NamedFile>& read,
                            const std::vector<NamedFile>& written);

using base::current_directory;

}  // namespace surisim::cli
