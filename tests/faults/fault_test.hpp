// In-process plugins that record the results of calls, and the fixture that injects faults.
#pragma once

#include <gtest/gtest.h>
#include <suricata/thread-storage.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"

namespace surisim::test {

// Recorded by the plugins below. Written on main, and on the only worker while main waits.
struct Noted {
  SCThreadStorageId slot{-1};
  bool registered = true;
  int asked = 0;
  int refused = 0;
  int bad_allocs = 0;
};
inline Noted noted;

inline bool once_more() {
  ++noted.asked;
  return true;
}

inline void take_back(void* memory) {
  once_more();
  if (memory == nullptr) ++noted.refused;
  std::free(memory);
}

class FaultTest : public fixtures::LifecycleTest {
 protected:
  FaultTest() {
    noted = {};
    options.threads = 1;
    options.command_socket = false;
    options.traffic.flows = 4;
    options.traffic.packets_per_flow = 2;
  }
  void fail(const char* fault) { options.faults.push_back(*surisim::parse_fault(fault)); }
  std::vector<FaultSummary> faults() const { return summary().faults; }
  static std::uint64_t threads_of(const surisim::Summary& summary) {
    return summary.threads.size();
  }
};

}  // namespace surisim::test
