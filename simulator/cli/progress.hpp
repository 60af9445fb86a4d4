// A progress bar for a person at a terminal.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "surisim/runtime.hpp"

namespace surisim::cli {

// Looks at a Runtime a few times a second, from a thread of its own, until destroyed. Draws on
// stderr when `draw`; counts up `beat`, when there is one, so that a watching process sees traffic
// move.
class Progress {
 public:
  Progress(const Runtime& runtime, bool draw, std::atomic<std::uint64_t>* beat);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

 private:
  void watch();
  void draw_bar(std::uint64_t flows, std::uint64_t packets, double seconds);

  const Runtime& runtime_;
  const bool draw_;
  const std::uint64_t total_;
  std::atomic<std::uint64_t>* beat_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  bool drawn_ = false;
  std::thread thread_;
};

}  // namespace surisim::cli
