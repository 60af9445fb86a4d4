// The threads that plugins have started with pthread_create, directly or through a library.
//
// When:    from the library's load to the end of the process, with checks on and without a
//          sanitizer (plugin_threads.cpp); reset() when an engine is created.
// Owner:   the process state, and the thread itself.
// Threads: any.
// Source:  util-logopenfile.c (LogFileFreeCtx): nothing waits for a plugin's threads after Deinit.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/journal.hpp"
#include "base/mutex.hpp"

namespace surisim::abi {

struct PluginThread {
  pthread_t handle{};  // set once it has been started
  std::uint32_t plugin = 0;
  JournalCallback callback = JournalCallback::none;  // that started it
  const void* caller = nullptr;                      // of pthread_create
  const void* function = nullptr;                    // what the thread runs
  bool is_detached = false;
  bool is_joined = false;
  bool outlived_output = false;  // it still ran after a file type's Deinit
  std::atomic<bool> has_ended{false};
};

// The function that the calling thread runs, if a plugin has started it; else NULL.
const void* function_of_plugins_thread() noexcept;

class PluginThreads {
 public:
  struct Counts {
    std::uint64_t started = 0;
    std::uint64_t joined = 0;
    std::uint64_t detached = 0;
    std::uint64_t running = 0;  // neither joined nor at their end
  };

  // True if the calling thread is in a plugin's callback, or was started by a plugin.
  static bool runs_plugin_code() noexcept;
  // The C library's pthread_create, for a plugin.
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  int start(Create create, pthread_t* thread, const pthread_attr_t* attributes,
            void* (*routine)(void*), void* argument, const void* caller) noexcept;
  void joined(pthread_t thread);
  void detached(pthread_t thread);

  // Call it after the Deinit of the plugin's file type. [creator]
  void outputs_closed(std::uint32_t plugin);
  // Reports threads of outputs that were not joined (output-lost). [main] at the end of the run
  void report_lost() const;
  Counts counts() const;
  void reset();

 private:
  PluginThread* find(pthread_t thread) SURISIM_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::vector<std::shared_ptr<PluginThread>> all_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace surisim::abi
