// The state of each OS thread of the engine: name, clock, log, counters, running callback. Also the
// functions that record events in the calling thread's log.
//
// When:    for as long as the thread runs; main's for as long as its Runtime. Nothing is recorded
//          on a thread without a log, nor once the simulated process has exited.
// Owner:   the Thread; main's context belongs to the Engine.
// Threads: its own. Any thread may read counters; a thread that has joined it may read everything.
#pragma once

#include <suricata/flow.h>
#include <suricata/threadvars.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/journal.hpp"
#include "trace/handover.hpp"
#include "trace/recorder.hpp"

namespace surisim::engine {

// A count that one thread increments and any thread may read.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// What one OS thread has done with values of one slot.
struct ValueCounters {
  Counter made;
  Counter freed;
  Counter taken;
};

// How a flow ended (L31, L32, L34).
enum class End : std::uint8_t {
  recycler,           // timed out, finish on FR
  shutdown_recycler,  // finish on FR, in the shutdown
  pressure,           // finish on the worker that took it
  bucket,             // no finish: found timed out by a worker
  reuse,              // no finish: TCP reuse
  handed_back,        // no finish: TCP with data at time-out
  shutdown_worker,    // no finish: TCP with data in the shutdown
  backstop,           // no finish: freed by the engine shutdown
};
inline constexpr std::size_t kEnds = 8;

struct alignas(64) ThreadCounters {
  Counter flow_init_callbacks;
  Counter flow_update_callbacks;
  Counter flow_finish_callbacks;
  Counter packets;
  Counter packets_no_flow;
  Counter bytes;
  Counter flows;
  Counter tcp, udp, icmp, sctp, other, ipv4, ipv6;
  Counter files, records, record_bytes;  // read from capture files
  Counter derived;                       // packets made from records (T3)
  Counter ends[kEnds];
};

class Thread;

// No plugin: Suricata itself, or unknown.
inline constexpr std::uint32_t kNoPlugin = static_cast<std::uint32_t>(-1);

// A thread slot that was read and found empty.
struct EmptyRead {
  const ThreadVars* tv;
  int id;
  const void* caller;
};

// What check/plugin_memory.cpp remembers from one of the thread's allocations to the next.
struct AllocationCache {
  std::array<const void*, 64>
      authors_calls{};          // calls of malloc and free in code of plugins' authors
  const char* phase = nullptr;  // of `moment`
  std::uint32_t moment = 0;
};

// How many instructions a thread's callbacks executed.
struct CallbackCounts {
  // The index of the Free of flow slots, after the kinds of callbacks.
  static constexpr std::size_t kOfFlow = kJournalCallbacks;
  // By kind of callback: how many calls executed this number of instructions.
  std::array<std::map<std::uint64_t, std::uint64_t>, kJournalCallbacks + 1> calls;
  std::uint64_t inner = 0;  // instructions of callbacks nested in the running one
};

// One for each OS thread of the engine: main and every simulated thread.
struct Context {
  Context(std::string name, std::size_t thread_slots, std::size_t flow_slots)
      : os_name(std::move(name)), thread_values(thread_slots), flow_values(flow_slots) {}

  std::string os_name;
  Clock clock;
  Recorder* recorder = nullptr;
  ThreadLog* log = nullptr;     // nullptr: nothing is recorded
  const char* event_name = "";  // os_name, interned for events
  bool record_flows = false;    // individual flows and packets are recorded too
  std::uint32_t lifecycle = 0;
  Thread* thread = nullptr;  // the simulated thread; nullptr on main
  JournalEntry* journal = nullptr;
  JournalCallback callback = JournalCallback::none;  // that is running
  const void* function = nullptr;                    // the plugin's function for it
  std::uint32_t plugin = kNoPlugin;                  // that registered it
  // With checks on: what plugins' constructors did besides setting their own variables, such as
  // "allocated memory". A string literal; null: nothing.
  const char* constructor_did = nullptr;
  // The checks have something to do when the outermost callback returns.
  bool check_on_return = false;
  std::vector<void*> freed_values;
  std::vector<EmptyRead> empty_reads;
  AllocationCache allocations;
  ThreadVars* callback_tv = nullptr;
  const void* callback_frame = nullptr;          // of the host's function that called the callback
  Flow* flow = nullptr;                          // that is being handled
  std::unique_ptr<CallbackCounts> instructions;  // nullptr: they are not counted
  Thread* freeing = nullptr;                     // whose storage is being freed
  ThreadCounters counters;
  std::vector<ValueCounters> thread_values;  // by slot id
  std::vector<ValueCounters> flow_values;
};

// The calling thread's context; nullptr on a thread that does not belong to the engine.
Context* context() noexcept;
void set_context(Context* context) noexcept;

// Sets Context::constructor_did if a plugin's constructors are running.
inline void note_constructor(Context& mine, const char* did) noexcept {
  if (mine.callback == JournalCallback::open) mine.constructor_did = did;
}
inline void note_constructor(const char* did) noexcept {
  if (Context* const mine = context()) note_constructor(*mine, did);
}

// A simulated thread, as the subject of events.
class EventThread {
 public:
  // Fills in the current state of its ThreadVars. False: it has none.
  virtual bool describe(Subject& subject) const = 0;

 protected:
  ~EventThread() = default;
};

// The fields of an event besides its kind, all optional.
struct EventDetails {
  const char* what = "";
  const char* detail = "";
  std::int64_t value = 0;
  const EventThread* thread = nullptr;
  std::uint8_t storage = RawEvent::kNoStorage;
};

void record(EventKind kind, const EventDetails& details = {});
// Records only if individual flows are recorded.
void record_flow(EventKind kind, const FlowFields& flow, const EventThread* thread,
                 const char* what = "", const char* detail = "");

// Identifies the sender's event for the receiver of a batch, which refers to it in its own event.
struct HandOver {
  const char* from = nullptr;  // the sender's name; null: it recorded none
  std::uint64_t clock = 0;
};

// Records that `count` packets or flows (`what`) are about to be put into another thread's `queue`.
// Both functions record only if individual flows are recorded. [any thread]
HandOver record_hand_over(const char* what, std::size_t count, const char* queue);
// Records that they have been received. [any thread]
void record_take_over(const HandOver& sent, const char* what);

// A copy of `text` that lives as long as the events; "" when the calling thread has no log.
const char* intern_here(std::string_view text);

// Records the start and the end of a function of the engine.
class FunctionScope {
 public:
  // `details.detail`: the relevant arguments; `details.value`: see the event's documentation.
  explicit FunctionScope(const char* name, EventDetails details = {})
      : name_(name), thread_(details.thread) {
    details.what = name;
    record(EventKind::enter, details);
  }
  ~FunctionScope() {
    record(EventKind::exit,
           {.what = name_, .detail = detail_, .value = result_, .thread = thread_});
  }
  FunctionScope(const FunctionScope&) = delete;
  FunctionScope& operator=(const FunctionScope&) = delete;

  void result(std::int64_t value) { result_ = value; }
  void detail(const char* text) { detail_ = text; }
  void about(const EventThread* thread) { thread_ = thread; }

 private:
  const char* name_;
  const EventThread* thread_;
  const char* detail_ = "";
  std::int64_t result_ = 0;
};

// Records a call of a function of Suricata that has no other effect here.
inline void record_call(const char* name) { const FunctionScope scope(name); }

}  // namespace surisim::engine
