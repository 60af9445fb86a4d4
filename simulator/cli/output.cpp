// Implements output.hpp. Files are truncated only when they are written.
#include "output.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "surisim/options.hpp"
#include "terminal.hpp"

namespace surisim::cli {
namespace {

namespace fs = std::filesystem;

// The canonical path; empty for stdout and for files that are not regular.
fs::path canonical(const std::string& file) {
  if (file.empty() || file == "-") return {};
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) return {};
  return fs::weakly_canonical(fs::absolute(file, ignored), ignored);
}

}  // namespace

int write_all(int descriptor, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t n = ::write(descriptor, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    at += static_cast<std::size_t>(n);
  }
  return 0;
}

std::string markup_escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '&'   ? "&amp;"
           : c == '<' ? "&lt;"
           : c == '>' ? "&gt;"
           : c == '"' ? "&quot;"
                      : std::string(1, c);
  return out;
}

const char* to_string(Format format) {
  constexpr const char* kNames[] = {"text", "json", "junit", "sarif", "markdown",
                                    "tap",  "html", "trace", "svg"};
  return kNames[static_cast<std::size_t>(format)];
}

const char* to_string(Color color) {
  constexpr const char* kNames[] = {"auto", "always", "never"};
  return kNames[static_cast<std::size_t>(color)];
}

bool ReportTo::has_stdout() const {
  return std::any_of(targets.begin(), targets.end(),
                     [](const Target& target) { return target.file.empty(); });
}

bool ReportTo::has(Format format) const {
  return std::any_of(targets.begin(), targets.end(),
                     [format](const Target& target) { return target.format == format; });
}

Output::Output(std::string file) : file_(std::move(file)), fd_(STDOUT_FILENO) {
  if (file_.empty()) return;
  fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd_ < 0) throw UsageError("{}: cannot be written: {}", file_, std::strerror(errno));
}

Output::~Output() {
  if (fd_ != STDOUT_FILENO) ::close(fd_);
}

void Output::take_stdout() {
  std::fflush(stdout);
  if (fd_ == STDOUT_FILENO) fd_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
}

bool Output::is_terminal() const { return ::isatty(fd_) != 0; }

void Output::write(const std::string& text) {
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  int error = 0;
  if (!file_.empty() && ::ftruncate(fd_, 0) != 0 && errno != EINVAL) error = errno;
  if (!file_.empty()) (void)::lseek(fd_, 0, SEEK_SET);  // fails for a pipe
  if (error == 0) error = write_all(fd_, is_terminal() ? fitted(text, columns_of(fd_)) : text);
  ::sigaction(SIGPIPE, &before, nullptr);
  if (error == EPIPE && file_.empty()) throw Unread("nobody reads stdout");
  if (error != 0)
    throw Failure("the report cannot be written to {}: {}", file_.empty() ? "stdout" : file_,
                  std::strerror(error));
}

void Output::replace(const std::string& text) {
  struct stat now {};
  if (file_.empty() || ::fstat(fd_, &now) != 0 || !S_ISREG(now.st_mode)) return write(text);
  const std::string name = file_ + ".new";
  const int next =
      ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, now.st_mode & 0777);
  if (next < 0) return write(text);  // no permission to create files in the directory
  const bool whole = write_all(next, text) == 0 && ::rename(name.c_str(), file_.c_str()) == 0;
  if (!whole) {
    ::close(next);
    ::unlink(name.c_str());
    return write(text);
  }
  ::close(std::exchange(fd_, next));
}

bool Outputs::colored(const Output& output) const {
  if (color_ != Color::automatic) return color_ == Color::always && output.is_stdout();
  const auto variable = [](const char* name) {
    const char* const text = std::getenv(name);
    return std::string(text == nullptr ? "" : text);
  };
  return output.is_terminal() && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

Outputs::Outputs(const ReportTo& to) : color_(to.color) {
  for (const Target& target : to.targets)
    outputs_.push_back({target.format, std::make_unique<Output>(target.file)});
}

void Outputs::take_stdout() {
  for (const Open& open : outputs_)
    if (open.output->is_stdout()) return open.output->take_stdout();
  Output("").take_stdout();
}

void Outputs::write(const std::function<std::string(Format, bool)>& make) {
  std::exception_ptr failure;
  for (const Open& open : outputs_) {
    try {
      open.output->write(make(open.format, colored(*open.output)));
    } catch (const Failure&) {
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void Outputs::replace_files(Format format, const std::string& text) {
  for (const Open& open : outputs_)
    if (open.format == format && !open.output->is_stdout()) open.output->replace(text);
}

std::string report_in(Format format, const Summary& summary, const Options& options,
                      const ReportOptions& how) {
  if (format == Format::json) return json_report(summary, options, how);
  if (format == Format::junit) return junit_report(summary, options, how);
  if (format == Format::sarif) return sarif_report(summary, options, how);
  if (format == Format::html) return html_report(summary, options, how);
  if (format == Format::trace) return trace_report(summary, how);
  return text_report(summary, options, how);
}

std::string violations_text(const Summary& summary, const Options& options, ReportOptions how) {
  how.quiet = true;
  std::string text = text_report(summary, options, how);
  if (text.size() > 1) text.erase(text.rfind('\n', text.size() - 2) + 1);
  return text;
}

std::string violation_text(const Violation& violation, const std::vector<PluginInfo>& plugins,
                           const Options& options, ReportOptions how) {
  Summary one;
  one.plugins = plugins;
  one.violations.push_back(violation);
  how.suppressed.clear();
  how.reproduce.clear();
  std::string text = violations_text(one, options, std::move(how));
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

EventsFile::EventsFile(const std::string& name, bool wants_timeline) {
  if (!name.empty()) {
    fd_ = name == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                      : ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd_ < 0) throw UsageError("{}: cannot be written: {}", name, std::strerror(errno));
  }
  if (!wants_timeline) return;
  timeline_fd_ = ::memfd_create("surisim timeline", MFD_CLOEXEC);
  if (timeline_fd_ < 0)
    throw Failure("no memory for the timeline of the report: {}", std::strerror(errno));
}

EventsFile::~EventsFile() {
  for (const int descriptor : descriptors()) ::close(descriptor);
}

std::vector<int> EventsFile::descriptors() const {
  std::vector<int> all;
  for (const int descriptor : {fd_, timeline_fd_})
    if (descriptor >= 0) all.push_back(descriptor);
  return all;
}

std::string EventsFile::timeline() const {
  const off_t size = timeline_fd_ < 0 ? 0 : ::lseek(timeline_fd_, 0, SEEK_END);
  std::string text(static_cast<std::size_t>(std::max<off_t>(size, 0)), '\0');
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t n =
        ::pread(timeline_fd_, text.data() + at, text.size() - at, static_cast<off_t>(at));
    if (n <= 0) break;
    at += static_cast<std::size_t>(n);
  }
  text.resize(at);
  return text;
}

void EventsFile::write(const EventLog& events) const {
  if (!wanted() || written_.exchange(true)) return;
  const auto put = [](int descriptor, const std::string& text) {
    if (const int error = write_all(descriptor, text); error != 0)
      throw Failure("the events cannot be written: {}", std::strerror(error));
  };
  if (timeline_fd_ >= 0) put(timeline_fd_, timeline_of(events, kTimelineEvents));
  if (fd_ < 0) return;
  std::string lines;
  for (const Event& event : events) {
    lines += to_json_line(event) + "\n";
    if (lines.size() <= (std::size_t{1} << 16)) continue;
    put(fd_, lines);  // in parts, as the process may be killed soon
    lines.clear();
  }
  put(fd_, lines);
}

void require_distinct_files(const std::vector<NamedFile>& read,
                            const std::vector<NamedFile>& written) {
  std::map<fs::path, std::string> taken;
  for (const auto& [as, file] : read)
    if (const fs::path path = canonical(file); !path.empty()) taken.emplace(path, as);
  for (const auto& [as, file] : written) {
    const fs::path path = canonical(file);
    if (path.empty()) continue;
    const auto [other, is_new] = taken.emplace(path, as);
    if (!is_new)
      throw UsageError("{}: {} is {} too; expected another file", as, file, other->second);
  }
}

}  // namespace surisim::cli
