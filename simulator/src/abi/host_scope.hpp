// Tells memory that the host asks for, while a plugin's callback runs, from memory that the plugin
// asks for.
#pragma once

namespace surisim::abi {

// How many functions of the host that allocate the calling thread is in.
inline thread_local int host_depth __attribute__((tls_model("initial-exec"))) = 0;

// For the length of a scope, what this thread allocates is the host's.
class HostScope {
 public:
  HostScope() noexcept { ++host_depth; }
  ~HostScope() { --host_depth; }
  HostScope(const HostScope&) = delete;
  HostScope& operator=(const HostScope&) = delete;
};

}  // namespace surisim::abi
