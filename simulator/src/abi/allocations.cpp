// malloc and its relatives, before the C library's: a program that is linked with this library
// finds these first. They do what glibc does, and tell who watches. A program that was built with a
// sanitizer has that one's, or there is one that was preloaded: then all goes there, also from this
// library, and a sanitizer's hooks tell.
#include "abi/allocations.hpp"

#include <dlfcn.h>
#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "abi/fault_points.hpp"
#include "abi/host_function.hpp"

namespace surisim::abi {

std::atomic<AllocationObserver*> g_allocations{nullptr};

namespace {

AllocationObserver* observer() noexcept { return g_allocations.load(std::memory_order_acquire); }

// The process's malloc where it is not this library's: a sanitizer's, or one that was preloaded.
// Then whoever frees may be theirs, and so must be all that is handed out. Null: it is ours.
struct Foreign {
  decltype(&std::malloc) malloc;
  decltype(&std::calloc) calloc;
  decltype(&std::realloc) realloc;
  decltype(&::posix_memalign) posix_memalign;
  decltype(&std::free) free;
};
const Foreign* g_foreign = nullptr;

using InstallHooks = int (*)(void (*)(const volatile void*, std::size_t),
                             void (*)(const volatile void*));

// A sanitizer tells of what it allocates, but not who asks for it.
void install_hooks(InstallHooks install) {
  (void)install(
      [](const volatile void* block, std::size_t size) {
        if (AllocationObserver* const watcher = observer(); watcher != nullptr && block != nullptr)
          watcher->allocated(const_cast<void*>(block), size, nullptr);
      },
      [](const volatile void* block) {
        if (AllocationObserver* const watcher = observer(); watcher != nullptr && block != nullptr)
          (void)watcher->freeing(const_cast<void*>(block), nullptr);
      });
}

template <class Function>
Function in_process(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
}

// Before anything of this library allocates for others.
__attribute__((constructor(101))) void look_whose_malloc_it_is() {
  static Foreign foreign;
  Dl_info whose{};
  Dl_info ours{};
  const auto found = in_process<decltype(&std::malloc)>("malloc");
  if (found == nullptr || ::dladdr(reinterpret_cast<void*>(found), &whose) == 0 ||
      ::dladdr(reinterpret_cast<void*>(&look_whose_malloc_it_is), &ours) == 0 ||
      whose.dli_fbase == ours.dli_fbase)
    return;
  foreign = {found, in_process<decltype(&std::calloc)>("calloc"),
             in_process<decltype(&std::realloc)>("realloc"),
             in_process<decltype(&::posix_memalign)>("posix_memalign"),
             in_process<decltype(&std::free)>("free")};
  g_foreign = &foreign;
  if (const auto install = in_process<InstallHooks>("__sanitizer_install_malloc_and_free_hooks"))
    install_hooks(install);
}

}  // namespace

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

// glibc keeps these names for libraries that stand in front of it.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace {

constexpr std::size_t kPage = 4096;

bool is_ours() noexcept { return g_foreign == nullptr; }

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
  if (block != nullptr) watcher->allocated(block, size, is_ours() ? caller : nullptr);
  return block;
}

void own_free(void* block, const void* caller) noexcept {
  if (block == nullptr) return;
  AllocationObserver* const watcher = observer();
  if (watcher == nullptr || watcher->freeing(block, caller)) __libc_free(block);
}

void* own_malloc(std::size_t size, const void* caller) noexcept {
  return allocate(size, caller, [size] { return __libc_malloc(size); });
}

void* own_calloc(std::size_t count, std::size_t size, const void* caller) noexcept {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return allocate(bytes, caller, [count, size] { return __libc_calloc(count, size); });
}

// A new block and the old one freed, so that who watches sees both.
void* move(void* block, std::size_t size, const void* caller) noexcept {
  void* const moved = own_malloc(size, caller);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, std::min(size, ::malloc_usable_size(block)));
  own_free(block, caller);
  return moved;
}

void* own_realloc(void* block, std::size_t size, const void* caller) noexcept {
  if (block == nullptr) return own_malloc(size, caller);
  if (observer() == nullptr && g_faults.load() == nullptr) return __libc_realloc(block, size);
  if (size == 0) {
    own_free(block, caller);
    return nullptr;
  }
  return move(block, size, caller);
}

void* own_aligned(std::size_t alignment, std::size_t size, const void* caller) noexcept {
  return allocate(size, caller, [alignment, size] { return __libc_memalign(alignment, size); });
}

}  // namespace

void free_kept(void* block) noexcept { __libc_free(block); }

#else

namespace {

// There is none.
void* own_malloc(std::size_t, const void*) noexcept { return nullptr; }
void* own_calloc(std::size_t, std::size_t, const void*) noexcept { return nullptr; }
void* own_realloc(void*, std::size_t, const void*) noexcept { return nullptr; }
void* own_aligned(std::size_t, std::size_t, const void*) noexcept { return nullptr; }
void own_free(void*, const void*) noexcept {}
constexpr bool is_ours() noexcept { return false; }

}  // namespace

void free_kept(void*) noexcept {}

#endif

bool frees_at_once() noexcept { return !is_ours(); }

void* malloc_for(std::size_t size, const void* caller) noexcept {
  return is_ours() ? own_malloc(size, caller) : g_foreign->malloc(size);
}

void* calloc_for(std::size_t count, std::size_t size, const void* caller) noexcept {
  return is_ours() ? own_calloc(count, size, caller) : g_foreign->calloc(count, size);
}

void* realloc_for(void* block, std::size_t size, const void* caller) noexcept {
  return is_ours() ? own_realloc(block, size, caller) : g_foreign->realloc(block, size);
}

void* aligned_for(std::size_t alignment, std::size_t size, const void* caller) noexcept {
  if (is_ours()) return own_aligned(alignment, size, caller);
  void* block = nullptr;
  return g_foreign->posix_memalign(&block, alignment, size) == 0 ? block : nullptr;
}

void free_for(void* block, const void* caller) noexcept {
  if (is_ours()) {
    own_free(block, caller);
  } else {
    g_foreign->free(block);
  }
}

}  // namespace surisim::abi

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

SURISIM_ABI void* malloc(std::size_t size) noexcept {
  return surisim::abi::own_malloc(size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void free(void* block) noexcept {
  surisim::abi::own_free(block, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* calloc(std::size_t count, std::size_t size) noexcept {
  return surisim::abi::own_calloc(count, size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* realloc(void* block, std::size_t size) noexcept {
  return surisim::abi::own_realloc(block, size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return surisim::abi::own_aligned(alignment, size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return surisim::abi::own_aligned(alignment, size, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI int posix_memalign(void** to, std::size_t alignment, std::size_t size) noexcept {
  if (alignment % sizeof(void*) != 0 || !surisim::abi::is_power_of_two(alignment)) return EINVAL;
  const int before = errno;
  void* const block = surisim::abi::own_aligned(alignment, size, SURISIM_RETURN_ADDRESS);
  errno = before;
  if (block == nullptr) return ENOMEM;
  *to = block;
  return 0;
}

SURISIM_ABI void* valloc(std::size_t size) noexcept {
  return surisim::abi::own_aligned(surisim::abi::kPage, size, SURISIM_RETURN_ADDRESS);
}

// C++'s, so that who asks is not a library's operator new for all of them.
namespace {

using surisim::abi::own_aligned;
using surisim::abi::own_free;
using surisim::abi::own_malloc;

void* new_or_null(std::size_t size, std::align_val_t alignment, const void* caller) {
  const auto align = static_cast<std::size_t>(alignment);
  if (size == 0) size = 1;
  for (;;) {
    void* const block = align <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
                            ? own_malloc(size, caller)
                            : own_aligned(align, size, caller);
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
void operator delete(void* block) noexcept { own_free(block, SURISIM_RETURN_ADDRESS); }
void operator delete[](void* block) noexcept { own_free(block, SURISIM_RETURN_ADDRESS); }
void operator delete(void* block, std::size_t) noexcept { own_free(block, SURISIM_RETURN_ADDRESS); }
void operator delete[](void* block, std::size_t) noexcept {
  own_free(block, SURISIM_RETURN_ADDRESS);
}
void operator delete(void* block, std::align_val_t) noexcept {
  own_free(block, SURISIM_RETURN_ADDRESS);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  own_free(block, SURISIM_RETURN_ADDRESS);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  own_free(block, SURISIM_RETURN_ADDRESS);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  own_free(block, SURISIM_RETURN_ADDRESS);
}

#endif
