// The process-wide state behind the C functions: as in Suricata, there is one engine per process.
// tests/layout/promises_test.cpp lists the other globals, each with its reason.
//
// When:    from the library's load to the end of the process; reset() when an engine is created.
// Owner:   the process: it is never destroyed.
// Threads: lists are written on main before threads exist, and read by any.
// Source:  util-storage.c, suricata.c (suricata_ctl_flags), util-atomic.h.
#pragma once

#include <suricata/flow-callbacks.h>
#include <suricata/output-eve.h>
#include <suricata/output.h>
#include <suricata/suricata.h>
#include <suricata/thread-callbacks.h>
#include <suricata/util-storage.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "abi/capture_plugins.hpp"
#include "abi/counters.hpp"
#include "abi/eve_header.hpp"
#include "abi/observer.hpp"
#include "abi/plugin_threads.hpp"
#include "abi/registrations.hpp"
#include "base/mutex.hpp"
#include "conf/conf_tree.hpp"
#include "surisim/error.hpp"

extern "C" {
// Read by the macro FatalErrorOnInit of Suricata's headers. Source: util-atomic.h.
extern std::atomic<unsigned> engine_stage_sc_atomic__;
}

namespace surisim::abi {

// True until the engine's threads run. Until then, running out of memory ends Suricata, and so do
// errors that a plugin declares fatal. [any thread]
inline bool starting() { return engine_stage_sc_atomic__.load() == SURICATA_INIT; }

// Sets the stage as plugins see it in data symbols. `stop_requested`: the input is at its end, or
// the run is interrupted. [main]
void set_stage(unsigned stage, bool stop_requested);

// Owner of slots that Suricata registers for itself (L19).
inline constexpr std::uint32_t kSuricata = static_cast<std::uint32_t>(-2);

// The slots of all storage types, with the results of L16 to L23. One thread registers; after
// finalize any thread may read the map of Free functions.
class StorageRegistry {
 public:
  struct Slot {
    const char* name;  // the caller's pointer, kept and read again as Suricata does (L17)
    void (*free)(void*);
    int id;
    const char* registered_name;             // a copy of the name when it was registered
    unsigned size = 0;                       // 8.0's: what `alloc` gets
    void* (*alloc)(unsigned int) = nullptr;  // 8.0's: makes a value on demand (E16)
  };
  // What a plugin registers. `size` and `alloc`: 8.0 only (E8).
  struct Request {
    StorageEnum type;
    const char* name;
    void (*free)(void*);
    unsigned size = sizeof(void*);
    void* (*alloc)(unsigned int) = nullptr;
  };

  StorageRegistry();
  ~StorageRegistry();
  void init();
  void cleanup();
  // `caller`: the plugin's call; NULL for Suricata's own slots.
  int add(const Request& request, const void* caller, std::uint32_t owner, Refusal* why);
  int finalize();

  bool closed() const { return closed_; }
  unsigned count(StorageEnum type) const { return count_[type]; }
  // nullptr if the slot was not in the list at finalize: Suricata would crash (L18).
  void (*free_of(StorageEnum type, int id) const)(void*);
  // The slot's name when it was registered; "" if there is no such slot.
  const char* name_of(StorageEnum type, int id) const;
  // The id of a thread or flow slot. Error (invalid_option): there is none; names the existing
  // ones.
  expected<int> find(StorageEnum type, std::string_view name) const;
  // Error (invalid_option): there is no such slot.
  expected<void> check(StorageEnum type, int id) const;
  // After finalize; nullptr if there is no such slot.
  const Slot* slot(StorageEnum type, int id) const {
    const auto& slots = map_[type];
    const auto at = static_cast<std::size_t>(static_cast<unsigned>(id));
    return at < slots.size() ? &slots[at] : nullptr;
  }
  // The slot's owner, even after a second finalize; nullptr if there is no such slot.
  const std::uint32_t* owner_of(StorageEnum type, int id) const {
    const auto slot = static_cast<std::size_t>(static_cast<unsigned>(id));
    if (static_cast<unsigned>(type) >= STORAGE_MAX || slot >= owners_[type].size()) return nullptr;
    return &owners_[type][slot];
  }

 private:
  bool taken(StorageEnum type, const char* name) const;
  void forget();

  bool closed_ = false;
  std::array<unsigned, STORAGE_MAX> count_{};
  std::array<std::vector<Slot>, STORAGE_MAX> list_;  // registered, until finalize takes it
  std::array<std::vector<Slot>, STORAGE_MAX> map_;   // after finalize
  std::array<std::vector<std::uint32_t>, STORAGE_MAX> owners_;  // by id
  struct Index;  // finds registered names, and owns their copies
  std::unique_ptr<std::pmr::memory_resource> pieces_;
  std::unique_ptr<Index> index_;
};

// A list of callbacks: appended to at any time, run in order, never shortened (L8). Running takes
// no lock. As in Suricata, a callback that is registered by a running one runs in the same pass.
template <class Fn>
class CallbackList {
 public:
  struct Node {
    Fn fn;
    void* user;
    std::uint32_t plugin;  // which registered it; engine::kNoPlugin: unknown
    std::atomic<Node*> next{nullptr};
  };

  void append(Node* node) {
    const MutexLock lock(mutex_);
    (last_ == nullptr ? first_ : last_->next).store(node, std::memory_order_release);
    last_ = node;
    size_.fetch_add(1, std::memory_order_relaxed);
  }
  const Node* first() const { return first_.load(std::memory_order_acquire); }
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  // Empties the list. Suricata never frees nodes: they stay allocated, in `left_behind`.
  void reset(std::vector<void*>& left_behind) {
    const MutexLock lock(mutex_);
    for (Node* node = first_.load(); node != nullptr; node = node->next.load())
      left_behind.push_back(node);
    first_.store(nullptr);
    last_ = nullptr;
    size_.store(0);
  }

 private:
  Mutex mutex_;
  std::atomic<Node*> first_{nullptr};
  Node* last_ SURISIM_GUARDED_BY(mutex_) = nullptr;
  std::atomic<std::size_t> size_{0};
};

// The plugin whose Init, or a function that it passed there, is running. Written by [main].
struct LoadingPlugin {
  static constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);
  std::atomic<std::uint32_t> place{kNone};          // its index in the list of plugins
  std::atomic<std::uint32_t> first_of_file{kNone};  // the first index of the same file (L40)
};

// All loggers by kind, in the order of registration. `user` is their initdata.
class LoggerLists {
 public:
  template <class Fns>
  CallbackList<Fns>& of() {
    return std::get<CallbackList<Fns>>(lists_);
  }
  void reset(std::vector<void*>& left_behind) {
    std::apply([&left_behind](auto&... list) { (list.reset(left_behind), ...); }, lists_);
  }

 private:
  std::tuple<CallbackList<PacketLoggerFns>, CallbackList<TxLoggerFns>, CallbackList<FileLoggerFns>,
             CallbackList<FiledataLoggerFns>, CallbackList<StreamingLoggerFns>,
             CallbackList<FlowLoggerFns>, CallbackList<StatsLoggerFns>>
      lists_;
};

// Packet time, as TimeGet returns it. Suricata ignores packet threads that have seen no packet for
// 5 s; here none is ignored.
class PacketTime {
 public:
  // `workers`: how many there are if time is that of packets; 0: time is the clock's. [main]
  void reset(std::size_t workers) { reached_ = std::vector<Reached>(workers); }
  // False: live. [any thread]
  bool is_of_packets() const { return !reached_.empty(); }
  // Call it for each packet that a worker handles. [worker]
  void reached(std::uint32_t worker, SCTime_t time) noexcept {
    if (worker < reached_.size())
      reached_[worker].time.store(std::bit_cast<std::uint64_t>(time), std::memory_order_relaxed);
  }
  // [any thread]
  SCTime_t now() const noexcept;

 private:
  struct alignas(64) Reached {
    std::atomic<std::uint64_t> time{0};  // an SCTime_t; 0: no packet yet
  };
  std::vector<Reached> reached_;
};

struct ProcessState {
  StorageRegistry storage;
  surisim::conf::ConfTree conf;
  Keywords keywords;
  Protocols protocols;
  CapturePlugins capture;
  LateRegistrations parser_registrations;
  LateRegistrations keyword_registrations;
  CallbackList<SCThreadInitCallbackFn> thread_init;
  CallbackList<SCFlowInitCallbackFn> flow_init;
  CallbackList<SCFlowUpdateCallbackFn> flow_update;
  CallbackList<SCFlowFinishCallbackFn> flow_finish;
  CallbackList<SCOnLoggingReadyCallback> logging_ready;
  CallbackList<SCEveUserCallbackFn> eve;
  LoggerLists loggers;
  RegisteredLoggers registered_loggers;
  CounterRegistry counters;
  EveRegistrations eve_outputs;
  std::string iface;  // the interface that packets are captured on; "" unless there is just one
  PacketTime packet_time;
  // The capture file that is read, or was last; null: none. Its reader owns the text.
  std::atomic<const char*> pcap_filename{nullptr};
  // Null: Ethernet addresses are not kept. Set before there are threads.
  EtherAddressesOf ether_addresses_of = nullptr;
  PluginThreads plugin_threads;
  std::vector<std::string> eve_types;        // of parsers that plugins bring: "eve-log.NAME"
  std::atomic<Observer*> observer{nullptr};  // while there is an engine
  LoadingPlugin loading;
  std::atomic<int> log_level{3};  // SC_LOG_NOTICE
  std::atomic<bool> engine_exists{false};

  // As in a new process: nothing is registered, and storage is open.
  void reset();
  // Loggers do not outlive their lifecycle (RunModeShutDown).
  void forget_loggers();
  // Frees `block` (from malloc), unless a slot of `values`, which is part of it, still holds a
  // value: then the block stays allocated, and reachable for leak checkers, because values that the
  // engine leaves behind at exit (L14, L27) are not leaks of the plugin. [creator]
  void free_or_leave_behind(void* block, const Storage* values, unsigned slots);
  // Frees a ThreadVars. With checks on, the latest kMostHeldBack of them are poisoned and kept
  // until the next engine: a new ThreadVars at the same address would hide the use of a stale
  // pointer (L25, L28). [any thread]
  void free_thread_vars(ThreadVars* tv);
  static constexpr std::size_t kMostHeldBack = 4096;

 private:
  std::vector<void*> left_behind_;
  Mutex held_back_mutex_;
  std::deque<void*> held_back_ SURISIM_GUARDED_BY(held_back_mutex_);
};

// Created when the library is loaded, and never destroyed: plugins' static destructors may use it.
extern ProcessState* const g_state;
inline ProcessState& state() noexcept { return *g_state; }
inline Observer* observer() noexcept { return state().observer.load(std::memory_order_acquire); }
inline void notify(const Notice& notice) {
  if (Observer* const watcher = observer()) watcher->happened(notice);
}
inline void list_registration(const char* kind, const char* name, int id) {
  notify(ListedRegistration{kind, name, id});
}

}  // namespace surisim::abi
