// What plugins do at the C functions, as told to whoever keeps account of it.
//
// When:    allow() before a call has its effect, happened() once it has; about threads, flows and
//          what else the engine does for the plugin, happened() at that moment.
// Owner:   calls stand on the stack of who makes them, for as long as the observer is told.
// Threads: the one that makes the call.
#pragma once

#include <suricata/flow.h>
#include <suricata/threadvars.h>
#include <suricata/util-storage.h>

#include <cstdint>
#include <variant>

#include "base/journal.hpp"

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
  duplicate,
  out_of_memory
};

// What a call does with the storage of an object.
enum class Access : std::uint8_t {
  get,
  set,
  free,
  look,     // an accessor of a Flow
  release,  // not the plugin's: the host calls the slot's Free, for its own reasons or for `free`
};

struct StorageCall {
  Access access;
  StorageEnum type;
  const void* object;              // ThreadVars or Flow
  int id;                          // of the slot
  const void* caller = nullptr;    // the plugin's call; nullptr: the engine's own
  void* value = nullptr;           // to be set; to be released
  void* before = nullptr;          // that the slot held until it was set
  bool failed = false;             // a set has returned -1, as an injected fault
  const char* function = nullptr;  // a string literal; nullptr: the usual name
};

// A callback is to be added to its list. `function`: of an EVE file type, its name.
struct CallbackRegistration {
  JournalCallback kind;
  const void* function;
  const void* caller;
};

// A slot was registered, or refused: then `id` is -1.
struct SlotRegistration {
  StorageEnum type;
  const char* name;
  int id;
  std::uint32_t owner;  // plugin, engine::kNoPlugin or kSuricata
  Refusal refusal;
  const void* caller;  // nullptr: Suricata's own slot
};

// Of a ThreadVars: who may touch it depends on it (L5, L25).
enum class ThreadStage : std::uint8_t { made, spawned, joined, freed };

struct ThreadChange {
  const void* tv;
  ThreadStage stage;
};

// Memory for a Flow: from now on, or no longer.
struct FlowMemory {
  const void* flow;
  bool made;
};

// Just before a thread init callback runs, on the thread that creates `tv`.
struct ThreadInitCallback {
  ThreadVars* tv;
  int position;
};

// An exception has left the plugin's code. `caught_by_wrappers`: what the C++ wrappers say of it;
// nullptr: the host has caught it, and is handling it now.
struct ExceptionLeft {
  JournalCallback kind;
  const void* function;  // the callback, or the Free
  const char* caught_by_wrappers = nullptr;
};

struct LogMessage {
  int level;
  const char* module;
  const char* text;
};

// A function that exists here, and is not modelled, was called.
struct UnmodelledCall {
  const char* function;
  const void* caller;
};

// Suricata ends here, or would (not `for_sure`) with another configuration. The call returns.
struct FatalCall {
  const char* function;
  const char* message;
  bool for_sure;
  const void* caller;
};

// Something was registered that is listed and never driven. `id` is -1 when it has none.
struct ListedRegistration {
  const char* kind;
  const char* name;
  int id;
};

using Notice =
    std::variant<SlotRegistration, ThreadChange, FlowMemory, ThreadInitCallback, ExceptionLeft,
                 LogMessage, UnmodelledCall, FatalCall, ListedRegistration>;

class Observer {
 public:
  virtual ~Observer() = default;
  // False: the call must not touch memory. Get gives NULL, set does nothing; a value that is not to
  // be released is gone already.
  virtual bool allow(const StorageCall& call) = 0;
  // False: the callback must not be added (NULL, L8).
  virtual bool allow(const CallbackRegistration& call) = 0;
  // Set: done. Get: of a thread slot, which is empty. Release: Free is called next.
  virtual void happened(const StorageCall& call) = 0;
  virtual void happened(const Notice& notice) = 0;
  // The outermost callback of the calling thread is about to return to the host, and something in
  // it is to be checked now (Context::to_check).
  virtual void callback_returns(engine::Context& mine) = 0;
};

}  // namespace surisim::abi
