// The event log: what happened on which thread, in an order consistent with every thread's own.
//
// When:    taken with Runtime::events(), at any time; complete once the run has ended.
// Owner:   a value; it stays valid after its Runtime is destroyed.
// Threads: each thread writes to its own buffer; no counter or lock is shared. Every hand-over
//          between threads carries a logical clock, and the order is rebuilt from the clocks: an
//          event that another one waited for comes first; all others may come in either order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace surisim {

enum class EventKind : std::uint8_t {
  enter,              // a function of the engine starts; `what` names it
  exit,               // it ends; `value`: its result, if it has one
  storage_init,       // SCStorageInit
  storage_register,   // `what`: slot name, `storage`: its type, `value`: id or -1
  storage_finalize,   // `value`: result
  plugin_open,        // dlopen; `what`: path
  plugin_init_enter,  // `what`: plugin name
  plugin_init_exit,
  callback_registered,  // `what`: "thread init", "flow init", "flow update", "flow finish", and so
                        // on; `value`: 1 for a tx logger of a sub-state, 2 for a sub-module of EVE
  threadvars_alloc,     // `value`: bytes of storage (L23)
  flag_set,             // before the change; `what`: the flags, "INIT_DONE|RUNNING"
  flag_unset,
  thread_init_callback,  // `value`: position in the list, from 0
  thread_registered,     // the ThreadVars gets its id: `value`
  pthread_create,
  os_thread_start,      // first thing on the new OS thread
  thread_append,        // initialised and added to its family's list
  pthread_join,         // `what`: the joined thread
  thread_unregistered,  // `value`: the id that is free again
  threadvars_free,      // `what`: the thread's name
  thread_value_set,     // `what`: slot, `value`: result of the set; a value that is not NULL
  thread_value_taken,   // `what`: slot; set to NULL
  thread_value_freed,   // `what`: slot, `made_on`: OS thread that set the value
  flow_init,            // one event per flow and kind, before the callbacks run
  flow_update,
  flow_finish,
  flow_cleared,    // the flow's storage is about to be freed
  flow_value_set,  // `what`: slot
  flow_value_taken,
  flow_value_freed,    // `what`: slot, `made_on`: OS thread that set the value
  log,                 // the plugin logs; `what`: the message, `value`: level
  fatal,               // Suricata would exit here with status 1; `what`: why
  logging_ready,       // an on-logging-ready callback is about to run
  logger_thread_init,  // `what`: the kind, as "flow_logger", `detail`: its name
  logger_run,          // the same; one event per flow or packet and logger
  logger_thread_deinit,
  eve_callback,  // a record is about to close; `what`: its event_type
  eve_filetype,  // `what`: "init", "thread_init", "write", "thread_deinit" or "deinit"
  hand_over,     // a batch is about to go to another thread; `what`: "packets" or "flows", `value`:
                 // how many, `detail`: Suricata's name for the queue
  take_over,     // the receiver has it; `made_on`: OS thread of the hand_over, `value`: its clock
};

// Fields of a ThreadVars at the moment of an event (L6, L13).
struct ThreadFields {
  std::string_view name;
  std::uint32_t flags = 0;
  int id = 0;
  int slots = 0;          // modules appended
  std::uint8_t type = 0;  // 0 packet, 1 management, 2 command (L11)
  bool pthread_set = false;
  bool function_set = false;
  bool printable_name_set = false;
  bool iface_name_set = false;
  bool in_queue = false;
  bool out_queues = false;
  bool control_set = false;  // has a mutex and a condition
};

struct FlowFields {
  std::uint64_t flow = 0;    // number of the flow, from 1 in the order of creation by seed; 0: none
  std::uint64_t handle = 0;  // identifies the Flow pointer; pointers are reused (L33)
  std::uint16_t sp = 0;
  std::uint16_t dp = 0;
  std::uint8_t proto = 0;
  std::uint8_t packet_proto = 0;  // may differ (L37)
  std::uint32_t to_server = 0;    // packets so far
  std::uint32_t to_client = 0;
  bool locked = false;  // the flow was locked (L35)
};

struct Event {
  std::uint64_t seq = 0;  // place in the rebuilt order, from 1
  // The thread's logical clock: greater than that of each event that this one has waited for;
  // events of several threads may have the same one, and nothing orders them.
  std::uint64_t clock = 0;
  EventKind kind = EventKind::enter;
  std::uint32_t lifecycle = 0;  // which thread lifecycle, from 1; 0 before the first (L28)
  std::string_view os;          // OS thread it happened on: "main", "W#01"
  std::string_view what;
  std::string_view storage;  // "thread", "flow", "host", "ippair", "device", or empty
  std::string_view made_on;  // the OS thread of a freed value or of a hand_over
  std::string_view detail;   // when a function starts: its relevant arguments
  std::int64_t value = 0;
  bool has_thread = false;
  ThreadFields tv;  // if has_thread
  bool has_flow = false;
  FlowFields flow;  // if has_flow
};

class EventLog {
 public:
  EventLog() = default;
  EventLog(std::vector<Event> events, std::shared_ptr<const void> strings)
      : events_(std::move(events)), strings_(std::move(strings)) {}

  const std::vector<Event>& all() const { return events_; }
  auto begin() const { return events_.begin(); }
  auto end() const { return events_.end(); }
  std::size_t size() const { return events_.size(); }
  bool empty() const { return events_.empty(); }
  const Event& operator[](std::size_t i) const { return events_[i]; }

 private:
  std::vector<Event> events_;
  std::shared_ptr<const void> strings_;  // keeps the memory of the string_views
};

// The event's name in recordings: "TmThreadCreate.enter", "flag", "plugin.thread_init_cb".
std::string name_of(const Event& event);
// "INIT_DONE|PAUSE", in the order of recordings; empty for 0.
std::string flags_to_string(std::uint32_t flags);
// One line for people.
std::string to_string(const Event& event);
// One JSON object on one line, with the keys of recordings of a real Suricata
// (seq, os, ev, tv{name,type,id,flags,…}, and those of the event's kind).
std::string to_json_line(const Event& event);

}  // namespace surisim
