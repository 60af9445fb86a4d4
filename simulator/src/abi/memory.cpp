// SC…Func: memory. Source: util-mem.c.
#include <suricata/util-mem.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "abi/engine_stage.hpp"
#include "abi/export.hpp"
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

}  // namespace

SURISIM_ABI void* SCMallocFunc(const size_t sz) {
  return given(std::malloc(sz), __func__, SURISIM_CALLER);
}

SURISIM_ABI void* SCCallocFunc(const size_t nm, const size_t sz) {
  return given(std::calloc(nm, sz), __func__, SURISIM_CALLER);
}

SURISIM_ABI void* SCReallocFunc(void* ptr, const size_t size) {
  return given(std::realloc(ptr, size), __func__, SURISIM_CALLER);
}

SURISIM_ABI char* SCStrdupFunc(const char* s) {
  return given(::strdup(s), __func__, SURISIM_CALLER);
}

SURISIM_ABI char* SCStrndupFunc(const char* s, size_t n) {
  return given(::strndup(s, n), __func__, SURISIM_CALLER);
}

SURISIM_ABI void* SCMallocAlignedFunc(const size_t size, const size_t align) {
  void* memory = nullptr;
  if (::posix_memalign(&memory, align, size) != 0) memory = nullptr;
  return given(memory, __func__, SURISIM_CALLER);
}

SURISIM_ABI void SCFreeAlignedFunc(void* ptr) { std::free(ptr); }
