// Explores in this process, or with --jobs in several, which report through pipes and count in
// shared memory.
#include "exploration.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/crash_handlers.hpp"
#include "sandbox/interrupts.hpp"
#include "sandbox/sandbox.hpp"
#include "schedule_runner.hpp"

namespace surisim::cli {
namespace {

constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

// Shared by the processes and the command.
struct Board {
  std::atomic<std::uint64_t> lowest;  // number of a schedule with a finding that fails
  struct Row {
    std::atomic<std::uint64_t> run;
    std::atomic<std::uint64_t> orders;
    std::atomic<std::uint64_t> findings;
  };
  std::array<Row, kMostJobs> rows;
};

// The exploration before its first schedule.
Explored unexplored(const ExploreArguments& arguments) {
  Explored explored;
  explored.options = arguments.run.options;
  explored.how = arguments.run.report;
  explored.how.suppressed.clear();
  explored.how.directory = current_directory();
  explored.config = config_of(explored.options, explored.how, arguments.which);
  explored.shard = arguments.which.shard;
  explored.shards = arguments.which.shards;
  return explored;
}

Explored explored_by(const ExploreArguments& arguments, ChildRunner& runner,
                     const std::function<void(const Exploration&)>& progress) {
  Explored explored = unexplored(arguments);
  explored.found = explore_schedules(arguments.which, runner, progress);
  explored.status_if_stopped = explored.found.stopped ? runner.status_if_stopped() : 0;
  if (!explored.found.diverged.empty()) throw Failure(explored.found.diverged);
  return explored;
}

ExploreCounts counts_of(const Exploration& found) {
  return {found.run, found.orders.size(), found.findings.size()};
}

// The first character of a process's report says what follows.
constexpr char kReport = 'r';
constexpr char kUsageError = 'u';
constexpr char kFailure = 'f';
constexpr char kStopped = 's';

// In the process: explores its share, and returns its report.
std::string share_of(const ExploreArguments& arguments, Board& board, std::size_t job) {
  ExploreArguments mine = arguments;
  ExploreOptions& which = mine.which;
  which.shard = arguments.which.shard + job * arguments.which.shards;
  which.shards = arguments.which.shards * arguments.jobs;
  if (which.stop_on_first) {
    which.keep_each = true;
    which.last_wanted = [&board] { return board.lowest.load(); };
  }
  try {
    ChildRunner runner(mine.run);
    Explored explored = explored_by(mine, runner, [&](const Exploration& found) {
      Board::Row& row = board.rows[job];
      row.run = found.run;
      row.orders = found.orders.size();
      row.findings = found.findings.size();
      std::uint64_t lowest = board.lowest;
      const Finding* const first = first_finding(found, which.fail_on);
      while (first != nullptr && first->number < lowest &&
             !board.lowest.compare_exchange_weak(lowest, first->number)) {
      }
    });
    return kReport + std::to_string(explored.status_if_stopped) + " " + explore_json(explored);
  } catch (const UsageError& error) {
    return std::string(1, kUsageError) + error.what();
  } catch (const Stopped& stopped) {
    return kStopped + std::to_string(stopped.status) + " " + stopped.what();
  } catch (const std::exception& error) {
    return std::string(1, kFailure) + error.what();
  }
}

struct Job {
  pid_t pid = -1;
  int fd = -1;  // to read from; -1: it has ended
  std::string report;
};

class Jobs {
 public:
  explicit Jobs(const ExploreArguments& arguments) : arguments_(arguments) {
    board_->lowest = kNone;
    for (std::size_t i = 0; i < arguments.jobs; ++i) start(i);
  }
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;
  ~Jobs() {
    for (const Job& job : jobs_) {
      if (job.fd < 0) continue;
      ::kill(job.pid, SIGTERM);
      ::close(job.fd);
      ::waitpid(job.pid, nullptr, 0);
    }
  }

  // Waits until all have ended, and returns their reports.
  std::vector<std::string> wait(const std::function<void(const ExploreCounts&)>& progress) {
    while (read_some()) {
      ExploreCounts sum;
      for (std::size_t i = 0; i < jobs_.size(); ++i) {
        sum.run += board_->rows[i].run;
        sum.orders += board_->rows[i].orders;
        sum.findings += board_->rows[i].findings;
      }
      progress(sum);
    }
    std::vector<std::string> all;
    for (Job& job : jobs_) all.push_back(std::move(job.report));
    return all;
  }

 private:
  void start(std::size_t index) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw Failure("cannot start a job: {}", std::strerror(errno));
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setpgid(0, 0);  // the command forwards a terminal's signals
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      (void)write_all(ends[1], share_of(arguments_, *board_, index));
      sandbox::end_process(kClean);
    }
    ::close(ends[1]);
    if (pid < 0) {
      ::close(ends[0]);
      throw Failure("cannot start a job: {}", std::strerror(errno));
    }
    jobs_.push_back({pid, ends[0], ""});
  }

  // False: all have ended.
  bool read_some() {
    std::vector<pollfd> all;
    for (const Job& job : jobs_) all.push_back({job.fd, POLLIN, 0});
    constexpr int kMs = 100;
    (void)::poll(all.data(), all.size(), kMs);
    forward_interrupts();
    bool any = false;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      Job& job = jobs_[i];
      if (all[i].revents != 0) read(job);
      any |= job.fd >= 0;
    }
    return any;
  }

  static void read(Job& job) {
    char block[65536];
    const ssize_t n = ::read(job.fd, block, sizeof block);
    if (n > 0) job.report.append(block, static_cast<std::size_t>(n));
    if (n != 0) return;
    ::close(job.fd);
    job.fd = -1;
    ::waitpid(job.pid, nullptr, 0);
  }

  void forward_interrupts() {
    const auto received = sandbox::Interrupts::received();
    for (; forwarded_ < received.count; ++forwarded_)
      for (const Job& job : jobs_)
        if (job.fd >= 0) ::kill(job.pid, received.last);
  }

  const ExploreArguments& arguments_;
  const sandbox::Interrupts interrupts_;
  sandbox::Shared<Board> board_;
  std::vector<Job> jobs_;
  int forwarded_ = 0;  // signals
};

// Parses "s3 TEXT".
std::pair<int, std::string> status_and_text(const std::string& report) {
  const std::size_t space = report.find(' ');
  return {std::stoi(report.substr(1, space)), report.substr(space + 1)};
}

}  // namespace

Explored explore_here(const ExploreArguments& arguments,
                      const std::function<void(const ExploreCounts&)>& progress) {
  ChildRunner runner(arguments.run);
  return explored_by(arguments, runner,
                     [&progress](const Exploration& found) { progress(counts_of(found)); });
}

Explored explore_in_jobs(const ExploreArguments& arguments,
                         const std::function<void(const ExploreCounts&)>& progress) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<Exploration> shares;
  int status = 0;
  std::string stopped;
  for (const std::string& report : Jobs(arguments).wait(progress)) {
    if (report.empty()) throw Failure("a job ended without a result");
    if (report[0] == kUsageError) throw UsageError("{}", report.substr(1));
    if (report[0] == kFailure) throw Failure("{}", report.substr(1));
    auto [its_status, text] = status_and_text(report);
    if (its_status != 0) status = its_status;
    if (report[0] == kStopped)
      stopped = text;
    else
      shares.push_back(parse_explore_json("a job", text).found);
  }
  if (shares.empty()) throw Stopped(stopped, status);
  Explored all = unexplored(arguments);
  all.found = merged(std::move(shares));
  if (arguments.which.stop_on_first)
    all.found = up_to_first_finding(std::move(all.found), arguments.which.fail_on);
  all.found.each.clear();
  all.found.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  all.status_if_stopped = status;
  return all;
}

}  // namespace surisim::cli
