// The process-wide state behind the C functions: as in Suricata there is one engine per process.
// This is the only mutable global state of the simulator, but for the data that plugins refer to by
// name (engine_stage.cpp, keywords.cpp, protocols.cpp, runmodes.cpp).
#pragma once

#include <suricata/flow-callbacks.h>
#include <suricata/output-eve.h>
#include <suricata/output.h>
#include <suricata/thread-callbacks.h>
#include <suricata/util-storage.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <string>
#include <vector>

#include "abi/keywords.hpp"
#include "abi/late_registrations.hpp"
#include "abi/protocols.hpp"
#include "abi/registered_loggers.hpp"
#include "conf/conf_tree.hpp"

namespace surisim::engine {
struct Context;
}

namespace surisim::abi {

// Why a registration was refused (L16).
enum class Refusal { none, closed, bad_type, no_name, no_free, duplicate, out_of_memory };

// The slots of all storage types, with exactly the results of L16 to L23.
// Registration is for one thread; reading the map of Free functions is for all, after finalize.
class StorageRegistry {
 public:
  struct Slot {
    const char* name;  // the caller's pointer, kept and read again as Suricata does (L17)
    void (*free)(void*);
    int id;
    const char* registered_name;  // a copy of what it said when it was registered
  };

  StorageRegistry();
  ~StorageRegistry();
  void init();
  void cleanup();
  // `caller`: the plugin's call; NULL for Suricata's own slots.
  int add(StorageEnum type, const char* name, void (*free)(void*), const void* caller,
          Refusal* why);
  int finalize();

  bool closed() const { return closed_; }
  unsigned count(StorageEnum type) const { return count_[type]; }
  // nullptr when finalize has not seen that slot: Suricata would crash there (L18).
  void (*free_of(StorageEnum type, int id) const)(void*);
  // What the slot was called when it was registered; "" when there is no such slot.
  const char* name_of(StorageEnum type, int id) const;

 private:
  bool taken(StorageEnum type, const char* name) const;
  void forget();

  bool closed_ = false;
  std::array<unsigned, STORAGE_MAX> count_{};
  std::array<std::vector<Slot>, STORAGE_MAX> list_;  // registered, until finalize takes it
  std::array<std::vector<Slot>, STORAGE_MAX> map_;   // after finalize
  struct Index;  // finds what is registered, and has the copies of the names
  std::unique_ptr<std::pmr::memory_resource> pieces_;
  std::unique_ptr<Index> index_;
};

// A list of callbacks: appended to at any time, run in order, never shortened (L8). Running needs
// no lock, and a callback registered by a running one runs in the same pass, as in Suricata.
template <class Fn>
class CallbackList {
 public:
  struct Node {
    Fn fn;
    void* user;
    std::uint32_t plugin;  // that registered it (engine::kNoPlugin: nobody knows)
    std::atomic<Node*> next{nullptr};
  };

  void append(Node* node) {
    const std::lock_guard lock(mutex_);
    (last_ == nullptr ? first_ : last_->next).store(node, std::memory_order_release);
    last_ = node;
    size_.fetch_add(1, std::memory_order_relaxed);
  }
  const Node* first() const { return first_.load(std::memory_order_acquire); }
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  // Forgets the list. Its nodes stay allocated: who registered them may rely on that for good.
  void reset(std::vector<void*>& left_behind) {
    for (Node* node = first_.load(); node != nullptr; node = node->next.load())
      left_behind.push_back(node);
    first_.store(nullptr);
    last_ = nullptr;
    size_.store(0);
  }

 private:
  std::mutex mutex_;
  std::atomic<Node*> first_{nullptr};
  Node* last_ = nullptr;
  std::atomic<std::size_t> size_{0};
};

// A call that touches the storage of an object.
enum class Access : std::uint8_t { get, set, free, look };  // look: an accessor of a Flow

// Of a ThreadVars: who may touch it depends on it (L5, L25).
enum class ThreadStage : std::uint8_t { made, spawned, joined, freed };

// Called at the moment a plugin does something. The engine's Runtime implements it.
class Observer {
 public:
  virtual ~Observer() = default;
  // `owner`: the plugin of the slot; `caller` is nullptr for Suricata's own slots.
  virtual void registered(StorageEnum type, const char* name, int id, Refusal why,
                          const void* caller) = 0;
  // False: the callback must not be added (NULL, L8).
  virtual bool callback_registered(const char* kind, const void* fn, const void* caller) = 0;
  // False: the call must not touch memory; get gives NULL, set gives `*result`. `function` is a
  // string literal, or nullptr for the usual name. [any thread]
  virtual bool may_access(Access access, StorageEnum type, const void* object, int id,
                          const void* caller, const char* function) = 0;
  // A thread slot was read and is empty.
  virtual void got_nothing(const void* object, int id, const void* caller) = 0;
  virtual void value_set(StorageEnum type, const void* object, int id, void* before, void* value,
                         const void* caller) = 0;
  // Set has returned -1 on request.
  virtual void set_failed(StorageEnum type, const void* object, int id, void* value,
                          const void* caller) = 0;
  // may_access() has refused to set this value.
  virtual void value_refused(StorageEnum type, int id, void* value) = 0;
  // Just before Free is called. False: it must not be, the value is gone.
  virtual bool value_freed(StorageEnum type, const void* object, int id, void* value,
                           const void* caller) = 0;
  // What becomes of a ThreadVars. [any thread]
  virtual void thread_stage(const void* tv, ThreadStage stage) = 0;
  // Memory for a Flow: from now on, or no longer. [any thread]
  virtual void flow_memory(const void* flow, bool made) = 0;
  // The callback of the calling thread is about to return to the host.
  virtual void callback_returns(engine::Context& mine) = 0;
  // Just before a thread init callback runs, on the thread that creates `tv`.
  virtual void thread_init_callback(ThreadVars* tv, int position) = 0;
  // Inside the handler of the exception. `function`: the callback, or the Free.
  virtual void callback_threw(const char* kind, const void* function) = 0;
  virtual void logged(int level, const char* module, const char* message) = 0;
  // A function that exists here, and is not modelled, was called.
  virtual void unsupported(const char* function, const void* caller) = 0;
  // Suricata ends here, or would (not `for_sure`) with another configuration. The call returns.
  virtual void would_exit(const char* function, const char* message, bool for_sure,
                          const void* caller) = 0;
  // Something was registered that is listed and never driven. `id` is -1 when it has none.
  virtual void listed(const char* kind, const char* name, int id) = 0;
  // The place of the plugin whose Init is running among those loaded.
  virtual std::size_t current_plugin() = 0;
  // The same for whichever of its callbacks is running; engine::kNoPlugin: none.
  virtual std::uint32_t running_plugin() = 0;
  // Whose slot this is.
  virtual std::uint32_t owner_of(StorageEnum type, int id) const = 0;
};

// `seen`: what the report says of it.
struct FlowLoggerFns {
  RegisteredLogger* seen;
  const char* name;
  FlowLogger log;
  ThreadInitFunc thread_init;
  ThreadDeinitFunc thread_deinit;
};

struct PacketLoggerFns {
  RegisteredLogger* seen;
  const char* name;
  PacketLogger log;
  PacketLogCondition condition;
  ThreadInitFunc thread_init;
  ThreadDeinitFunc thread_deinit;
};

struct TxLoggerFns {
  RegisteredLogger* seen;
  const char* name;
  AppProto protocol;
  ThreadInitFunc thread_init;
  ThreadDeinitFunc thread_deinit;
};

struct ProcessState {
  StorageRegistry storage;
  surisim::conf::ConfTree conf;
  Keywords keywords;
  Protocols protocols;
  LateRegistrations parser_registrations;
  LateRegistrations keyword_registrations;
  CallbackList<SCThreadInitCallbackFn> thread_init;
  CallbackList<SCFlowInitCallbackFn> flow_init;
  CallbackList<SCFlowUpdateCallbackFn> flow_update;
  CallbackList<SCFlowFinishCallbackFn> flow_finish;
  CallbackList<SCOnLoggingReadyCallback> logging_ready;
  CallbackList<SCEveUserCallbackFn> eve;
  CallbackList<FlowLoggerFns> flow_loggers;  // `user`: their initdata
  CallbackList<PacketLoggerFns> packet_loggers;
  CallbackList<TxLoggerFns> tx_loggers;
  RegisteredLoggers registered_loggers;
  std::vector<SCEveFileType*> eve_filetypes;
  std::vector<std::string> eve_types;  // of parsers that plugins bring: "eve-log.NAME"
  std::atomic<Observer*> observer{nullptr};
  std::atomic<int> log_level{3};  // SC_LOG_NOTICE
  std::atomic<bool> engine_exists{false};

  // As a new process: nothing registered, storage open.
  void reset();
  // Loggers do not outlive their lifecycle (RunModeShutDown).
  void forget_loggers();
  // Frees `block` (from malloc), unless a slot of `values`, in it, still holds a value: then the
  // block stays for good, in sight of leak checkers. What the engine leaves behind when it exits
  // (L14, L27) is no leak of the plugin's. [creator]
  void free_or_leave_behind(void* block, const Storage* values, unsigned slots);

 private:
  std::vector<void*> left_behind_;
};

// Made when the library is loaded, and never destroyed: plugins' static destructors may still call.
extern ProcessState* const g_state;
inline ProcessState& state() noexcept { return *g_state; }

// True while storage reads are checked. Apart from the state, for the hot path.
extern std::atomic<bool> g_watched;

}  // namespace surisim::abi
