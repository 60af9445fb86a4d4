// What is the simulator's own, and not a plugin's: its code, and what it allocates in a function
// that a plugin has called.
//
// When:    a scope in such functions: what is not marked is taken for the plugin's; the rest at any
//          time.
// Owner:   a scope; nothing else is kept.
// Threads: a scope: its own; the rest any, in a signal handler too.
#pragma once

namespace surisim::base {

// How many functions of the host that allocate the calling thread is in.
inline thread_local int host_depth __attribute__((tls_model("initial-exec"))) = 0;

// For the length of a scope, what this thread allocates is the host's and not the plugin's.
class HostScope {
 public:
  HostScope() noexcept { ++host_depth; }
  ~HostScope() { --host_depth; }
  HostScope(const HostScope&) = delete;
  HostScope& operator=(const HostScope&) = delete;
};

// How many functions the calling thread is in whose memory no plugin ever gets.
inline thread_local int own_depth __attribute__((tls_model("initial-exec"))) = 0;

// For the length of a scope, what this thread allocates is surisim's own: the checks do not look at
// it.
class OwnScope {
 public:
  OwnScope() noexcept { ++own_depth; }
  ~OwnScope() { --own_depth; }
  OwnScope(const OwnScope&) = delete;
  OwnScope& operator=(const OwnScope&) = delete;

 private:
  HostScope host_;
};

// The linker's names for it.
extern const char kOwnBegin __asm__("__ehdr_start") __attribute__((visibility("hidden")));
extern const char kOwnEnd __asm__("etext") __attribute__((visibility("hidden")));

extern const char kOwnMemoryEnd __asm__("_end") __attribute__((visibility("hidden")));

inline bool is_own_code(const void* address) noexcept {
  return address >= &kOwnBegin && address < &kOwnEnd;
}

// Its data, too.
inline bool is_own_memory(const void* address) noexcept {
  return address >= &kOwnBegin && address < &kOwnMemoryEnd;
}

}  // namespace surisim::base
