// Functions that a plugin hands over in Init, to be called when Suricata registers its own (L2).
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace surisim::abi {

class LateRegistrations {
 public:
  struct Entry {
    void (*call)();
    std::size_t plugin;  // which was initialising, as the observer counts them
  };

  // 0, or 1 when out of memory. NULL is told to the observer, and not kept. [main]
  int add(const char* kind, void (*call)(), const void* caller);
  const std::vector<Entry>& all() const { return entries_; }
  void reset() { entries_.clear(); }

 private:
  std::vector<Entry> entries_;
};

}  // namespace surisim::abi
