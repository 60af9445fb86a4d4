// The violations of a run: each once per place, with a count.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "surisim/violation.hpp"

namespace surisim::check {

class Violations {
 public:
  using Listener = std::function<void(const Violation&)>;

  // `listener` hears each new one, one at a time. May be empty.
  explicit Violations(Listener listener = {}) : listener_(std::move(listener)) {}

  // Adds it, or counts it when the same rule was broken at the same place. [any thread]
  void add(Violation violation);
  std::vector<Violation> all() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Violation> found_;
  std::unordered_map<std::string, std::size_t> by_place_;  // to a place in found_
  Listener listener_;
};

// Where the call is that returns to this address: "plugin.so!on_thread_init+0x24", for static
// functions too if the file has its symbol table; "plugin.so+0x1234", or empty.
std::string describe_address(const void* return_address);
// The same with its source line, where there is debug information, as Violation::set_at has it:
// "plugin.so!on_thread_init+0x24 (/src/plugin.c:42)".
std::string describe_call(const void* return_address);
// The name of the function at this address, or empty.
std::string symbol_at(const void* address);

}  // namespace surisim::check
