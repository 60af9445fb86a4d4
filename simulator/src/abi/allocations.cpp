// malloc and its relatives, before the C library's: a program that is linked with this library
// finds these first. They do what glibc does, and tell who watches. A sanitizer has its own; there
// its hooks tell.
#include "abi/allocations.hpp"

#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "abi/export.hpp"
#include "abi/faults.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SURISIM_SANITIZER_OWNS_MALLOC
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SURISIM_SANITIZER_OWNS_MALLOC
#endif

namespace surisim::abi {

std::atomic<AllocationObserver*> g_allocations{nullptr};

namespace {

AllocationObserver* observer() noexcept { return g_allocations.load(std::memory_order_acquire); }

}  // namespace

#ifdef SURISIM_SANITIZER_OWNS_MALLOC

extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*,
                                                                             std::size_t),
                                                         void (*free_hook)(const volatile void*));

void free_kept(void*) noexcept {}
bool frees_at_once() noexcept { return true; }

namespace {

[[maybe_unused]] const int g_hooks = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void* block, std::size_t size) {
      if (AllocationObserver* const watcher = observer(); watcher != nullptr && block != nullptr)
        watcher->allocated(const_cast<void*>(block), size, nullptr);
    },
    [](const volatile void* block) {
      if (AllocationObserver* const watcher = observer(); watcher != nullptr && block != nullptr)
        (void)watcher->freeing(const_cast<void*>(block), nullptr);
    });

}  // namespace
}  // namespace surisim::abi

#else

// glibc keeps these names for libraries that stand in front of it.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

void free_kept(void* block) noexcept { __libc_free(block); }
bool frees_at_once() noexcept { return false; }

namespace {

constexpr std::size_t kPage = 4096;

template <class Allocate>
void* allocate(std::size_t size, const void* caller, Allocate call) noexcept {
  AllocationObserver* const watcher = observer();
  const bool is_own = watcher != nullptr && watcher->at_work();
  if (!is_own && fails(FaultPoint::plugin_alloc, nullptr, caller)) {
    errno = ENOMEM;
    return nullptr;
  }
  if (watcher == nullptr) [[likely]]
    return call();
  void* const block = call();
  if (block != nullptr) watcher->allocated(block, size, caller);
  return block;
}

void release(void* block, const void* caller) noexcept {
  if (block == nullptr) return;
  AllocationObserver* const watcher = observer();
  if (watcher == nullptr || watcher->freeing(block, caller)) __libc_free(block);
}

// A new block and the old one freed, so that who watches sees both.
void* move(void* block, std::size_t size, const void* caller) noexcept {
  void* const moved = allocate(size, caller, [size] { return __libc_malloc(size); });
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, std::min(size, ::malloc_usable_size(block)));
  release(block, caller);
  return moved;
}

bool is_power_of_two(std::size_t n) { return n != 0 && (n & (n - 1)) == 0; }

}  // namespace
}  // namespace surisim::abi

using surisim::abi::allocate;

SURISIM_ABI void* malloc(std::size_t size) noexcept {
  return allocate(size, SURISIM_RETURN_ADDRESS,
                  [size] { return surisim::abi::__libc_malloc(size); });
}

SURISIM_ABI void free(void* block) noexcept {
  surisim::abi::release(block, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* calloc(std::size_t count, std::size_t size) noexcept {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return allocate(bytes, SURISIM_RETURN_ADDRESS,
                  [count, size] { return surisim::abi::__libc_calloc(count, size); });
}

SURISIM_ABI void* realloc(void* block, std::size_t size) noexcept {
  const void* const caller = SURISIM_RETURN_ADDRESS;
  if (block == nullptr)
    return allocate(size, caller, [size] { return surisim::abi::__libc_malloc(size); });
  if (surisim::abi::observer() == nullptr && surisim::abi::g_faults.load() == nullptr)
    return surisim::abi::__libc_realloc(block, size);
  if (size == 0) {
    surisim::abi::release(block, caller);
    return nullptr;
  }
  return surisim::abi::move(block, size, caller);
}

SURISIM_ABI void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return allocate(size, SURISIM_RETURN_ADDRESS,
                  [alignment, size] { return surisim::abi::__libc_memalign(alignment, size); });
}

SURISIM_ABI void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return allocate(size, SURISIM_RETURN_ADDRESS,
                  [alignment, size] { return surisim::abi::__libc_memalign(alignment, size); });
}

SURISIM_ABI int posix_memalign(void** to, std::size_t alignment, std::size_t size) noexcept {
  if (alignment % sizeof(void*) != 0 || !surisim::abi::is_power_of_two(alignment)) return EINVAL;
  const int before = errno;
  void* const block = allocate(size, SURISIM_RETURN_ADDRESS, [alignment, size] {
    return surisim::abi::__libc_memalign(alignment, size);
  });
  errno = before;
  if (block == nullptr) return ENOMEM;
  *to = block;
  return 0;
}

SURISIM_ABI void* valloc(std::size_t size) noexcept {
  return allocate(size, SURISIM_RETURN_ADDRESS,
                  [size] { return surisim::abi::__libc_memalign(surisim::abi::kPage, size); });
}

#endif
