// surisim test: plays each scenario with a surisim run of its own, several at a time, and reports a
// test case for each.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "commands.hpp"
#include "sandbox/diagnosis.hpp"
#include "sandbox/interrupts.hpp"
#include "scenario_parsers.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

// The end of what is written to a pipe.
class Reader {
 public:
  explicit Reader(std::size_t most) : most_(most) {}
  Reader(Reader&& other) noexcept
      : most_(other.most_), fd_(std::exchange(other.fd_, -1)), text_(std::move(other.text_)) {}
  Reader& operator=(Reader&&) = delete;
  ~Reader() { close(); }

  // Returns the end to be written to.
  int open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw Failure("cannot start a run: {}", std::strerror(errno));
    fd_ = ends[0];
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    return ends[1];
  }
  int fd() const { return fd_; }
  const std::string& text() const { return text_; }
  // False at the end of the file.
  bool read() {
    char block[4096];
    for (;;) {
      const ssize_t n = ::read(fd_, block, sizeof block);
      if (n == 0) return false;
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno == EAGAIN;
      text_.append(block, static_cast<std::size_t>(n));
      if (text_.size() > 2 * most_) text_.erase(0, text_.size() - most_);
    }
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  std::size_t most_;  // bytes of the end that are kept, at least
  int fd_ = -1;
  std::string text_;
};

struct Running {
  std::size_t index;  // of the case
  pid_t pid = -1;
  Clock::time_point start = Clock::now();
  Reader report{std::size_t{256} << 20};
  Reader errors{std::size_t{64} << 10};
};

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  text.erase(0, text.rfind('\n') + 1);
  constexpr std::string_view kName = "surisim: ";
  if (text.starts_with(kName)) text.erase(0, kName.size());
  return text;
}

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

std::string violation_text(const json& violation) {
  std::string text = fmt::format("{} {}: {}", text_of(violation, "severity"),
                                 text_of(violation, "rule"), text_of(violation, "message"));
  for (const auto& [before, key] :
       {std::pair{"on ", "thread"}, {"in ", "callback"}, {"at ", "call_site"}, {"at ", "source"}}) {
    if (const std::string value = text_of(violation, key); !value.empty())
      text += fmt::format("\n  {}{}", before, value);
  }
  return text;
}

bool fails(const json& violation, Severity fail_on) {
  const std::string severity = text_of(violation, "severity");
  for (const Severity one : {Severity::note, Severity::warning, Severity::error})
    if (severity == to_string(one)) return one >= fail_on;
  return false;
}

// What a run's report and exit status say.
void judge(const Scenario& scenario, int status, const Running& run, ScenarioCase& result) {
  if (status == kClean) return;
  const json report = json::parse(run.report.text(), nullptr, false);
  if (!report.is_object()) {
    result.error = last_line(run.errors.text());
    if (result.error.empty())
      result.error = fmt::format("surisim run ended with status {}", status);
    return;
  }
  for (const json& unmet : report.at("scenario").at("unmet"))
    result.failures.push_back(fmt::format("{}:{}: {}", scenario.file,
                                          unmet.at("line").get<std::uint32_t>(),
                                          text_of(unmet, "message")));
  for (const json& violation : report.at("violations"))
    if (fails(violation, scenario.fail_on)) result.failures.push_back(violation_text(violation));
  const std::string stopped = text_of(report.at("lifecycle"), "stopped_by");
  if (status != kViolations || result.failures.empty())
    result.error =
        stopped.empty() ? fmt::format("surisim run ended with status {}", status) : stopped;
}

class Runner {
 public:
  Runner(const TestArguments& arguments, std::vector<Scenario> scenarios)
      : arguments_(arguments), scenarios_(std::move(scenarios)) {
    for (const Scenario& one : scenarios_)
      cases_.push_back({one.file, one.name, one.line, {}, "not played", 0});
  }

  // Plays all, unless a signal ends it. `report` gets each case once it and those before it are
  // over, in their order, with its index.
  using Report = std::function<void(std::size_t, const ScenarioCase&)>;
  void run(const Report& report);
  const std::vector<ScenarioCase>& cases() const { return cases_; }
  // The signal that has ended it; 0: none.
  int signal() const { return signal_; }

 private:
  std::vector<std::string> command(const Scenario& scenario) const;
  void start(std::size_t index);
  void wait();
  void finish(Running& run);
  void pass_interrupts_on();

  const TestArguments& arguments_;
  std::vector<Scenario> scenarios_;
  std::vector<ScenarioCase> cases_;
  sandbox::Interrupts interrupts_;
  std::vector<Running> running_;
  std::vector<bool> over_;  // by case
  int passed_on_ = 0;       // signals
  int signal_ = 0;
};

std::vector<std::string> Runner::command(const Scenario& scenario) const {
  std::vector<std::string> words = {"surisim", "run"};
  const auto& plugins = arguments_.plugins.empty() ? scenario.plugins : arguments_.plugins;
  words.insert(words.end(), plugins.begin(), plugins.end());
  words.insert(words.end(), {"--scenario=" + scenario.file, "--scenario-name=" + scenario.name,
                             "--format=json"});
  words.insert(words.end(), arguments_.run_options.begin(), arguments_.run_options.end());
  return words;
}

void Runner::start(std::size_t index) {
  Running& run = running_.emplace_back(Running{.index = index});
  std::vector<std::string> words = command(scenarios_[index]);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int out = run.report.open();
  const int err = run.errors.open();
  run.pid = ::fork();
  if (run.pid == 0) {
    ::setpgid(0, 0);  // a terminal's interrupt reaches it through this process alone
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    interrupts_.restore();
    if (const auto received = sandbox::Interrupts::received(); received.count > passed_on_)
      ::raise(received.last);  // it came since the fork
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(kFailed);
  }
  const int error = errno;
  ::close(out);
  ::close(err);
  if (run.pid < 0) {
    running_.pop_back();
    throw Failure("cannot start a run: {}", std::strerror(error));
  }
}

void Runner::finish(Running& run) {
  int raw = 0;
  while (::waitpid(run.pid, &raw, 0) < 0 && errno == EINTR) pass_interrupts_on();
  run.errors.read();
  const int status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  ScenarioCase& result = cases_[run.index];
  result.error.clear();
  result.seconds = std::chrono::duration<double>(Clock::now() - run.start).count();
  judge(scenarios_[run.index], status, run, result);
  over_[run.index] = true;
}

void Runner::pass_interrupts_on() {
  const auto received = sandbox::Interrupts::received();
  for (; passed_on_ < received.count; ++passed_on_) {
    signal_ = received.last;
    for (const Running& run : running_) ::kill(run.pid, received.last);
  }
}

// Until a run has ended, or a signal has come.
void Runner::wait() {
  std::vector<pollfd> all;
  for (const Running& run : running_) {
    all.push_back({run.report.fd(), POLLIN, 0});
    all.push_back({run.errors.fd(), POLLIN, 0});
  }
  constexpr int kMs = 200;  // a signal may have come just before
  if (::poll(all.data(), all.size(), kMs) > 0) {
    for (std::size_t i = running_.size(); i > 0; --i) {
      Running& run = running_[i - 1];
      if (all[2 * i - 1].revents != 0 && !run.errors.read()) run.errors.close();
      if (all[2 * i - 2].revents == 0 || run.report.read()) continue;
      finish(run);
      run.report.close();
    }
    std::vector<Running> rest;
    for (Running& run : running_)
      if (run.report.fd() >= 0) rest.push_back(std::move(run));
    running_ = std::move(rest);
  }
  pass_interrupts_on();
}

void Runner::run(const Report& report) {
  over_.assign(scenarios_.size(), false);
  std::size_t next = 0;
  std::size_t reported = 0;
  while (!running_.empty() || (signal_ == 0 && next < scenarios_.size())) {
    while (signal_ == 0 && next < scenarios_.size() && running_.size() < arguments_.jobs)
      start(next++);
    wait();
    for (; reported < over_.size() && over_[reported]; ++reported)
      report(reported, cases_[reported]);
  }
  for (; reported < cases_.size(); ++reported) report(reported, cases_[reported]);
}

std::vector<Scenario> read_all(const TestArguments& arguments) {
  std::vector<Scenario> all;
  for (const std::string& file : arguments.files) {
    for (Scenario& one : read_scenarios(file)) {
      if (arguments.plugins.empty() && one.plugins.empty())
        throw UsageError("{}:{}: expected a line with plugin and its file, or --plugin", file,
                         one.line);
      require_playable(one, arguments.plugins.empty() ? one.plugins : arguments.plugins,
                       one.options);
      all.push_back(std::move(one));
    }
  }
  require_plugins(arguments.plugins);
  for (const Scenario& one : all)
    if (arguments.plugins.empty()) require_plugins(one.plugins);
  return all;
}

}  // namespace

int execute(const TestArguments& arguments) {
  Runner runner(arguments, read_all(arguments));
  Output output(arguments.to.file);
  std::string report;
  // A file keeps its contents until the report is complete.
  const bool at_once = output.is_stdout() && arguments.to.format == Format::tap;
  const auto say = [&](const std::string& text) {
    if (at_once) {
      output.write(text);
    } else {
      report += text;
    }
  };
  if (arguments.to.format == Format::junit) {
    runner.run([](std::size_t, const ScenarioCase&) {});
    report = scenarios_junit(runner.cases());
  } else {
    say(scenarios_tap_begin(runner.cases().size()));
    runner.run(
        [&](std::size_t index, const ScenarioCase& one) { say(scenario_tap(index + 1, one)); });
    if (runner.signal() != 0)
      say("Bail out! interrupted by " + sandbox::signal_text(runner.signal()) + "\n");
  }
  if (!at_once) output.write(report);
  if (runner.signal() != 0) return 128 + runner.signal();
  const bool passed =
      std::all_of(runner.cases().begin(), runner.cases().end(),
                  [](const auto& one) { return one.failures.empty() && one.error.empty(); });
  return passed ? kClean : kViolations;
}

}  // namespace surisim::cli
