// The command's output: exit statuses, errors, reports on stdout or in files, and the event log.
//
// When:    files are opened before the run, to find a bad name early, and written after it.
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
#include <string_view>
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
  kTimeLimit = 124  // the run took longer than --time-limit; as timeout(1)
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

// The run or its report could not be completed, and it is not the plugin's fault (kFailed).
struct Failure : CommandError {
  using CommandError::CommandError;
};

// The reader of stdout has closed the pipe, as `| head` does: no message is printed.
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
  // Whether a report needs the run's events.
  bool has_picture() const { return has(Format::html) || has(Format::trace); }
};

class Output {
 public:
  // Opens `file`; empty: stdout. Throws UsageError if it cannot be written. The file keeps its
  // contents until write().
  explicit Output(std::string file);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  // From now on all that this process prints to stdout goes to stderr, except through write().
  void take_stdout();
  bool is_stdout() const { return file_.empty(); }
  bool is_terminal() const;
  // Wraps lines for a terminal. Throws Failure; Unread for a closed pipe.
  void write(const std::string& text);
  // As write(), but a file is replaced atomically.
  void replace(const std::string& text);

 private:
  std::string file_;
  int fd_;
};

// The same report in several formats, each written to its target.
class Outputs {
 public:
  // Opens all targets, as Output does.
  explicit Outputs(const ReportTo& to);

  void take_stdout();
  // Calls `make` for each target, and writes the result. `color`: by --color; for auto, if the
  // target is a terminal with colours and NO_COLOR is not set. Writes all targets, even if some
  // fail, and then throws the first Failure.
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

// The report of a run.
std::string report_in(Format format, const Summary& summary, const Options& options,
                      const ReportOptions& how);

// The text report of a run, only its violations, without its verdict.
std::string violations_text(const Summary& summary, const Options& options, ReportOptions how);
// The same of one violation, of a run with these plugins.
std::string violation_text(const Violation& violation, const std::vector<PluginInfo>& plugins,
                           const Options& options, ReportOptions how);

// The file for the event log, and the timeline for reports. A forked process writes to the same
// files.
class EventsFile {
 public:
  // "-" is stdout, empty is no file. Throws UsageError.
  explicit EventsFile(const std::string& name = "", bool wants_timeline = false);
  ~EventsFile();
  EventsFile(const EventsFile&) = delete;
  EventsFile& operator=(const EventsFile&) = delete;

  // A second call has no effect. Throws Failure. [any thread]
  void write(const EventLog& events) const;
  bool wanted() const { return fd_ >= 0 || timeline_fd_ >= 0; }
  std::vector<int> descriptors() const;
  // timeline_of() the events that were written; empty: none were, or it was not wanted.
  std::string timeline() const;

 private:
  int fd_ = -1;
  int timeline_fd_ = -1;  // a memfd
  mutable std::atomic<bool> written_{false};
};

// Writes all of it. Returns 0 or an errno.
int write_all(int descriptor, const std::string& text);

// For XML and HTML: escapes <, >, & and ".
std::string markup_escaped(std::string_view text);

struct NamedFile {
  std::string as;  // its role: "--output", "the plugin"
  std::string file;
};
// Throws UsageError if a file is both read and written, or written twice. Ignores "-", empty names,
// and files that are not regular, such as /dev/null.
void require_distinct_files(const std::vector<NamedFile>& read,
                            const std::vector<NamedFile>& written);

using base::current_directory;

}  // namespace surisim::cli
