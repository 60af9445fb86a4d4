// Makes allocations fail on demand: those of operator new with std::nothrow, which the wrappers
// use.
#pragma once

namespace test {

// While the object exists, lets `successes` allocations succeed and the following ones fail.
class OutOfMemory {
 public:
  explicit OutOfMemory(int successes = 0);
  ~OutOfMemory();
  OutOfMemory(const OutOfMemory&) = delete;
  OutOfMemory& operator=(const OutOfMemory&) = delete;
};

}  // namespace test
