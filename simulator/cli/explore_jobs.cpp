// Processes, the pipes through which they report, and the memory in which they count.
#include "explore_jobs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
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
#include "schedule_runner.hpp"

namespace surisim::cli {
namespace {

constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

// What the processes tell each other and the command while they run.
struct Board {
  std::atomic<std::uint64_t> lowest;  // number of a schedule with a finding
  struct Row {
    std::atomic<std::uint64_t> run;
    std::atomic<std::uint64_t> orders;
    std::atomic<std::uint64_t> findings;
  };
  std::array<Row, kMostJobs> rows;
};

class SharedBoard {
 public:
  SharedBoard() {
    void* const at =
        ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw Failure("no memory to share among jobs");
    board_ = static_cast<Board*>(at);
    board_->lowest = kNone;
  }
  SharedBoard(const SharedBoard&) = delete;
  SharedBoard& operator=(const SharedBoard&) = delete;
  ~SharedBoard() { ::munmap(board_, sizeof(Board)); }
  Board& operator*() const { return *board_; }
  Board* operator->() const { return board_; }

 private:
  Board* board_;
};

// An exploration with these arguments, before it has begun.
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

Explored explored_by(const ExploreArguments& arguments, InChildren& runner,
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

// The first character of what a process says tells what follows.
constexpr char kReport = 'r';
constexpr char kUsageError = 'u';
constexpr char kFailure = 'f';
constexpr char kStopped = 's';

// In the process: its share, as text.
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
    InChildren runner(mine.run);
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

void say_all(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t n = ::write(fd, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    at += static_cast<std::size_t>(n);
  }
}

struct Job {
  pid_t pid = -1;
  int fd = -1;  // it is read from; -1: it has ended
  std::string said;
};

class Jobs {
 public:
  explicit Jobs(const ExploreArguments& arguments) : arguments_(arguments) {
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

  // What they have said, once all have ended.
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
    for (Job& job : jobs_) all.push_back(std::move(job.said));
    return all;
  }

 private:
  void start(std::size_t index) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw Failure("cannot start a job: {}", std::strerror(errno));
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setpgid(0, 0);  // a terminal's interrupt reaches it through the command alone
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      say_all(ends[1], share_of(arguments_, *board_, index));
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
    pass_interrupts_on();
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
    if (n > 0) job.said.append(block, static_cast<std::size_t>(n));
    if (n != 0) return;
    ::close(job.fd);
    job.fd = -1;
    ::waitpid(job.pid, nullptr, 0);
  }

  void pass_interrupts_on() {
    const auto received = sandbox::Interrupts::received();
    for (; passed_on_ < received.count; ++passed_on_)
      for (const Job& job : jobs_)
        if (job.fd >= 0) ::kill(job.pid, received.last);
  }

  const ExploreArguments& arguments_;
  const sandbox::Interrupts interrupts_;
  SharedBoard board_;
  std::vector<Job> jobs_;
  int passed_on_ = 0;  // signals
};

// "3 text".
std::pair<int, std::string> status_and_text(const std::string& said) {
  const std::size_t space = said.find(' ');
  return {std::stoi(said.substr(1, space)), said.substr(space + 1)};
}

}  // namespace

Explored explore_here(const ExploreArguments& arguments,
                      const std::function<void(const ExploreCounts&)>& progress) {
  InChildren runner(arguments.run);
  return explored_by(arguments, runner,
                     [&progress](const Exploration& found) { progress(counts_of(found)); });
}

Explored explore_in_jobs(const ExploreArguments& arguments,
                         const std::function<void(const ExploreCounts&)>& progress) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<Exploration> shares;
  int status = 0;
  std::string stopped;
  for (const std::string& said : Jobs(arguments).wait(progress)) {
    if (said.empty()) throw Failure("a job ended without a result");
    if (said[0] == kUsageError) throw UsageError("{}", said.substr(1));
    if (said[0] == kFailure) throw Failure("{}", said.substr(1));
    auto [its_status, text] = status_and_text(said);
    if (its_status != 0) status = its_status;
    if (said[0] == kStopped)
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
