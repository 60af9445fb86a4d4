// Implements code_memory.hpp: maps memory near a library, and writes int3 and jumps into its text.
#include "translate/code_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace surisim::translate {
namespace {

constexpr std::size_t kStep = std::size_t{4} << 20;   // between addresses to try
constexpr std::size_t kReach = std::size_t{1} << 30;  // so that the whole library is within 2 GiB

std::uintptr_t map_at(std::uintptr_t place, std::size_t size) {
  void* const at = ::mmap(reinterpret_cast<void*>(place), size, PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  return at == MAP_FAILED ? 0 : reinterpret_cast<std::uintptr_t>(at);
}

std::uintptr_t map_near(std::uintptr_t near, std::size_t size, std::size_t bytes) {
  const std::uintptr_t above = (near + size + kPage - 1) & ~(kPage - 1);
  const std::uintptr_t below = (near & ~(kPage - 1)) - bytes;
  for (std::size_t away = kStep; away < kReach; away += kStep) {
    for (const std::uintptr_t place : {below - away, above + away}) {
      const std::uintptr_t found = map_at(place, bytes);
      if (found != 0) return found;
      if (errno != EEXIST) return 0;
    }
  }
  errno = ENOMEM;
  return 0;
}

}  // namespace

std::unique_ptr<CodeCache> CodeCache::create(std::uintptr_t near, std::size_t size,
                                             std::size_t bytes) {
  const std::size_t all =
      (kTable + kKnownTargets * sizeof(KnownTarget) + bytes + kPage - 1) & ~(kPage - 1);
  const std::uintptr_t begin = map_near(near, size, all);
  if (begin == 0) return nullptr;
  std::unique_ptr<CodeCache> cache(new CodeCache(begin, all));
  *reinterpret_cast<std::uintptr_t*>(cache->stop_slot()) = stop_function();
  // So that a call of NULL does not match an empty entry.
  cache->table()[0].negated = 1;
  return cache;
}

CodeCache::~CodeCache() { ::munmap(bytes(), size_); }

namespace {

constexpr std::uint8_t kInt3 = 0xcc;
constexpr std::size_t kLong = 5;   // bytes of a jump that reaches 2 GiB
constexpr std::size_t kShort = 2;  // of one that reaches 127 bytes

}  // namespace

void Entries::mark(std::size_t begin, std::size_t end, Mark mark) {
  for (std::size_t i = begin; i < std::min(end, size_); ++i)
    marks_[i] = static_cast<std::uint8_t>(marks_[i] | mark);
}

void Entries::close(std::size_t begin, std::size_t end) {
  __atomic_store_n(bytes(begin), kInt3, __ATOMIC_RELEASE);
  std::memset(bytes(begin), kInt3, end - begin);
  for (std::size_t i = begin; i < end; ++i) marks_[i] &= kArrival;
}

// Threads may arrive at the first byte: the jump is for them.
bool Entries::is_room(std::size_t at, std::size_t count) const {
  if (at + count > size_) return false;
  for (std::size_t i = at; i < at + count; ++i) {
    if ((marks_[i] & kOpen) == 0 || (marks_[i] & kTaken) != 0) return false;
    if (i != at && (marks_[i] & kArrival) != 0) return false;
  }
  return true;
}

std::size_t Entries::room_near(std::size_t at) const {
  const std::size_t from = at + kShort;
  const std::size_t last = std::min(from + 127, size_);
  for (std::size_t i = from > 128 ? from - 128 : 1; i <= last; ++i) {
    const bool overlaps = i < from && i + kLong > at;
    if (!overlaps && is_room(i, kLong) && (marks_[i] & kArrival) == 0) return i;
  }
  return 0;
}

void Entries::put_long(std::size_t at, std::uintptr_t target) {
  const auto distance =
      static_cast<std::int32_t>(static_cast<std::int64_t>(target - (text_ + at + kLong)));
  std::memcpy(bytes(at) + 1, &distance, sizeof distance);
  __atomic_store_n(bytes(at), std::uint8_t{0xe9}, __ATOMIC_RELEASE);
  mark(at, at + kLong, kTaken);
}

void Entries::jump(std::size_t at, std::uintptr_t target) {
  if (is_room(at, kLong)) {
    put_long(at, target);
    return;
  }
  if (!is_room(at, kShort)) return;
  const std::size_t room = room_near(at);
  if (room == 0) return;
  put_long(room, target);
  bytes(at)[1] = static_cast<std::uint8_t>(room - (at + kShort));
  __atomic_store_n(bytes(at), std::uint8_t{0xeb}, __ATOMIC_RELEASE);
  mark(at, at + kShort, kTaken);
}

bool Entries::keep_jump(std::size_t at) {
  if ((marks_[at] & kTaken) == 0) return false;
  bool keeps = true;
  for (std::size_t i = at + 1; i < at + kLong; ++i) keeps = keeps && (marks_[i] & kArrival) == 0;
  if (!keeps) close(at, at + kLong);
  return keeps;
}

}  // namespace surisim::translate
