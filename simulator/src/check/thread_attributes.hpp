// What a thread has that a plugin can change, and threads inherit: name, processors, signal mask.
//
// When:    at any time.
// Owner:   the caller.
// Threads: any, about itself.
#pragma once

#include <sched.h>
#include <signal.h>

#include <array>
#include <string>
#include <vector>

namespace surisim::check {

struct ThreadAttributes {
  std::array<char, 16> name{};
  cpu_set_t processors{};  // that it may run on
  sigset_t blocked{};

  static ThreadAttributes of_this_thread();
  // What differs, in words: `name (now "x")`, "CPU affinity".
  std::vector<std::string> changes_to(const ThreadAttributes& now) const;
};

}  // namespace surisim::check
