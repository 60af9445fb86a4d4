// Defines malloc, mmap and their relatives, which a program linked with this library finds before
// the C library's. They do what glibc's do, and report to the observer. If the process has another
// malloc, a sanitizer's or a preloaded one, all calls go there, and only a sanitizer's hooks
// report.
#include "abi/allocations.hpp"

#include <dlfcn.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "abi/faults.hpp"
#include "abi/host_function.hpp"
#include "schedule/controller.hpp"

namespace surisim::abi {

std::atomic<AllocationObserver*> g_allocations{nullptr};

namespace {

AllocationObserver* allocation_observer() noexcept {
  return g_allocations.load(std::memory_order_acquire);
}

// The process's malloc if it is not this library's: a sanitizer's, or a preloaded one. Its free may
// be called on any block, so every block must come from it.
struct Foreign {
  decltype(&std::malloc) malloc;
  decltype(&std::calloc) calloc;
  decltype(&std::realloc) realloc;
  decltype(&::posix_memalign) posix_memalign;
  decltype(&std::free) free;
};
const Foreign* g_foreign = nullptr;  // null: malloc is this library's

using InstallHooks = int (*)(void (*)(const volatile void*, std::size_t),
                             void (*)(const volatile void*));

// A sanitizer's hooks report each block, but not the caller.
void install_hooks(InstallHooks install) {
  (void)install(
      [](const volatile void* block, std::size_t size) {
        if (AllocationObserver* const watcher = allocation_observer();
            watcher != nullptr && block != nullptr)
          watcher->allocated(const_cast<void*>(block), size, nullptr);
      },
      [](const volatile void* block) {
        if (AllocationObserver* const watcher = allocation_observer();
            watcher != nullptr && block != nullptr)
          (void)watcher->freeing(const_cast<void*>(block), nullptr);
      });
}

template <class Function>
Function in_process(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
}

// Runs before this library allocates anything for others.
__attribute__((constructor(101))) void find_foreign_malloc() {
  static Foreign foreign;
  Dl_info theirs{};
  Dl_info ours{};
  const auto found = in_process<decltype(&std::malloc)>("malloc");
  if (found == nullptr || ::dladdr(reinterpret_cast<void*>(found), &theirs) == 0 ||
      ::dladdr(reinterpret_cast<void*>(&find_foreign_malloc), &ours) == 0 ||
      theirs.dli_fbase == ours.dli_fbase)
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

// glibc exports these names for libraries that replace malloc.
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

bool refused(AllocationObserver* watcher, const void* caller) noexcept {
  if (g_faults.load(std::memory_order_relaxed) == nullptr) [[likely]]
    return false;
  const bool is_own = watcher != nullptr && watcher->is_busy();
  if (is_own || !fails(FaultPoint::plugin_alloc, nullptr, caller)) return false;
  errno = ENOMEM;
  return true;
}

template <class Allocate>
void* allocate(std::size_t size, const void* caller, Allocate call) noexcept {
  AllocationObserver* const watcher = allocation_observer();
  if (refused(watcher, caller)) return nullptr;
  if (watcher == nullptr) [[likely]]
    return call();
  void* const block = call();
  if (block != nullptr) watcher->allocated(block, size, is_ours() ? caller : nullptr);
  return block;
}

inline void free_now(void* block, const void* caller) noexcept {
  AllocationObserver* const watcher = allocation_observer();
  if (watcher == nullptr || watcher->freeing(block, caller)) __libc_free(block);
}

// A function of its own, so that without a scheduler free() only pays for a comparison.
[[gnu::noinline]] void free_under_control(void* block, const void* caller) noexcept {
  if (schedule::controlled()) schedule::frees(block, ::malloc_usable_size(block), caller);
  free_now(block, caller);
}

void own_free(void* block, const void* caller) noexcept {
  if (block == nullptr) return;
  if (schedule::t_me != nullptr) [[unlikely]]
    return free_under_control(block, caller);
  free_now(block, caller);
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

// Allocates a new block and frees the old one, so that the observer sees both.
void* move(void* block, std::size_t size, const void* caller) noexcept {
  void* const moved = own_malloc(size, caller);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, std::min(size, ::malloc_usable_size(block)));
  own_free(block, caller);
  return moved;
}

// Lets the C library resize the block: it moves a large block's pages without copying them.
void* resize_large(void* block, std::size_t size, const void* caller) noexcept {
  AllocationObserver* const watcher = allocation_observer();
  if (refused(watcher, caller)) return nullptr;
  if (watcher == nullptr) return __libc_realloc(block, size);
  void* const copy = __libc_malloc(size);
  if (copy == nullptr) return nullptr;
  const std::size_t before = ::malloc_usable_size(block);
  void* resized = copy;
  if (watcher->freeing(block, caller)) {
    __libc_free(copy);
    resized = __libc_realloc(block, size);
  } else {  // the old memory is kept
    std::memcpy(copy, block, std::min(size, before));
  }
  if (resized == nullptr)
    watcher->allocated(block, before, caller);
  else
    watcher->allocated(resized, size, caller);
  return resized;
}

void* own_realloc(void* block, std::size_t size, const void* caller) noexcept {
  if (block == nullptr) return own_malloc(size, caller);
  if (allocation_observer() == nullptr && g_faults.load() == nullptr)
    return __libc_realloc(block, size);
  if (size == 0) {
    own_free(block, caller);
    return nullptr;
  }
  constexpr std::size_t kLarge = std::size_t{1} << 20;
  if (::malloc_usable_size(block) >= kLarge) return resize_large(block, size, caller);
  return move(block, size, caller);
}

void* own_aligned(std::size_t alignment, std::size_t size, const void* caller) noexcept {
  return allocate(size, caller, [alignment, size] { return __libc_memalign(alignment, size); });
}

}  // namespace

void free_kept(void* block) noexcept { __libc_free(block); }

#else

namespace {

// Never called: a sanitizer's malloc is always foreign.
void* own_malloc(std::size_t, const void*) noexcept { return nullptr; }
void* own_calloc(std::size_t, std::size_t, const void*) noexcept { return nullptr; }
void* own_realloc(void*, std::size_t, const void*) noexcept { return nullptr; }
void* own_aligned(std::size_t, std::size_t, const void*) noexcept { return nullptr; }
[[maybe_unused]] void own_free(void*, const void*) noexcept {}
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
  if (alignment % sizeof(void*) != 0 || !std::has_single_bit(alignment)) return EINVAL;
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

// operator new and delete too: with the C++ library's, every caller would be that library.
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

namespace {

using surisim::abi::AllocationObserver;

// A foreign malloc may map memory with its locks held; the observer would wait for them forever.
AllocationObserver* mapping_observer() noexcept {
  return surisim::abi::frees_at_once()
             ? nullptr
             : surisim::abi::g_allocations.load(std::memory_order_acquire);
}

// True for memory that may hold pointers. Not a device's: reading it may have effects.
bool keeps_data(int protection, int flags, int fd) noexcept {
  if ((flags & MAP_ANONYMOUS) != 0) return true;
  struct stat file;
  return (protection & PROT_WRITE) != 0 && ::fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
}

// The kernel reads whole registers, so each argument is passed as a long.
void* map(void* where, std::size_t size, int protection, int flags, int fd, off64_t offset,
          const void* caller) noexcept {
  const long got = ::syscall(SYS_mmap, where, size, static_cast<long>(protection),
                             static_cast<long>(flags), static_cast<long>(fd), offset);
  auto* const start = reinterpret_cast<void*>(got);
  AllocationObserver* const watcher = mapping_observer();
  if (watcher == nullptr || start == MAP_FAILED) return start;
  const int before = errno;
  watcher->mapped(start, size, keeps_data(protection, flags, fd) ? caller : nullptr);
  errno = before;
  return start;
}

}  // namespace

SURISIM_ABI void* mmap(void* where, std::size_t size, int protection, int flags, int fd,
                       off_t offset) noexcept {
  return map(where, size, protection, flags, fd, offset, SURISIM_RETURN_ADDRESS);
}

SURISIM_ABI void* mmap64(void* where, std::size_t size, int protection, int flags, int fd,
                         off64_t offset) noexcept {
  return map(where, size, protection, flags, fd, offset, SURISIM_RETURN_ADDRESS);
}

// Reported before the memory is gone: afterwards another thread may get the same addresses.
SURISIM_ABI int munmap(void* start, std::size_t size) noexcept {
  const int before = errno;
  AllocationObserver* const watcher = mapping_observer();
  const bool known = watcher != nullptr && watcher->unmapping(start, size);
  errno = before;
  const long result = ::syscall(SYS_munmap, start, size);
  if (result != 0 && known) {
    const int error = errno;
    watcher->mapped(start, size, SURISIM_RETURN_ADDRESS);
    errno = error;
  }
  return static_cast<int>(result);
}

SURISIM_ABI void* mremap(void* start, std::size_t size, std::size_t new_size, int flags,
                         ...) noexcept {
  void* where = nullptr;
  if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0) {
    va_list rest;
    va_start(rest, flags);
    where = va_arg(rest, void*);
    va_end(rest);
  }
  int before = errno;
  AllocationObserver* const watcher = mapping_observer();
  const bool known = watcher != nullptr && watcher->unmapping(start, size);
  errno = before;
  const long got = ::syscall(SYS_mremap, start, size, new_size, static_cast<long>(flags), where);
  auto* const moved = reinterpret_cast<void*>(got);
  if (!known) return moved;
  before = errno;
  const bool stays = moved == MAP_FAILED || (flags & MREMAP_DONTUNMAP) != 0;
  if (stays) watcher->mapped(start, size, SURISIM_RETURN_ADDRESS);
  if (moved != MAP_FAILED) watcher->mapped(moved, new_size, SURISIM_RETURN_ADDRESS);
  errno = before;
  return moved;
}

#endif
