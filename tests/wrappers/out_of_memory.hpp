// Memory that runs out when a test says so: for operator new with std::nothrow, the kind that the
// wrappers use.
#pragma once

namespace test {

// Lets `successes` allocations succeed and the following ones fail, for the life of the object.
class OutOfMemory {
 public:
  explicit OutOfMemory(int successes = 0);
  ~OutOfMemory();
  OutOfMemory(const OutOfMemory&) = delete;
  OutOfMemory& operator=(const OutOfMemory&) = delete;
};

}  // namespace test
