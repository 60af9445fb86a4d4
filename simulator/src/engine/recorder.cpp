#include "engine/recorder.hpp"

#include <suricata/util-storage.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>

namespace surisim::engine {

namespace {

// Most threads record little, a worker may record millions: chunks grow to a huge page, and the
// kernel is asked for all of a large one in one go. Page by page, when each is first written to,
// takes longer than writing the events.
constexpr std::size_t kFirstChunk = 64;
constexpr std::size_t kInOneGo = 128u << 10;
constexpr std::size_t kHugePage = 2u << 20;
constexpr std::size_t kLargestChunk = kHugePage / sizeof(RawEvent);  // a power of two, as all are

}  // namespace

static_assert(std::is_trivially_copyable_v<RawEvent> && std::is_trivially_copyable_v<Subject> &&
              std::is_trivially_copyable_v<FlowFields>);

ThreadLog::Line* ThreadLog::allocate(std::size_t lines) {
  const std::size_t size = lines * sizeof(Line);
  const bool large = size >= kInOneGo;
  void* const block = std::aligned_alloc(large ? size : alignof(Line), size);
  if (block == nullptr) throw std::bad_alloc();
  if (large) {  // hints, they may be refused
    if (size >= kHugePage) madvise(block, size, MADV_HUGEPAGE);
    madvise(block, size, MADV_POPULATE_WRITE);
  }
  return static_cast<Line*>(block);
}

ThreadLog::~ThreadLog() {
  for (Chunk* chunk = first_.load(std::memory_order_relaxed); chunk != nullptr;) {
    Chunk* next = chunk->next.load(std::memory_order_relaxed);
    std::free(chunk->lines);
    delete chunk;
    chunk = next;
  }
}

void ThreadLog::grow() {
  auto chunk = std::make_unique<Chunk>();
  const std::size_t capacity =
      last_ == nullptr ? kFirstChunk : std::min(last_->capacity * 8, kLargestChunk);
  chunk->lines = allocate(capacity);
  chunk->capacity = capacity;
  (last_ == nullptr ? first_ : last_->next).store(chunk.get(), std::memory_order_release);
  last_ = chunk.release();
}

void ThreadLog::add(const RawEvent& event, const Subject& subject, const FlowFields* flow) {
  const bool is_new = subject != subject_;
  const std::size_t lines = 1 + (is_new ? 1 : 0) + (flow != nullptr ? kFlowLines : 0);
  std::size_t used = last_ == nullptr ? 0 : last_->used.load(std::memory_order_relaxed);
  if (last_ == nullptr || used + lines > last_->capacity) [[unlikely]] {
    grow();
    used = 0;
  }
  std::uint64_t head = event.head;
  if (is_new) head |= RawEvent::kSubject;
  if (flow != nullptr) head |= RawEvent::kFlow;
  Line* line = last_->lines + used;
  ::new (line++) RawEvent{head, event.what, event.detail, event.value};
  if (is_new) {
    subject_ = subject;
    std::memcpy(line++, &subject, sizeof subject);
  }
  if (flow != nullptr) std::memcpy(line, flow, sizeof *flow);
  last_->used.store(used + lines, std::memory_order_release);
}

void ThreadLog::copy_to(std::vector<LoggedEvent>& out) const {
  LoggedEvent copy{};
  for (const Chunk* chunk = first_.load(std::memory_order_acquire); chunk != nullptr;
       chunk = chunk->next.load(std::memory_order_acquire)) {
    const Line* const end = chunk->lines + chunk->used.load(std::memory_order_acquire);
    for (const Line* line = chunk->lines; line != end;) {
      std::memcpy(&copy.event, line++, sizeof copy.event);
      if (copy.event.has(RawEvent::kSubject))
        std::memcpy(static_cast<void*>(&copy.subject), line++, sizeof copy.subject);
      copy.flow = {};
      if (copy.event.has(RawEvent::kFlow)) {
        std::memcpy(static_cast<void*>(&copy.flow), line, sizeof copy.flow);
        line += kFlowLines;
      }
      out.push_back(copy);
    }
  }
}

ThreadLog& Recorder::add_log(std::string os_name) {
  const std::lock_guard lock(mutex_);
  logs_.push_back(std::make_unique<ThreadLog>(std::move(os_name)));
  return *logs_.back();
}

const char* Recorder::intern(std::string_view text) {
  const std::lock_guard lock(strings_->mutex);
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
  event.kind = raw.kind();
  event.lifecycle = subject.lifecycle;
  event.os = os;
  event.what = raw.what;
  event.storage = storage_name(raw.storage());
  const bool is_free =
      event.kind == EventKind::thread_value_freed || event.kind == EventKind::flow_value_freed;
  (is_free ? event.made_on : event.detail) = raw.detail;
  event.value = raw.value;
  if (raw.has(RawEvent::kThread)) {
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
  event.has_flow = raw.has(RawEvent::kFlow);
  if (event.has_flow) event.flow = logged.flow;
  return event;
}

}  // namespace

EventLog Recorder::collect() const {
  // An event's place: its clock first, which respects every hand-over, then its thread.
  struct Place {
    std::uint64_t clock;
    std::uint32_t log;
    std::uint32_t position;
  };
  std::vector<std::vector<LoggedEvent>> raw;
  std::vector<std::string_view> names;
  std::vector<Place> order;
  {
    const std::lock_guard lock(mutex_);
    raw.resize(logs_.size());
    for (std::size_t i = 0; i < logs_.size(); ++i) {
      logs_[i]->copy_to(raw[i]);
      const std::lock_guard strings_lock(strings_->mutex);
      names.emplace_back(*strings_->pool.emplace(logs_[i]->os_name()).first);
    }
  }
  for (std::size_t i = 0; i < raw.size(); ++i) {
    for (std::size_t k = 0; k < raw[i].size(); ++k) {
      order.push_back(
          {raw[i][k].event.clock(), static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(k)});
    }
  }
  std::sort(order.begin(), order.end(), [](const Place& a, const Place& b) {
    if (a.clock != b.clock) return a.clock < b.clock;
    if (a.log != b.log) return a.log < b.log;
    return a.position < b.position;
  });
  std::vector<Event> events;
  events.reserve(order.size());
  const std::lock_guard strings_lock(strings_->mutex);
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
