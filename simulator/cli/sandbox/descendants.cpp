// Finds descendants in /proc.
#include "sandbox/descendants.hpp"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

namespace surisim::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Process {
  pid_t pid;
  pid_t parent;
};

// "STATE PPID …" of /proc/PID/stat, which begins with "PID (NAME) ", where the name may hold
// anything. Empty: the process is gone.
std::string stat_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos || line.size() < name_end + 5) return "";
  return line.substr(name_end + 2);
}

pid_t parent_of(const std::string& pid) {
  const std::string stat = stat_of(pid);
  return stat.empty() ? 0 : static_cast<pid_t>(std::strtol(stat.c_str() + 2, nullptr, 10));
}

std::vector<Process> all_processes() {
  struct Close {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  std::vector<Process> all;
  const std::unique_ptr<DIR, Close> proc(::opendir("/proc"));
  if (proc == nullptr) return all;
  while (const dirent* entry = ::readdir(proc.get())) {
    const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid <= 0) continue;
    if (const pid_t parent = parent_of(entry->d_name); parent > 0) all.push_back({pid, parent});
  }
  return all;
}

bool contains(const std::vector<pid_t>& pids, pid_t pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

// Of this process, without `except` and theirs.
std::vector<pid_t> descendants(const std::vector<pid_t>& except) {
  const std::vector<Process> all = all_processes();
  std::vector<pid_t> found = {::getpid()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const Process& process : all)
      if (process.parent == found[i] && !contains(except, process.pid) &&
          !contains(found, process.pid))
        found.push_back(process.pid);
  }
  found.erase(found.begin());
  return found;
}

}  // namespace

Descendants::Descendants() : there_before_(descendants({})) {
  ::prctl(PR_GET_CHILD_SUBREAPER, &subreaper_before_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Descendants::~Descendants() { ::prctl(PR_SET_CHILD_SUBREAPER, subreaper_before_); }

void Descendants::kill_all() const {
  const Clock::time_point end = Clock::now() + 1s;
  // Each round may find children of those that the last one killed.
  while (Clock::now() < end) {
    if (there_before_.empty() && ::waitpid(-1, nullptr, WNOHANG | __WALL) < 0 && errno == ECHILD)
      break;
    const std::vector<pid_t> left = descendants(there_before_);
    if (left.empty()) break;
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    for (const pid_t pid : left) ::waitpid(pid, nullptr, WNOHANG | __WALL);
    std::this_thread::sleep_for(1ms);
  }
}

bool is_descendant(pid_t pid) {
  while (pid > 1) {
    pid = parent_of(std::to_string(pid));
    if (pid == ::getpid()) return true;
  }
  return false;
}

char state_of(pid_t pid) {
  const std::string stat = stat_of(std::to_string(pid));
  return stat.empty() ? '\0' : stat.front();
}

}  // namespace surisim::sandbox
