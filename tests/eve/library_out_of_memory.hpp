// Makes allocations of the library fail, but not those of the test.
#pragma once

#include <dlfcn.h>

#include <cstring>

#include "../wrappers/out_of_memory.hpp"
#include "abi/faults.hpp"

namespace test {

// While the object exists, lets `successes` of the library's allocations succeed and the following
// ones fail. One thread.
class LibraryOutOfMemory final : public surisim::abi::FaultInjector {
 public:
  explicit LibraryOutOfMemory(int successes = 0) : left_(successes), new_(successes) {
    surisim::abi::g_faults = this;
  }
  LibraryOutOfMemory(const LibraryOutOfMemory&) = delete;
  LibraryOutOfMemory& operator=(const LibraryOutOfMemory&) = delete;
  ~LibraryOutOfMemory() override { surisim::abi::g_faults = nullptr; }

  bool fails(surisim::abi::FaultPoint point, const char*, const void* caller) noexcept override {
    Dl_info info{};
    if (point != surisim::abi::FaultPoint::plugin_alloc || ::dladdr(caller, &info) == 0 ||
        std::strstr(info.dli_fname, "libsurisim_") == nullptr)
      return false;
    return left_ == 0 || --left_ < 0;
  }

 private:
  int left_;
  OutOfMemory new_;  // under a sanitizer operator new is the program's, and asks this one
};

}  // namespace test
