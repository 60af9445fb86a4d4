// Where events are written down: a buffer for each OS thread, merged when the log is read.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
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

// Bits of Subject::tv_bits.
enum TvBits : std::uint8_t {
  kPthreadSet = 1,
  kFunctionSet = 2,
  kPrintableNameSet = 4,
  kIfaceNameSet = 8,
  kInQueue = 16,
  kOutQueues = 32,
  kControlSet = 64,
};

// The ThreadVars that events are about, as it is then, and the lifecycle. A thread's events mostly
// are about one, and little about it changes: it is written down when it does.
struct Subject {
  const char* tv_name = nullptr;
  std::uint32_t lifecycle = 0;
  std::uint32_t tv_flags = 0;
  std::int32_t tv_id = 0;
  std::int32_t tv_slots = 0;
  std::uint8_t tv_bits = 0;
  std::uint8_t tv_type = 0;

  bool operator==(const Subject&) const = default;
};

// An event as its thread writes it: half a cache line, as fetching memory is what recording costs
// most. Strings are interned: their memory outlives the recorder's users.
struct RawEvent {
  static constexpr std::uint8_t kNoStorage = 15;
  enum Has : std::uint64_t {
    kThread = 1,
    kSubject = 2,  // what comes next in the log is its Subject, and that of later events
    kFlow = 4,     // what comes after that are its flow's fields
  };

  // One word, written as one: the clock in 48 bits, the kind in 8, StorageEnum or kNoStorage in 4.
  static std::uint64_t head_of(std::uint64_t clock, EventKind kind, std::uint8_t storage) noexcept {
    return clock << 16 | static_cast<std::uint64_t>(kind) << 8 | std::uint64_t{storage} << 4;
  }
  std::uint64_t clock() const noexcept { return head >> 16; }
  EventKind kind() const noexcept { return static_cast<EventKind>(head >> 8 & 0xff); }
  std::uint8_t storage() const noexcept { return static_cast<std::uint8_t>(head >> 4 & 0xf); }
  bool has(Has what_follows) const noexcept { return (head & what_follows) != 0; }

  std::uint64_t head;
  const char* what;
  const char* detail;
  std::int64_t value;
};

// The same, read back.
struct LoggedEvent {
  RawEvent event;
  Subject subject;
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
  // Appends an event: about the ThreadVars of `subject`, if its head has kThread, and about a flow,
  // if there are fields of one. Readers see it at once, whole. [its thread]
  void add(const RawEvent& event, const Subject& subject, const FlowFields* flow);
  // What the last event was about.
  const Subject& subject() const noexcept { return subject_; }
  void copy_to(std::vector<LoggedEvent>& out) const;

 private:
  struct alignas(32) Line {
    std::byte bytes[32];
  };
  static_assert(sizeof(RawEvent) == sizeof(Line) && sizeof(Subject) <= sizeof(Line));
  static constexpr std::size_t kFlowLines = 2;
  static_assert(sizeof(FlowFields) <= kFlowLines * sizeof(Line));
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
  Subject subject_;  // of the last event
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
