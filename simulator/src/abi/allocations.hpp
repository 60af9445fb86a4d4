// Reports the plugin's allocations to an observer. The library defines malloc, mmap, operator new
// and their relatives for the whole process.
//
// When:    from before main() until after the last destructor.
// Owner:   blocks belong to their callers; whoever sets g_allocations owns the observer and unsets
//          it.
// Threads: any, inside malloc too.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>

#include "base/sanitizers.hpp"
#include "base/text.hpp"

namespace surisim::abi {

// Called inside malloc, on the thread that allocates: must not wait for anything but a spin lock.
class AllocationObserver {
 public:
  virtual ~AllocationObserver() = default;
  // True while the observer itself runs on this thread, which then allocates for the observer.
  virtual bool is_busy() const noexcept = 0;
  virtual void allocated(void* block, std::size_t size, const void* caller) noexcept = 0;
  // False: the block is kept, although the caller believes that it is freed. If a sanitizer owns
  // malloc the block is freed anyway.
  virtual bool freeing(void* block, const void* caller) noexcept = 0;
  // Memory was mapped or moved. `caller` NULL: it is not memory to keep pointers in.
  virtual void mapped(void* start, std::size_t size, const void* caller) noexcept = 0;
  // Memory is about to be unmapped. True: some of it was known, and mapped() must be called again
  // if the memory stays.
  virtual bool unmapping(void* start, std::size_t size) noexcept = 0;
};

extern std::atomic<AllocationObserver*> g_allocations;

// True for functions of the C and C++ libraries that this library replaces: those of
// simulator/replaceable.list.
inline bool replaces_libc(std::string_view symbol) {
  constexpr std::array<std::string_view, 4> kOperators = {"_Znw", "_Zna", "_ZdlPv", "_ZdaPv"};
  if (std::any_of(kOperators.begin(), kOperators.end(),
                  [symbol](std::string_view name) { return symbol.starts_with(name); }))
    return true;
  constexpr std::string_view kSymbols =
      "aligned_alloc calloc free malloc memalign mmap mmap64 mremap munmap posix_memalign "
      "pthread_cancel pthread_clockjoin_np pthread_create pthread_detach pthread_join pthread_kill "
      "pthread_sigqueue pthread_timedjoin_np pthread_tryjoin_np realloc valloc";
  return base::has_word(kSymbols, symbol);
}

// malloc and its relatives for C functions that allocate for a plugin: `caller`, where the plugin's
// call returns to, is reported to the observer. In a process with a foreign malloc they call that
// one, and no caller is reported.
void* malloc_for(std::size_t size, const void* caller) noexcept;
void* calloc_for(std::size_t count, std::size_t size, const void* caller) noexcept;
void* realloc_for(void* block, std::size_t size, const void* caller) noexcept;
// `alignment` is a power of two.
void* aligned_for(std::size_t alignment, std::size_t size, const void* caller) noexcept;

// Frees a block that freeing() has kept.
void free_kept(void* block) noexcept;
// True if freeing() cannot keep a block and no allocation can be made to fail: the process has a
// foreign malloc, a sanitizer's or one that was preloaded.
bool frees_at_once() noexcept;

}  // namespace surisim::abi
