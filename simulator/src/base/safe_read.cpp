// Reads memory through the kernel, which reports a bad address instead of raising SIGSEGV.
#include "base/safe_read.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>

namespace surisim::base {
namespace {

// Copies a piece of one page. False: the page cannot be read, or copying is not possible.
using Copy = bool (*)(const void* from, void* to, std::size_t size);

bool copy_in_one_call(const void* from, void* to, std::size_t size) {
  const iovec here{to, size};
  const iovec there{const_cast<void*>(from), size};
  return ::syscall(SYS_process_vm_readv, ::getpid(), &here, 1UL, &there, 1UL, 0UL) ==
         static_cast<long>(size);
}

bool copy_through_pipe(const void* from, void* to, std::size_t size) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return false;
  // The system call itself: sanitizers' wrappers around write() read the memory themselves.
  const bool copied = ::syscall(SYS_write, ends[1], from, size) == static_cast<long>(size) &&
                      ::read(ends[0], to, size) == static_cast<ssize_t>(size);
  ::close(ends[0]);
  ::close(ends[1]);
  return copied;
}

std::size_t copy_pages(const void* from, void* to, std::size_t size, Copy copy) {
  constexpr std::size_t kPage = 4096;
  const auto address = reinterpret_cast<std::uintptr_t>(from);
  std::size_t copied = 0;
  while (copied < size) {
    const std::uintptr_t at = address + copied;
    const std::size_t piece = std::min(size - copied, kPage - at % kPage);
    if (!copy(reinterpret_cast<const void*>(at), static_cast<char*>(to) + copied, piece)) break;
    copied += piece;
  }
  return copied;
}

}  // namespace

// Many containers forbid process_vm_readv; the pipe needs two file descriptors, and a plugin may
// have used up all of them.
std::size_t read_memory(const void* from, void* to, std::size_t size) {
  const std::size_t copied = copy_pages(from, to, size, copy_in_one_call);
  return copied > 0 ? copied : copy_pages(from, to, size, copy_through_pipe);
}

std::string read_string(const char* text) {
  std::string out;
  if (text == nullptr) return out;
  std::array<char, 256> chunk{};
  auto at = reinterpret_cast<std::uintptr_t>(text);
  while (out.size() < 4096) {
    const std::size_t got =
        read_memory(reinterpret_cast<const void*>(at), chunk.data(), chunk.size());
    const std::size_t length = ::strnlen(chunk.data(), got);
    out.append(chunk.data(), length);
    if (length < chunk.size()) break;
    at += chunk.size();
  }
  return out;
}

std::string cut_if_extreme(const char* text) {
  if (text == nullptr || ::strnlen(text, kExtremeText + 1) <= kExtremeText) return "";
  return std::string(text, kExtremeText) + "… (" + std::to_string(std::strlen(text)) + " bytes)";
}

namespace {

std::atomic<OriginalCode> g_original_code{nullptr};

}  // namespace

std::size_t read_code(const void* from, void* to, std::size_t size) {
  const OriginalCode original = g_original_code.load(std::memory_order_acquire);
  const std::size_t got =
      original == nullptr ? 0 : original(reinterpret_cast<std::uintptr_t>(from), to, size);
  return got != 0 ? got : read_memory(from, to, size);
}

void set_original_code(OriginalCode original) {
  g_original_code.store(original, std::memory_order_release);
}

}  // namespace surisim::base
