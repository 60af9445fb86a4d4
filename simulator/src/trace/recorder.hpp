// Records events in a buffer for each OS thread, and merges the buffers when the log is read.
//
// When:    from the start of a Runtime to its end.
// Owner:   the Recorder owns the logs; an EventLog taken from it shares the strings.
// Threads: a ThreadLog is written by its own thread and read by any; a Recorder is for any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/mutex.hpp"
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

// The state of the ThreadVars that an event is about, and the lifecycle. It rarely changes from one
// event of a thread to the next, so it is only recorded when it does.
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

// An event as its thread records it. Its strings are interned, or literals.
struct RawEvent {
  static constexpr std::uint8_t kNoStorage = 7;

  EventKind kind = EventKind::enter;
  std::uint8_t storage = kNoStorage;  // StorageEnum, or kNoStorage
  bool has_thread = false;
  bool has_flow = false;
  std::uint64_t clock = 0;
  const char* what = "";
  const char* detail = "";
  std::int64_t value = 0;
};

// An event as it is read back.
struct LoggedEvent {
  RawEvent event;
  Subject subject;
  FlowFields flow;
};

// One OS thread's events. Its thread appends; any thread may read what has been published.
//
// An event takes one word, and further words only for what differs from the event before it: most
// of the cost of recording is in touching new memory. The clock is such a word: while the thread
// receives nothing from another thread, each clock is the last one plus 1, so one word covers a
// batch of events.
class ThreadLog {
 public:
  explicit ThreadLog(std::string os_name) : os_name_(std::move(os_name)) {}
  ~ThreadLog();
  ThreadLog(const ThreadLog&) = delete;
  ThreadLog& operator=(const ThreadLog&) = delete;

  const std::string& os_name() const { return os_name_; }
  // Appends an event. `subject` is the thread that it is about; without has_thread only its
  // lifecycle is used. `flow` is used with has_flow. Readers see the whole event at once. [owner]
  void add(const RawEvent& event, const Subject& subject, const FlowFields& flow);
  // True if there is room for an event of any size. [owner]
  bool has_room() const noexcept { return next_ < limit_; }
  // Appends an event without a flow and with the last event's subject. Needs has_room(). [owner]
  void add(const RawEvent& event) noexcept {
    write(event, event.has_thread ? Word{kThread} : 0);
    publish();
  }
  // The last event's subject.
  const Subject& subject() const noexcept { return subject_; }
  void copy_to(std::vector<LoggedEvent>& out) const;

 private:
  using Word = std::uint64_t;
  // An event's first word: `what` in the lower 48 bits, which hold any address of a process, above
  // them the kind in 6 bits, the storage in 3, and flags for the words that follow, in this order.
  enum Has : Word {
    kClock = Word{1} << 57,  // not the last one plus 1
    kDetail = Word{1} << 58,
    kValue = Word{1} << 59,
    kSubject = Word{1} << 60,  // of this event and later ones
    kFlow = Word{1} << 61,
    kThread = Word{1} << 62,  // no word: the event is about the subject
  };
  static constexpr int kKindAt = 48;
  static constexpr int kStorageAt = 54;
  static constexpr Word kKindMask = 63;
  static constexpr Word kStorageMask = 7;
  static constexpr Word kWhatMask = (Word{1} << kKindAt) - 1;
  static constexpr std::size_t kSubjectWords = sizeof(Subject) / sizeof(Word);
  static constexpr std::size_t kFlowWords = sizeof(FlowFields) / sizeof(Word);
  static constexpr std::size_t kMostWords = 4 + kSubjectWords + kFlowWords;

  struct Chunk {
    Word* words = nullptr;
    std::size_t capacity = 0;
    std::atomic<Word*> end{nullptr};  // of the published events
    std::atomic<Chunk*> next{nullptr};
  };
  static Word* allocate(std::size_t words);
  void grow();
  // Writes the event without its subject and flow; `has` holds the flags of both.
  void write(const RawEvent& event, Word has) noexcept {
    // Combines first what is a constant at the call site, so that the compiler does it.
    Word head = Word{static_cast<std::uint8_t>(event.kind)} << kKindAt |
                Word{event.storage} << kStorageAt | has;
    Word* const first = next_++;
    if (event.clock != ++clock_) [[unlikely]] {
      head |= kClock;
      *next_++ = clock_ = event.clock;
    }
    if (*event.detail != '\0') {
      head |= kDetail;
      *next_++ = reinterpret_cast<Word>(event.detail);
    }
    if (event.value != 0) {
      head |= kValue;
      *next_++ = static_cast<Word>(event.value);
    }
    *first = head | reinterpret_cast<Word>(event.what);
  }
  void publish() noexcept { last_->end.store(next_, std::memory_order_release); }

  std::string os_name_;
  std::atomic<Chunk*> first_{nullptr};
  Chunk* last_ = nullptr;
  Word* next_ = nullptr;     // where the next event goes, in last_
  Word* limit_ = nullptr;    // from here on an event may not fit
  std::uint64_t clock_ = 0;  // of the last event
  Subject subject_;          // of the last event
};

// All logs of a Runtime, and the strings that they point to.
class Recorder {
 public:
  // A log for a new OS thread. Lives as long as the recorder. [any thread]
  ThreadLog& add_log(std::string os_name);
  // A copy of `text` that lives as long as the recorder or any EventLog taken from it. [any thread]
  const char* intern(std::string_view text);
  // Stops recording: the simulated process has exited. [any thread]
  void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }
  bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }
  // Every event published so far, ordered by clock. [any thread]
  EventLog collect() const;

 private:
  struct Strings {
    Mutex mutex;
    std::unordered_set<std::string> pool SURISIM_GUARDED_BY(mutex);
  };
  std::atomic<bool> stopped_{false};
  mutable Mutex mutex_;
  std::deque<std::unique_ptr<ThreadLog>> logs_ SURISIM_GUARDED_BY(mutex_);
  std::shared_ptr<Strings> strings_ = std::make_shared<Strings>();
};

}  // namespace surisim::engine
