// SCMallocFunc and its relatives: memory for plugins. Source: util-mem.c.
#include <suricata/util-mem.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "abi/allocations.hpp"
#include "abi/faults.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace {

using namespace surisim::abi;

// Returns `memory`. NULL while the engine starts is a violation, because Suricata would exit.
template <class T>
T* checked(T* memory, const char* function, const void* caller) {
  if (memory != nullptr || !starting()) return memory;
  notify(FatalCall{function, "out of memory", true, caller});
  return memory;
}

// Runs `allocate` for the plugin's call, unless an injected fault makes it fail. No fault is
// injected while the engine starts, because Suricata would exit.
template <class Allocate>
auto allocate_for(const char* function, const void* caller, Allocate allocate)
    -> decltype(allocate(caller)) {
  if (!starting() && fails(FaultPoint::host_alloc, function, caller)) return nullptr;
  const UnfailingScope once;
  return checked(allocate(caller), function, caller);
}

char* copy_of(const char* text, std::size_t length, const void* caller) {
  auto* const copy = static_cast<char*>(malloc_for(length + 1, caller));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

}  // namespace

SURISIM_ABI void* SCMallocFunc(const size_t sz) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [sz](const void* caller) { return malloc_for(sz, caller); });
}

SURISIM_ABI void* SCCallocFunc(const size_t nm, const size_t sz) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [nm, sz](const void* caller) { return calloc_for(nm, sz, caller); });
}

SURISIM_ABI void* SCReallocFunc(void* ptr, const size_t size) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [ptr, size](const void* caller) { return realloc_for(ptr, size, caller); });
}

SURISIM_ABI char* SCStrdupFunc(const char* s) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [s](const void* caller) { return copy_of(s, std::strlen(s), caller); });
}

SURISIM_ABI char* SCStrndupFunc(const char* s, size_t n) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [s, n](const void* caller) { return copy_of(s, ::strnlen(s, n), caller); });
}

SURISIM_ABI void* SCMallocAlignedFunc(const size_t size, const size_t align) {
  return allocate_for(__func__, SURISIM_CALLER, [size, align](const void* caller) {
    return align % sizeof(void*) == 0 && is_power_of_two(align) ? aligned_for(align, size, caller)
                                                                : nullptr;
  });
}

SURISIM_ABI void SCFreeAlignedFunc(void* ptr) { std::free(ptr); }
