// Which pointers are a ThreadVars or a Flow, and what became of them.
//
// A ThreadVars may be touched by the main thread until its own thread is spawned, by that thread
// alone until it has been joined, and by main again until it is freed (L25). A Flow lives in a
// pool, which uses its memory again (L33).
//
// When:    for the length of a run.
// Threads: any.
// Source:  tm-threads.c, flow.c; L25, L33.
#pragma once

#include <suricata/flow.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "abi/observer.hpp"
#include "base/mutex.hpp"

namespace surisim::check {

class Handles {
 public:
  struct Known {
    abi::ThreadStage stage;
    bool of_plugin;  // it made the ThreadVars itself
  };

  // [any thread]
  void thread_stage(const void* tv, abi::ThreadStage stage, bool of_plugin);
  // Nothing: no ThreadVars of ours. [any thread]
  std::optional<Known> thread(const void* tv) const;

  void flow_memory(const void* flow, bool made);
  enum class FlowState { unknown, open, closed };  // closed: its storage has been freed
  FlowState flow(const void* flow) const;

 private:
  mutable Mutex mutex_;
  std::unordered_map<const void*, Known> threads_ SURISIM_GUARDED_BY(mutex_);
  // False: the memory is gone.
  std::unordered_map<const void*, bool> flows_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace surisim::check
