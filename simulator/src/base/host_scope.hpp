// Tells the simulator's code and memory from a plugin's. Memory that the simulator allocates in a
// function called by a plugin counts as the plugin's, unless a HostScope or OwnScope marks it.
//
// When:    scopes in such functions; the address checks at any time.
// Owner:   nothing is kept.
// Threads: a scope marks its own thread; the address checks any, in a signal handler too.
#pragma once

namespace surisim::base {

// How many HostScopes the calling thread is in.
inline thread_local int host_depth __attribute__((tls_model("initial-exec"))) = 0;

// Within this scope the thread's allocations belong to the host, not to the plugin.
class HostScope {
 public:
  HostScope() noexcept { ++host_depth; }
  ~HostScope() { --host_depth; }
  HostScope(const HostScope&) = delete;
  HostScope& operator=(const HostScope&) = delete;
};

// How many OwnScopes the calling thread is in.
inline thread_local int own_depth __attribute__((tls_model("initial-exec"))) = 0;

// Within this scope the thread's allocations never reach a plugin, and the checks ignore them.
class OwnScope {
 public:
  OwnScope() noexcept { ++own_depth; }
  ~OwnScope() { --own_depth; }
  OwnScope(const OwnScope&) = delete;
  OwnScope& operator=(const OwnScope&) = delete;

 private:
  HostScope host_;
};

// Symbols that the linker defines: where this library's image begins, its code ends, its data ends.
extern const char kOwnBegin __asm__("__ehdr_start") __attribute__((visibility("hidden")));
extern const char kOwnEnd __asm__("etext") __attribute__((visibility("hidden")));
extern const char kOwnMemoryEnd __asm__("_end") __attribute__((visibility("hidden")));

inline bool is_own_code(const void* address) noexcept {
  return address >= &kOwnBegin && address < &kOwnEnd;
}

// Code or data.
inline bool is_own_memory(const void* address) noexcept {
  return address >= &kOwnBegin && address < &kOwnMemoryEnd;
}

}  // namespace surisim::base
