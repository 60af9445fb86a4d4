// malloc and its relatives, before the C library's: a program that is linked with this library
// finds these first. They do what glibc does, and tell who watches. A sanitizer has its own; there
// its hooks tell.
#include "abi/allocations.hpp"

#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "abi/export.hpp"
#include "abi/faults.hpp"

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

void* malloc_for(std::size_t size, const void*) noexcept { return std::malloc(size); }
void* calloc_for(std::size_t count, std::size_t size, const void*) noexcept {
  return std::calloc(count, size);
}
void* realloc_for(void* block, std::size_t size, const void*) noexcept {
  return std::realloc(block, size);
}
void* aligned_for(std::size_t alignment, std::size_t size, const void*) noexcept {
  void* block = nullptr;
  return ::posix_memalign(&block, alignment, size) == 0 ? block : nullptr;
}
void free_for(void* block, const void*) noexcept { std::free(block); }

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

}  // namespace

void* malloc_for(std::size_t size, const void* caller) noexcept {
  return allocate(size, caller, [size] { return __libc_malloc(size); });
}

void* calloc_for(std::size_t count, std::size_t size, const void* caller) noexcept {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return allocate(bytes, caller, [count, size] { return __libc_calloc(count, size); });
}

void* realloc_for(void* block, std::size_t size, const void* caller) noexcept {
  if (block == nullptr) return malloc_for(size, caller);
  if (observer() == nullptr && g_faults.load() == nullptr) return __libc_realloc(block, size);
  if (size == 0) {
    release(block, caller);
    return nullptr;
  }
  return move(block, size, caller);
}

void* aligned_for(std::size_t alignment, std::size_t size, const void* caller) noexcept {
  return allocate(size, caller, [alignment, size] { return __libc_memalign(alignment, size); });
}

void free_for(void* block, const void* caller) noexcept { release(block, caller); }

}  // namespace surisim::abi

SURISIM_ABI void* malloc(std::size_t size) noexcept {
  return surisim::abi::malloc_for(size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void free(void* block) noexcept {
  surisim::abi::free_for(block, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* calloc(std::size_t count, std::size_t size) noexcept {
  return surisim::abi::calloc_for(count, size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* realloc(void* block, std::size_t size) noexcept {
  return surisim::abi::realloc_for(block, size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return surisim::abi::aligned_for(alignment, size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return surisim::abi::aligned_for(alignment, size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI int posix_memalign(void** to, std::size_t alignment, std::size_t size) noexcept {
  if (alignment % sizeof(void*) != 0 || !surisim::abi::is_power_of_two(alignment)) return EINVAL;
  const int before = errno;
  void* const block = surisim::abi::aligned_for(alignment, size, SURISIM_RETURN_ADDRESS);
  errno = before;
  if (block == nullptr) return ENOMEM;
  *to = block;
  return 0;
}

SURISIM_ABI void* valloc(std::size_t size) noexcept {
  return surisim::abi::aligned_for(surisim::abi::kPage, size, SURISIM_RETURN_ADDRESS);
}

// C++'s, so that who asks is not a library's operator new for all of them.
namespace {

using surisim::abi::aligned_for;
using surisim::abi::free_for;
using surisim::abi::malloc_for;

void* new_or_null(std::size_t size, std::align_val_t alignment, const void* caller) {
  const auto align = static_cast<std::size_t>(alignment);
  if (size == 0) size = 1;
  for (;;) {
    void* const block = align <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
                            ? malloc_for(size, caller)
                            : aligned_for(align, size, caller);
    if (block != nullptr) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) return nullptr;
    handler();
  }
}

void* new_or_throw(std::size_t size, std::align_val_t alignment, const void* caller) {
  void* const block = new_or_null(size, alignment, caller);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void* new_nothrow(std::size_t size, std::align_val_t alignment, const void* caller) noexcept {
  try {
    return new_or_null(size, alignment, caller);
  } catch (const std::bad_alloc&) {  // from the handler
    return nullptr;
  }
}

constexpr std::align_val_t kUsual{__STDCPP_DEFAULT_NEW_ALIGNMENT__};

}  // namespace

void* operator new(std::size_t size) { return new_or_throw(size, kUsual, SURISIM_RETURN_ADDRESS); }
void* operator new[](std::size_t size) {
  return new_or_throw(size, kUsual, SURISIM_RETURN_ADDRESS);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return new_or_throw(size, alignment, SURISIM_RETURN_ADDRESS);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return new_or_throw(size, alignment, SURISIM_RETURN_ADDRESS);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return new_nothrow(size, kUsual, SURISIM_RETURN_ADDRESS);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return new_nothrow(size, kUsual, SURISIM_RETURN_ADDRESS);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return new_nothrow(size, alignment, SURISIM_RETURN_ADDRESS);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return new_nothrow(size, alignment, SURISIM_RETURN_ADDRESS);
}
void operator delete(void* block) noexcept { free_for(block, SURISIM_RETURN_ADDRESS); }
void operator delete[](void* block) noexcept { free_for(block, SURISIM_RETURN_ADDRESS); }
void operator delete(void* block, std::size_t) noexcept { free_for(block, SURISIM_RETURN_ADDRESS); }
void operator delete[](void* block, std::size_t) noexcept {
  free_for(block, SURISIM_RETURN_ADDRESS);
}
void operator delete(void* block, std::align_val_t) noexcept {
  free_for(block, SURISIM_RETURN_ADDRESS);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  free_for(block, SURISIM_RETURN_ADDRESS);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  free_for(block, SURISIM_RETURN_ADDRESS);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  free_for(block, SURISIM_RETURN_ADDRESS);
}

#endif
