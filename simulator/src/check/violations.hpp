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

}  // namespace surisim::check
