// Where the plugin's memory can be watched: malloc, free and their relatives of the whole process
// go through here, and through operator new with them.
//
// When:    from before main() until after the last destructor.
// Owner:   blocks are their callers'; whoever sets g_allocations has the observer, and unsets it.
// Threads: any, inside malloc too.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SURISIM_SANITIZER_OWNS_MALLOC
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SURISIM_SANITIZER_OWNS_MALLOC
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>

namespace surisim::abi {

// Called on whatever thread allocates, inside malloc: must not wait for anything but a spin lock.
class AllocationObserver {
 public:
  virtual ~AllocationObserver() = default;
  // True while it is at work on this thread: what is allocated then is its own.
  virtual bool at_work() const noexcept = 0;
  virtual void allocated(void* block, std::size_t size, const void* caller) noexcept = 0;
  // False: the block is kept, the caller believes that it is freed. Where a sanitizer owns malloc
  // it is freed all the same.
  virtual bool freeing(void* block, const void* caller) noexcept = 0;
  // Memory was mapped, or mapped anew. `caller` NULL: it is none to keep pointers in.
  virtual void mapped(void* start, std::size_t size, const void* caller) noexcept = 0;
  // It is about to go. True: some of it was known; when it stays after all it has to be told anew.
  virtual bool unmapping(void* start, std::size_t size) noexcept = 0;
};

extern std::atomic<AllocationObserver*> g_allocations;

// Functions of the C library and C++'s that this library has too.
inline bool stands_before_libc(std::string_view symbol) {
  constexpr std::array<std::string_view, 4> kOperators = {"_Znw", "_Zna", "_ZdlPv", "_ZdaPv"};
  if (std::any_of(kOperators.begin(), kOperators.end(),
                  [symbol](std::string_view name) { return symbol.starts_with(name); }))
    return true;
  constexpr std::array<std::string_view, 12> kSymbols = {
      "aligned_alloc", "calloc", "free",   "malloc",         "memalign", "mmap",
      "mmap64",        "mremap", "munmap", "posix_memalign", "realloc",  "valloc"};
  return std::find(kSymbols.begin(), kSymbols.end(), symbol) != kSymbols.end();
}

inline bool is_power_of_two(std::size_t n) { return n != 0 && (n & (n - 1)) == 0; }

// malloc and its relatives, for a call of the plugin's that returns to `caller`: who watches is
// told of that one. Where the process has another malloc than this library's, they are that one's,
// and nobody is known to have called.
void* malloc_for(std::size_t size, const void* caller) noexcept;
void* calloc_for(std::size_t count, std::size_t size, const void* caller) noexcept;
void* realloc_for(void* block, std::size_t size, const void* caller) noexcept;
// `alignment` is a power of two.
void* aligned_for(std::size_t alignment, std::size_t size, const void* caller) noexcept;
void free_for(void* block, const void* caller) noexcept;

// Gives back a block that freeing() has kept.
void free_kept(void* block) noexcept;
// True where freeing() cannot keep a block, and no allocation can fail: the process has another
// malloc, a sanitizer's or one that was preloaded.
bool frees_at_once() noexcept;

}  // namespace surisim::abi
