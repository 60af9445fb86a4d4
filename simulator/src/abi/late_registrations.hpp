// Functions that a plugin hands over in Init, to be called when Suricata registers its own (L2).
//
// When:    added in Init, called once all plugins are loaded.
// Owner:   the process state, until reset().
// Threads: [main]
#pragma once

#include <cstdint>
#include <new>
#include <vector>

#include "base/journal.hpp"

namespace surisim::abi {

class LateRegistrations {
 public:
  struct Entry {
    void (*call)();
    std::uint32_t plugin;  // which was initialising (LoadingPlugin::place)
  };

  // 0, or 1 when out of memory. NULL is reported to the observer, and not kept. [main]
  int add(JournalCallback kind, void (*call)(), const void* caller);
  const std::vector<Entry>& all() const { return entries_; }
  void reset() { entries_.clear(); }

 private:
  std::vector<Entry> entries_;
};

}  // namespace surisim::abi
