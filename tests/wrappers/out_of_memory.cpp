// Implements out_of_memory.hpp: replaces operator new.
#include "out_of_memory.hpp"

#include <new>

namespace test {
namespace {

constexpr int kUnlimited = -1;
int left = kUnlimited;

bool refused() {
  if (left == kUnlimited) return false;
  if (left == 0) return true;
  --left;
  return false;
}

}  // namespace

OutOfMemory::OutOfMemory(int successes) { left = successes; }
OutOfMemory::~OutOfMemory() { left = kUnlimited; }

}  // namespace test

// The standard allows a program to replace it.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return test::refused() ? nullptr : ::operator new(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return test::refused() ? nullptr : ::operator new[](size);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return test::refused() ? nullptr : ::operator new(size, alignment);
}
