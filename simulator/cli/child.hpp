// The plugin in a process of its own: a parent that watches it, and can say what it did last.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shared.hpp"
#include "surisim/violation.hpp"

namespace surisim::cli {

// What the child tells the parent: the last frame counts.
class Frames {
 public:
  explicit Frames(int fd) : fd_(fd) {}
  void send(const std::string& frame) const;

 private:
  int fd_;
};

struct ChildResult {
  std::string frame;                // the last whole one that came; empty: none
  std::optional<Violation> ending;  // how the plugin ended the run: crash, hang, exit
};

// Runs `body` in a child process, its stdout sent to stderr, and waits for it. A callback, or a
// phase without progress, that takes longer than the time limit ends it (0: no limit). SIGINT and
// SIGTERM are passed on once; the second one kills. Throws Failure when the child could not be made
// or was killed from outside, and when the body threw.
ChildResult run_in_child(std::uint64_t timeout_seconds,
                         const std::function<void(Shared&, const Frames&)>& body);

}  // namespace surisim::cli
