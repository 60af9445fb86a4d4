// A thread of the process with the plugin that does nothing, until the process is about to die.
#pragma once

#include <functional>
#include <thread>

#include "shared.hpp"

namespace surisim::cli {

// When the process crashes, hangs or exits, `tell` says what is known of the run, on this thread:
// the plugin's threads are in no state to. Nobody waits for it for long. Threads: made and
// destroyed by main, before a plugin is loaded and after the run.
class Witness {
 public:
  Witness(Shared& shared, std::function<void()> tell);
  ~Witness();
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

 private:
  void wait();

  Shared& shared_;
  std::function<void()> tell_;
  std::thread thread_;
};

// Asks the witness, if there is one. [signal-safe] in both processes
void ask_witness(Shared& shared) noexcept;
// Waits until it has told, or until it took too long. [signal-safe] on any thread but the witness
void wait_for_witness(Shared& shared) noexcept;

// The longest that a witness may take.
inline constexpr int kWitnessMs = 1500;

}  // namespace surisim::cli
