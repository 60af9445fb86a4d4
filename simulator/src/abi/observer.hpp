// The interface through which the C functions report to the ledger or the checks: calls of plugins,
// and what happens to the engine's threads, flows and callbacks.
//
// When:    allow() before a call takes effect, happened() afterwards; everything but calls is
//          reported by happened() alone.
// Owner:   the caller owns what it passes, which is valid only during the call.
// Threads: the one that makes the call.
#pragma once

#include <suricata/flow.h>
#include <suricata/output-eve.h>
#include <suricata/threadvars.h>
#include <suricata/util-storage.h>

#include <cstdint>
#include <variant>

#include "base/journal.hpp"
#include "surisim/rules.hpp"

namespace surisim::engine {
struct Context;
}

namespace surisim::abi {

// Why a registration was refused (L16).
enum class Refusal : std::uint8_t {
  none,
  closed,
  bad_type,
  no_name,
  no_free,
  no_size,   // 8.0: size 0 (E9)
  no_alloc,  // 8.0: no Alloc, and a size that is not a pointer's
  duplicate,
  other_version,  // the running version does not have this function (E28)
  out_of_memory
};

// What a call does with an object's storage.
enum class Access : std::uint8_t {
  get,
  set,
  free,
  read,     // an accessor of a Flow
  release,  // the host calls the slot's Free, for `free` or when the object ends
};

struct StorageCall {
  Access access;
  StorageEnum type;
  const void* object;              // ThreadVars or Flow
  int id;                          // of the slot
  const void* caller = nullptr;    // the plugin's call; nullptr: the engine's own
  void* value = nullptr;           // the value that is set or released
  void* before = nullptr;          // the slot's value before a set
  bool failed = false;             // an injected fault: the set has returned -1
  const char* function = nullptr;  // a string literal; nullptr: the name follows from the access
};

// Which kind of function registers a logger.
enum class RegisteredBy : std::uint8_t {
  logger,      // SCOutputRegisterTxLogger
  sub_state,   // SCOutputRegisterTxLoggerForSubState
  sub_module,  // OutputRegisterTxSubModule
};

// A callback is about to be added to its list. `function`: for an EVE file type, its name.
struct CallbackRegistration {
  JournalCallback kind;
  const void* function;
  const void* caller;
  RegisteredBy by = RegisteredBy::logger;
  const char* by_function = nullptr;  // a string literal; null: it follows from kind and `by`
};

// The plugin, or a library, is about to join, detach or cancel a thread or to send it a signal.
struct ThreadCall {
  const char* function;
  pthread_t thread;
  const char* consequence;  // if the thread is Suricata's; a string literal
  bool on_itself;           // it is a mistake on the calling thread too
  const void* caller;
};

// A counter is about to be registered, changed or read.
struct CounterCall {
  const void* thread;  // ThreadVars, if `given` is one's
  const void* given;   // the ThreadVars or StatsThreadContext
  int id = -1;         // -1: it is registered
  const void* caller;
  const char* function;  // a string literal
};

// A callback has overwritten fields of the host, which have been restored. `fields`: "Flow.proto,
// Flow.dp".
struct HostFieldsChanged {
  const char* fields;
};

// A mistake with an output that the host itself detects.
struct OutputMistake {
  RuleId rule;
  const char* host_function;  // the function that was called; a string literal
  const void* caller;         // the plugin's call; null: not known
  const void* function;       // if so, the plugin's function that is to blame, or null
  std::uint32_t plugin;
  const char* message;
};

// A logger or a file type was registered; Suricata keeps these pointers. `type`: null for a logger.
struct OutputRegistration {
  JournalCallback kind;
  const char* name;
  const SCEveFileType* type;
  const void* caller;
};

// A slot was registered, or refused, with `id` -1.
struct SlotRegistration {
  StorageEnum type;
  const char* name;
  int id;
  std::uint32_t owner;  // plugin, engine::kNoPlugin or kSuricata
  Refusal refusal;
  const void* caller;    // nullptr: Suricata's own slot
  const char* function;  // the function that registered it; a string literal
};

// The life of a ThreadVars, which decides who may access it (L5, L25).
enum class ThreadStage : std::uint8_t { made, spawned, joined, freed };

struct ThreadChange {
  const void* tv;
  ThreadStage stage;
};

// Memory for a Flow was allocated (`made`) or is about to be freed.
struct FlowMemory {
  const void* flow;
  bool made;
};

// A thread init callback is about to run, on the thread that creates `tv`.
struct ThreadInitCallback {
  ThreadVars* tv;
  int position;
};

// An exception has left the plugin's code. `caught_by_wrappers`: the C++ wrappers' message about
// it; nullptr: the host has caught it and is handling it now.
struct ExceptionLeft {
  JournalCallback kind;
  const void* function;  // the callback, or the Free
  const char* caught_by_wrappers = nullptr;
};

// An assertion of the plugin, or an invariant, does not hold. `caller`: the assertion, or an
// address in the invariant's function.
struct AssertionFailed {
  const char* message;
  const void* caller;
};

struct LogMessage {
  int level;
  const char* module;
  const char* text;
};

// A function was called that exists here but does nothing.
struct UnmodelledCall {
  const char* function;
  const void* caller;
};

// A call that would end Suricata, always or (not `is_certain`) with another configuration. Here it
// returns.
struct FatalCall {
  const char* function;
  const char* message;
  bool is_certain;
  const void* caller;
};

// A thread of a capture plugin has ended, and packets of its pool are missing.
struct PacketsLeaked {
  const char* thread;
  std::size_t packets;
  const void* loop;  // which has taken them: the module's PktAcqLoop; NULL: unknown
};

// A registration that is listed in the report but never used. `id`: -1 if there is none.
struct ListedRegistration {
  const char* kind;
  const char* name;
  int id;
};

using Notice =
    std::variant<SlotRegistration, ThreadChange, FlowMemory, ThreadInitCallback, ExceptionLeft,
                 LogMessage, UnmodelledCall, FatalCall, ListedRegistration, HostFieldsChanged,
                 PacketsLeaked, OutputMistake, OutputRegistration, AssertionFailed>;

class Observer {
 public:
  virtual ~Observer() = default;
  // False: the call must not access the storage: get returns NULL, and set does nothing. For
  // release: the value has already been freed.
  virtual bool allow(const StorageCall& call) = 0;
  // False: the callback must not be added (NULL, L8).
  virtual bool allow(const CallbackRegistration& call) = 0;
  // False: the thread is one of Suricata's.
  virtual bool allow(const ThreadCall& call) = 0;
  // False: nothing is counted, or registered.
  virtual bool allow(const CounterCall& call) = 0;
  // Set: it has been done. Get: the thread slot is empty. Release: Free is called next.
  virtual void happened(const StorageCall& call) = 0;
  virtual void happened(const Notice& notice) = 0;
  // The outermost callback of the calling thread is about to return to the host, and
  // Context::check_on_return is set.
  virtual void callback_returns(engine::Context& mine) = 0;
};

}  // namespace surisim::abi
