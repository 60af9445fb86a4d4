// Writes events to per-thread buffers, and merges the buffers by clock.
#include "trace/recorder.hpp"

#include <suricata/util-storage.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>

namespace surisim::engine {

namespace {

// Most threads record little, but a worker may record millions of events: chunks grow up to a huge
// page, and the kernel provides all pages of a large chunk at once. One page fault per page would
// take longer than writing the events.
constexpr std::size_t kFirstChunk = 64;
constexpr std::size_t kPopulateFrom = 128u << 10;
constexpr std::size_t kHugePage = 2u << 20;
constexpr std::size_t kLargestChunk = kHugePage / sizeof(std::uint64_t);

// Huge pages of destroyed logs, for the next Runtime of this process: the kernel takes as long to
// clear a new page as it takes to fill it with events.
class SparePages {
 public:
  // Null: no page is left.
  void* take() {
    const MutexLock lock(mutex_);
    if (pages_.empty()) return nullptr;
    void* const page = pages_.back();
    pages_.pop_back();
    return page;
  }
  void give(void* page) noexcept {
    const MutexLock lock(mutex_);
    if (pages_.size() == pages_.capacity()) {
      std::free(page);
    } else {
      pages_.push_back(page);
    }
  }
  // Never destroyed: a Runtime may live as long as the process.
  static SparePages& of_process() {
    static SparePages& pages = *new SparePages;
    return pages;
  }

 private:
  SparePages() { pages_.reserve(32); }

  Mutex mutex_;
  std::vector<void*> pages_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace

static_assert(std::is_trivially_copyable_v<Subject> && std::is_trivially_copyable_v<FlowFields> &&
              sizeof(Subject) % sizeof(std::uint64_t) == 0 &&
              sizeof(FlowFields) % sizeof(std::uint64_t) == 0);
static_assert(static_cast<std::uint8_t>(EventKind::take_over) < 64, "the kind has 6 bits");

ThreadLog::Word* ThreadLog::allocate(std::size_t words) {
  static_assert(kMostWords <= kFirstChunk);
  const std::size_t size = words * sizeof(Word);
  if (size == kHugePage) {
    if (void* const page = SparePages::of_process().take()) return static_cast<Word*>(page);
  }
  const bool large = size >= kPopulateFrom;
  void* const block = std::aligned_alloc(large ? size : 64, size);
  if (block == nullptr) throw std::bad_alloc();
  if (large) {  // hints, which may be refused
    if (size >= kHugePage) madvise(block, size, MADV_HUGEPAGE);
    madvise(block, size, MADV_POPULATE_WRITE);
  }
  return static_cast<Word*>(block);
}

ThreadLog::~ThreadLog() {
  for (Chunk* chunk = first_.load(std::memory_order_relaxed); chunk != nullptr;) {
    Chunk* next = chunk->next.load(std::memory_order_relaxed);
    if (chunk->capacity == kLargestChunk) {
      SparePages::of_process().give(chunk->words);
    } else {
      std::free(chunk->words);
    }
    delete chunk;
    chunk = next;
  }
}

void ThreadLog::grow() {
  auto chunk = std::make_unique<Chunk>();
  const std::size_t capacity =
      last_ == nullptr ? kFirstChunk : std::min(last_->capacity * 8, kLargestChunk);
  chunk->words = allocate(capacity);
  chunk->capacity = capacity;
  chunk->end.store(chunk->words, std::memory_order_relaxed);
  (last_ == nullptr ? first_ : last_->next).store(chunk.get(), std::memory_order_release);
  last_ = chunk.release();
  next_ = last_->words;
  limit_ = last_->words + capacity - kMostWords + 1;
}

void ThreadLog::add(const RawEvent& event, const Subject& subject, const FlowFields& flow) {
  if (!has_room()) grow();
  const bool is_new = subject != subject_;
  Word has = event.has_thread ? Word{kThread} : 0;
  if (is_new) has |= kSubject;
  if (event.has_flow) has |= kFlow;
  write(event, has);
  if (is_new) {
    subject_ = subject;
    std::memcpy(next_, &subject, sizeof subject);
    next_ += kSubjectWords;
  }
  if (event.has_flow) {
    std::memcpy(next_, &flow, sizeof flow);
    next_ += kFlowWords;
  }
  publish();
}

void ThreadLog::copy_to(std::vector<LoggedEvent>& out) const {
  LoggedEvent copy{};
  RawEvent& event = copy.event;
  const Chunk* next = nullptr;
  for (const Chunk* chunk = first_.load(std::memory_order_acquire); chunk != nullptr;
       chunk = next) {
    // Read before the end: once there is a next chunk, this one no longer grows.
    next = chunk->next.load(std::memory_order_acquire);
    const Word* const end = chunk->end.load(std::memory_order_acquire);
    for (const Word* word = chunk->words; word != end;) {
      const Word head = *word++;
      event.kind = static_cast<EventKind>(head >> kKindAt & kKindMask);
      event.storage = static_cast<std::uint8_t>(head >> kStorageAt & kStorageMask);
      event.has_thread = (head & kThread) != 0;
      event.has_flow = (head & kFlow) != 0;
      event.what = reinterpret_cast<const char*>(head & kWhatMask);
      event.clock = (head & kClock) != 0 ? *word++ : event.clock + 1;
      event.detail = (head & kDetail) != 0 ? reinterpret_cast<const char*>(*word++) : "";
      event.value = (head & kValue) != 0 ? static_cast<std::int64_t>(*word++) : 0;
      if ((head & kSubject) != 0) {
        std::memcpy(static_cast<void*>(&copy.subject), word, sizeof copy.subject);
        word += kSubjectWords;
      }
      copy.flow = {};
      if (event.has_flow) {
        std::memcpy(static_cast<void*>(&copy.flow), word, sizeof copy.flow);
        word += kFlowWords;
      }
      out.push_back(copy);
    }
  }
}

ThreadLog& Recorder::add_log(std::string os_name) {
  const MutexLock lock(mutex_);
  logs_.push_back(std::make_unique<ThreadLog>(std::move(os_name)));
  return *logs_.back();
}

const char* Recorder::intern(std::string_view text) {
  const MutexLock lock(strings_->mutex);
  return strings_->pool.emplace(text).first->c_str();
}

namespace {

const char* storage_name(std::uint8_t type) {
  static constexpr const char* kNames[] = {"host", "flow", "ippair", "device", "thread", "MAX"};
  return type < std::size(kNames) ? kNames[type] : "";
}

Event expand(const LoggedEvent& logged, std::string_view os) {
  const RawEvent& raw = logged.event;
  const Subject& subject = logged.subject;
  Event event;
  event.clock = raw.clock;
  event.kind = raw.kind;
  event.lifecycle = subject.lifecycle;
  event.os = os;
  event.what = raw.what;
  event.storage = storage_name(raw.storage);
  const bool has_maker = event.kind == EventKind::thread_value_freed ||
                         event.kind == EventKind::flow_value_freed ||
                         event.kind == EventKind::take_over;
  (has_maker ? event.made_on : event.detail) = raw.detail;
  event.value = raw.value;
  if (raw.has_thread) {
    event.has_thread = true;
    event.tv.name = subject.tv_name;
    event.tv.flags = subject.tv_flags;
    event.tv.id = subject.tv_id;
    event.tv.slots = subject.tv_slots;
    event.tv.type = subject.tv_type;
    event.tv.pthread_set = (subject.tv_bits & kPthreadSet) != 0;
    event.tv.function_set = (subject.tv_bits & kFunctionSet) != 0;
    event.tv.printable_name_set = (subject.tv_bits & kPrintableNameSet) != 0;
    event.tv.iface_name_set = (subject.tv_bits & kIfaceNameSet) != 0;
    event.tv.in_queue = (subject.tv_bits & kInQueue) != 0;
    event.tv.out_queues = (subject.tv_bits & kOutQueues) != 0;
    event.tv.control_set = (subject.tv_bits & kControlSet) != 0;
  }
  event.has_flow = raw.has_flow;
  if (event.has_flow) event.flow = logged.flow;
  return event;
}

}  // namespace

EventLog Recorder::collect() const {
  // The order of events: by clock, which respects every hand-over, then by thread.
  struct Place {
    std::uint64_t clock;
    std::uint32_t log;
    std::uint32_t position;
  };
  std::vector<std::vector<LoggedEvent>> raw;
  std::vector<std::string_view> names;
  std::vector<Place> order;
  {
    const MutexLock lock(mutex_);
    raw.resize(logs_.size());
    for (std::size_t i = 0; i < logs_.size(); ++i) {
      logs_[i]->copy_to(raw[i]);
      const MutexLock strings_lock(strings_->mutex);
      names.emplace_back(*strings_->pool.emplace(logs_[i]->os_name()).first);
    }
  }
  for (std::size_t i = 0; i < raw.size(); ++i) {
    for (std::size_t k = 0; k < raw[i].size(); ++k) {
      order.push_back(
          {raw[i][k].event.clock, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(k)});
    }
  }
  std::sort(order.begin(), order.end(), [](const Place& a, const Place& b) {
    if (a.clock != b.clock) return a.clock < b.clock;
    if (a.log != b.log) return a.log < b.log;
    return a.position < b.position;
  });
  std::vector<Event> events;
  events.reserve(order.size());
  const MutexLock strings_lock(strings_->mutex);
  for (const Place& place : order) {
    Event event = expand(raw[place.log][place.position], names[place.log]);
    event.seq = events.size() + 1;
    if (event.kind == EventKind::flag_set || event.kind == EventKind::flag_unset) {
      const auto flags = static_cast<std::uint32_t>(event.value);
      event.what = *strings_->pool.emplace(flags_to_string(flags)).first;
    }
    events.push_back(event);
  }
  return EventLog(std::move(events), strings_);
}

}  // namespace surisim::engine
