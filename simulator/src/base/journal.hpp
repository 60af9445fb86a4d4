// Records what each thread of a run is doing, in memory that outlives the run. A supervising
// process reads there what a crash, a hang or an exit interrupted.
//
// When:    during a run whose Options::journal points to it; may be read afterwards, too.
// Owner:   the caller, for longer than the Runtime. It can live in memory shared by two processes
//          (mmap MAP_SHARED, all zeros): it has a fixed size, and no pointers except to string
//          literals, which have the same address in a process and its forked child.
// Threads: each thread writes its own entry; any thread or process may read, at any time. What it
//          reads from a running program may be slightly out of date.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace surisim {

// Which code of the plugin is running; `none`: the engine's own code.
enum class JournalCallback : std::uint8_t {
  none,
  open,         // dlopen: the constructors
  entry_point,  // SCPluginRegister
  init,
  thread_init,
  flow_init,
  flow_update,
  flow_finish,
  free_value,  // a slot's Free
  logging_ready,
  eve,
  packet_logger,  // its thread init and deinit too; the other loggers likewise
  tx_logger,
  file_logger,
  filedata_logger,
  streaming_logger,
  flow_logger,
  stats_logger,
  eve_filetype,        // each of its functions
  app_layer_register,  // of an SCAppLayerPlugin; keywords_register likewise
  keywords_register,
  counter,        // the function of a global counter
  capture_init,   // of an SCCapturePlugin, and its GetDefaultMode
  run_mode,       // the function that makes packet threads
  capture_loop,   // a packet acquisition loop, which runs until the engine stops
  thread_module,  // the other functions of a thread module
  invariant,      // of Options::invariants
  close,          // dlclose or the end of the process: the destructors
};

inline constexpr std::size_t kJournalCallbacks =
    static_cast<std::size_t>(JournalCallback::close) + 1;

// As in Violation::callback.
constexpr const char* to_string(JournalCallback callback) {
  constexpr std::array kNames = {
      "",
      "constructor",
      "SCPluginRegister",
      "Init",
      "thread init",
      "flow init",
      "flow update",
      "flow finish",
      "Free",
      "logging ready",
      "EVE",
      "packet logger",
      "tx logger",
      "file logger",
      "file data logger",
      "streaming logger",
      "flow logger",
      "statistics logger",
      "EVE file type",
      "Register",
      "KeywordsRegister",
      "counter",
      "capture Init",
      "run mode",
      "capture loop",
      "thread module",
      "invariant",
      "destructor",
  };
  const auto i = static_cast<std::size_t>(callback);
  return i < kNames.size() ? kNames[i] : "";
}

constexpr bool is_logger(JournalCallback callback) {
  return callback >= JournalCallback::packet_logger && callback <= JournalCallback::stats_logger;
}

// `running`: what the thread is in. True if a callback that starts now counts as called by the
// engine, not as nested: nothing is running, or only a run mode or a capture loop, from which
// plugins call the host functions that run other callbacks.
constexpr bool is_outside(JournalCallback running) {
  return running == JournalCallback::none || running == JournalCallback::capture_loop ||
         running == JournalCallback::run_mode;
}

// One OS thread. It has its own cache lines, so that threads do not slow each other down.
class alignas(64) JournalEntry {
 public:
  static constexpr std::uint32_t kCalls = 8;  // how many of the last calls are kept

  // Call these around each call into the plugin, on the entry's thread; calls may nest. Pass the
  // result of enter() to leave().
  JournalCallback enter(JournalCallback callback) noexcept {
    const std::uint64_t before = current_.load(std::memory_order_relaxed);
    const std::uint64_t now = ((before >> 8) + 1) << 8 | static_cast<std::uint64_t>(callback);
    current_.store(now, std::memory_order_relaxed);
    const auto outside = static_cast<JournalCallback>(before & 0xff);
    if (is_outside(outside)) outermost_.store(now, std::memory_order_relaxed);
    return outside;
  }
  void leave(JournalCallback before) noexcept {
    const std::uint64_t now = current_.load(std::memory_order_relaxed);
    current_.store((now & ~std::uint64_t{0xff}) | static_cast<std::uint64_t>(before),
                   std::memory_order_relaxed);
  }
  // Shows a supervisor that surisim's own work, outside any callback, makes progress. [owner]
  void note_progress() noexcept { leave(enter(JournalCallback::none)); }
  // The plugin calls this host function, a string literal. [owner]
  void called(const char* function) noexcept {
    const std::uint32_t n = count_.load(std::memory_order_relaxed);
    calls_[n % kCalls].store(function, std::memory_order_relaxed);
    count_.store(n + 1, std::memory_order_relaxed);
  }
  // The function called last got NULL for this argument (a string literal), which Suricata
  // dereferences: the thread is about to crash. [owner]
  void got_null(const char* argument) noexcept {
    null_argument_.store(argument, std::memory_order_relaxed);
  }
  // The plugin frees a block for the second time, and the C library is about to abort. [owner]
  void frees_again() noexcept { frees_again_.store(true, std::memory_order_relaxed); }
  // The function of the callback that runs now; NULL: unknown. [owner]
  void runs(const void* function) noexcept { function_.store(function, std::memory_order_relaxed); }
  // The name of the ThreadVars that the callback is about, if it is not the thread's own: "W#01"
  // while the main thread runs its init callback (L5). [owner]
  void about(const char* tv) noexcept { copy(tv, tv_); }

  // The readers below work in any process. [signal-safe] except calls(), thread() and tv()
  JournalCallback callback() const noexcept {
    return static_cast<JournalCallback>(current_.load(std::memory_order_relaxed) & 0xff);
  }
  // The number of callbacks entered so far; the same number means that none has been entered since.
  std::uint64_t entered() const noexcept { return current_.load(std::memory_order_relaxed) >> 8; }
  // The last callback that the engine called, in which others may be nested (a Free in a flow
  // update), and entered() at that time. It may have returned: see callback().
  JournalCallback outermost() const noexcept {
    return static_cast<JournalCallback>(outermost_.load(std::memory_order_relaxed) & 0xff);
  }
  std::uint64_t outermost_entered() const noexcept {
    return outermost_.load(std::memory_order_relaxed) >> 8;
  }
  // The last host functions called, at most kCalls, the latest one last.
  std::vector<const char*> calls() const {
    std::vector<const char*> last;
    const std::uint32_t n = count_.load(std::memory_order_relaxed);
    for (std::uint32_t i = n < kCalls ? 0 : n - kCalls; i != n; ++i)
      last.push_back(calls_[i % kCalls].load(std::memory_order_relaxed));
    return last;
  }
  // The argument passed to got_null(); null: none.
  const char* null_argument() const noexcept {
    return null_argument_.load(std::memory_order_relaxed);
  }
  bool has_freed_again() const noexcept { return frees_again_.load(std::memory_order_relaxed); }
  const void* function() const noexcept { return function_.load(std::memory_order_relaxed); }
  std::int32_t tid() const noexcept { return tid_.load(std::memory_order_acquire); }
  std::string thread() const { return text(thread_); }
  std::string tv() const { return text(tv_); }

 private:
  friend struct Journal;
  using Name = std::array<char, 16>;

  static void copy(const char* from, Name& to) noexcept {
    const std::size_t length = ::strnlen(from, to.size() - 1);
    std::memcpy(to.data(), from, length);
    to[length] = '\0';
  }
  static std::string text(const Name& name) {
    return {name.data(), ::strnlen(name.data(), name.size())};
  }

  std::atomic<std::uint64_t> current_;    // times entered << 8 | callback
  std::atomic<std::uint64_t> outermost_;  // the same, of the last callback that was not nested
  std::atomic<std::int32_t> tid_;         // kernel's id of the thread; 0: the entry is free
  std::atomic<std::uint32_t> count_;      // calls of host functions
  Name thread_;
  Name tv_;
  std::array<std::atomic<const char*>, kCalls> calls_;
  std::atomic<const char*> null_argument_;
  std::atomic<const void*> function_;
  std::atomic<bool> frees_again_;
};

struct Journal {
  static constexpr std::size_t kEntries = 32768;  // 6 MiB; unused pages cost nothing

  std::atomic<std::int32_t> phase;  // 1 + index into kLifecycle; 0: none yet
  std::atomic<std::uint32_t> used;  // entries ever used: searches end here
  std::atomic<std::uint32_t> hint;  // where searches for a free entry begin
  std::array<JournalEntry, kEntries> entries;

  // An entry for the calling thread, whose kernel id is `tid`, until release(); null if all are
  // taken. `thread` is its name: "main", "W#01". [owner]
  JournalEntry* claim(std::int32_t tid, const char* thread) noexcept {
    const std::uint32_t start = hint.load(std::memory_order_relaxed) % kEntries;
    for (std::uint32_t n = 0; n < kEntries; ++n) {
      const auto i = static_cast<std::uint32_t>((start + n) % kEntries);
      JournalEntry& entry = entries[i];
      std::int32_t free = 0;
      if (entry.tid_.load(std::memory_order_relaxed) != 0) continue;
      // Until the name is copied, a reader may see the previous thread's name.
      if (!entry.tid_.compare_exchange_strong(free, tid, std::memory_order_acq_rel)) continue;
      JournalEntry::copy(thread, entry.thread_);
      entry.about("");
      entry.count_.store(0, std::memory_order_relaxed);
      entry.got_null(nullptr);
      entry.leave(JournalCallback::none);
      hint.store(i + 1, std::memory_order_relaxed);
      std::uint32_t seen = used.load(std::memory_order_relaxed);
      while (seen <= i && !used.compare_exchange_weak(seen, i + 1, std::memory_order_release)) {
      }
      return &entry;
    }
    return nullptr;
  }

  // The thread's entry; null if it has none. [any thread]
  JournalEntry* find(std::int32_t tid) noexcept {
    const std::uint32_t end = used.load(std::memory_order_acquire);
    for (std::uint32_t i = 0; i < end && i < kEntries; ++i)
      if (entries[i].tid_.load(std::memory_order_relaxed) == tid) return &entries[i];
    return nullptr;
  }

  // Null is allowed. [owner]
  void release(JournalEntry* entry) noexcept {
    if (entry == nullptr) return;
    const auto i = static_cast<std::uint32_t>(entry - entries.data());
    entry->tid_.store(0, std::memory_order_release);
    if (i < hint.load(std::memory_order_relaxed)) hint.store(i, std::memory_order_relaxed);
  }
};

}  // namespace surisim
