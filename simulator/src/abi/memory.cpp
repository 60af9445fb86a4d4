// SC…Func: memory. Source: util-mem.c.
#include <suricata/util-mem.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "abi/engine_stage.hpp"
#include "abi/export.hpp"
#include "abi/faults.hpp"
#include "abi/process_state.hpp"

namespace {

using namespace surisim::abi;

// What malloc gave; NULL while the engine starts would end it.
template <class T>
T* given(T* memory, const char* function, const void* caller) {
  if (memory != nullptr || !starting()) return memory;
  if (Observer* const watcher = state().observer.load(std::memory_order_acquire))
    watcher->would_exit(function, "out of memory", true, caller);
  return memory;
}

// Runs `allocate`, unless it is asked to fail. While the engine starts nobody lives through that.
template <class Allocate>
auto ask(const char* function, const void* caller, Allocate allocate) -> decltype(allocate()) {
  if (!starting() && fails(FaultPoint::host_alloc, function, caller)) return nullptr;
  const UnfailingScope once;
  return given(allocate(), function, caller);
}

}  // namespace

SURISIM_ABI void* SCMallocFunc(const size_t sz) {
  return ask(__func__, SURISIM_CALLER, [sz] { return std::malloc(sz); });
}

SURISIM_ABI void* SCCallocFunc(const size_t nm, const size_t sz) {
  return ask(__func__, SURISIM_CALLER, [nm, sz] { return std::calloc(nm, sz); });
}

SURISIM_ABI void* SCReallocFunc(void* ptr, const size_t size) {
  return ask(__func__, SURISIM_CALLER, [ptr, size] { return std::realloc(ptr, size); });
}

SURISIM_ABI char* SCStrdupFunc(const char* s) {
  return ask(__func__, SURISIM_CALLER, [s] { return ::strdup(s); });
}

SURISIM_ABI char* SCStrndupFunc(const char* s, size_t n) {
  return ask(__func__, SURISIM_CALLER, [s, n] { return ::strndup(s, n); });
}

SURISIM_ABI void* SCMallocAlignedFunc(const size_t size, const size_t align) {
  return ask(__func__, SURISIM_CALLER, [size, align] {
    void* memory = nullptr;
    return ::posix_memalign(&memory, align, size) == 0 ? memory : nullptr;
  });
}

SURISIM_ABI void SCFreeAlignedFunc(void* ptr) { std::free(ptr); }
