// Marks what the simulator itself allocates, in a function that a plugin has called.
//
// When:    in such functions; what is not marked is taken for the plugin's.
// Owner:   a scope.
// Threads: its own.
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

}  // namespace surisim::base
