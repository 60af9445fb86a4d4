// Where events are written down: a buffer for each OS thread, merged when the log is read.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "surisim/event.hpp"

namespace surisim::engine {

// Bits of RawEvent::tv_bits.
enum TvBits : std::uint8_t {
  kPthreadSet = 1,
  kFunctionSet = 2,
  kPrintableNameSet = 4,
  kIfaceNameSet = 8,
  kInQueue = 16,
  kOutQueues = 32,
  kControlSet = 64,
};

// An event as its thread writes it: a cache line, as fetching memory is what recording costs most.
// Strings are interned: their memory outlives the recorder's users.
struct RawEvent {
  std::uint64_t clock = 0;
  const char* what = "";
  const char* detail = "";
  const char* tv_name = nullptr;  // nullptr: not about a thread
  std::int64_t value = 0;
  std::uint32_t lifecycle = 0;
  std::uint32_t tv_flags = 0;
  std::int32_t tv_id = 0;
  std::int32_t tv_slots = 0;
  EventKind kind = EventKind::enter;
  std::uint8_t storage = 0xff;  // StorageEnum, 0xff: none
  std::uint8_t tv_bits = 0;
  std::uint8_t tv_type = 0;
  bool has_flow = false;  // the next line of the log has the flow's fields
};
static_assert(sizeof(RawEvent) == 64);

// The same, read back.
struct LoggedEvent {
  RawEvent event;
  FlowFields flow;
};

// One OS thread's events. Its thread appends; anyone may read what has been published.
class ThreadLog {
 public:
  explicit ThreadLog(std::string os_name) : os_name_(std::move(os_name)) {}
  ~ThreadLog();
  ThreadLog(const ThreadLog&) = delete;
  ThreadLog& operator=(const ThreadLog&) = delete;

  const std::string& os_name() const { return os_name_; }
  // The next event, empty, to be filled in place; publish() shows it to readers. `flow`: where its
  // flow's fields go, which are made too; null: it has none. [its thread]
  RawEvent& next(FlowFields** flow = nullptr);
  void publish() noexcept { last_->used.store(pending_, std::memory_order_release); }
  void copy_to(std::vector<LoggedEvent>& out) const;

 private:
  union Line {
    RawEvent event;
    FlowFields flow;
  };
  struct Chunk {
    Line* lines = nullptr;
    std::size_t capacity = 0;
    std::atomic<std::size_t> used{0};
    std::atomic<Chunk*> next{nullptr};
  };
  static Line* allocate(std::size_t lines);
  void grow();

  std::string os_name_;
  std::atomic<Chunk*> first_{nullptr};
  Chunk* last_ = nullptr;
  std::size_t pending_ = 0;  // what publish() makes of last_->used
};

// All logs of a Runtime, and the strings they point to.
class Recorder {
 public:
  // A log for a new OS thread; lives as long as the recorder. [any thread]
  ThreadLog& add_log(std::string os_name);
  // A copy of `text` that lives as long as the recorder or any EventLog taken from it. [any thread]
  const char* intern(std::string_view text);
  // From now on nothing is written down: the simulated process has exited. [any thread]
  void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }
  bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }
  // Everything published so far, in the rebuilt order. [any thread]
  EventLog collect() const;

 private:
  struct Strings {
    std::mutex mutex;
    std::unordered_set<std::string> pool;
  };
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<ThreadLog>> logs_;
  std::shared_ptr<Strings> strings_ = std::make_shared<Strings>();
};

}  // namespace surisim::engine
