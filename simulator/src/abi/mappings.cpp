// mmap and its relatives, before the C library's, as allocations.cpp has malloc: each does the
// system call, and tells who watches. A sanitizer has its own, and there nobody is told.
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

#include "abi/allocations.hpp"
#include "abi/host_function.hpp"

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace {

using surisim::abi::AllocationObserver;

// Another malloc may map memory with its locks held: who watches would wait for them for ever.
AllocationObserver* observer() noexcept {
  return surisim::abi::frees_at_once()
             ? nullptr
             : surisim::abi::g_allocations.load(std::memory_order_acquire);
}

// What a program may keep pointers in. Not a device: to read its memory may set it in motion.
bool keeps_data(int protection, int flags, int fd) noexcept {
  if ((flags & MAP_ANONYMOUS) != 0) return true;
  struct stat file;
  return (protection & PROT_WRITE) != 0 && ::fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
}

// Each argument in a whole register, as the kernel looks at it.
void* map(void* where, std::size_t size, int protection, int flags, int fd, off64_t offset,
          const void* caller) noexcept {
  const long got = ::syscall(SYS_mmap, where, size, static_cast<long>(protection),
                             static_cast<long>(flags), static_cast<long>(fd), offset);
  auto* const start = reinterpret_cast<void*>(got);
  AllocationObserver* const watcher = observer();
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

// Told before it goes: once it has gone another thread may get the same addresses.
SURISIM_ABI int munmap(void* start, std::size_t size) noexcept {
  const int before = errno;
  AllocationObserver* const watcher = observer();
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
  AllocationObserver* const watcher = observer();
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
