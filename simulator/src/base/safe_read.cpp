// Reads memory through the kernel, which reports a bad address instead of raising SIGSEGV.
#include "base/safe_read.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace surisim::base {
namespace {

// Needs no pipe, for when the plugin has used up the file descriptors.
std::size_t read_memory_in_one_call(const void* from, void* to, std::size_t size) {
  const iovec here{to, size};
  const iovec there{const_cast<void*>(from), size};
  const long got = ::syscall(SYS_process_vm_readv, ::getpid(), &here, 1UL, &there, 1UL, 0UL);
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

}  // namespace

// Through a pipe: process_vm_readv does it in one call, but many containers forbid it.
std::size_t read_memory(const void* from, void* to, std::size_t size) {
  constexpr std::size_t kPage = 4096;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return read_memory_in_one_call(from, to, size);
  const auto address = reinterpret_cast<std::uintptr_t>(from);
  std::size_t written = 0;
  while (written < size) {  // page by page: a write that includes a bad page copies nothing
    const std::uintptr_t at = address + written;
    const std::size_t piece = std::min(size - written, kPage - at % kPage);
    // The system call itself: sanitizers' wrappers around write() read the memory themselves.
    if (::syscall(SYS_write, ends[1], at, piece) != static_cast<long>(piece)) break;
    written += piece;
  }
  const ssize_t got = ::read(ends[0], to, written);
  ::close(ends[0]);
  ::close(ends[1]);
  return got < 0 ? 0 : static_cast<std::size_t>(got);
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

}  // namespace surisim::base
