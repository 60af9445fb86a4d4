// Implements machine_code.hpp.
#include "base/machine_code.hpp"

#include <atomic>

#include "base/safe_read.hpp"

namespace surisim::base {
namespace {

std::atomic<OriginalCode> g_original_code{nullptr};

}  // namespace

std::size_t read_code(const void* from, void* to, std::size_t size) {
  const OriginalCode original = g_original_code.load(std::memory_order_acquire);
  const std::size_t got =
      original == nullptr ? 0 : original(reinterpret_cast<std::uintptr_t>(from), to, size);
  return got != 0 ? got : read_memory(from, to, size);
}

void set_original_code(OriginalCode original) {
  g_original_code.store(original, std::memory_order_release);
}

}  // namespace surisim::base
