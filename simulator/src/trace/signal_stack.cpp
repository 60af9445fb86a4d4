#include "trace/signal_stack.hpp"

#include <signal.h>
#include <sys/mman.h>

#include <cstddef>

namespace surisim::engine {

namespace {
// Room for the handler's look at the stack it interrupted. Pages that it never touches cost
// nothing.
constexpr std::size_t kBytes = 65536;
}  // namespace

SignalStack::SignalStack() {
  stack_t now{};
  if (::sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
  void* const memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t mine{};
  mine.ss_sp = memory;
  mine.ss_size = kBytes;
  if (::sigaltstack(&mine, nullptr) == 0) {
    memory_ = memory;
  } else {
    ::munmap(memory, kBytes);
  }
}

SignalStack::~SignalStack() {
  if (memory_ == nullptr) return;
  stack_t now{};
  if (::sigaltstack(nullptr, &now) == 0 && now.ss_sp == memory_) {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  ::munmap(memory_, kBytes);
}

}  // namespace surisim::engine
