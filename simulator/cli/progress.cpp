#include "progress.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace surisim::cli {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

void to_stderr(const std::string& text) {
  // A terminal that is gone is no reason to stop.
  [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Progress::Progress(const Runtime& runtime, bool draw, std::atomic<std::uint64_t>* beat)
    : runtime_(runtime),
      draw_(draw),
      total_(runtime.options().traffic.flows * runtime.options().lifecycles),
      beat_(beat),
      thread_([this] { watch(); }) {
  ::pthread_setname_np(thread_.native_handle(), "surisim progress");
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (drawn_) to_stderr("\r\x1b[K");
}

void Progress::watch() {
  const Clock::time_point start = Clock::now();
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, 200ms, [this] { return done_; })) {
    const Runtime::Progress now = runtime_.progress();
    if (beat_ != nullptr) *beat_ = now.packets + now.flows;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    // Most runs are over before a bar could be read.
    if (draw_ && seconds > 0.5) draw_bar(now.flows, now.packets, seconds);
  }
}

void Progress::draw_bar(std::uint64_t flows, std::uint64_t packets, double seconds) {
  constexpr std::uint64_t kWidth = 30;
  const std::uint64_t whole = std::max<std::uint64_t>(total_, 1);
  const std::uint64_t filled = kWidth * std::min(flows, whole) / whole;
  std::string bar;
  for (std::uint64_t i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
  to_stderr(fmt::format("\r{} {:3d} %  {:.1f} M packets, {:.1f} M/s\x1b[K", bar,
                        100 * std::min(flows, whole) / whole, static_cast<double>(packets) / 1e6,
                        static_cast<double>(packets) / 1e6 / seconds));
  drawn_ = true;
}

}  // namespace surisim::cli
