// Implements code_cache.hpp.
#include "translate/code_cache.hpp"

#include <sys/mman.h>

#include <cerrno>

namespace surisim::translate {
namespace {

constexpr std::size_t kStep = std::size_t{4} << 20;   // between places that are tried
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
  // A call of NULL must not find an empty entry.
  cache->table()[0].negated = 1;
  return cache;
}

CodeCache::~CodeCache() { ::munmap(bytes(), size_); }

}  // namespace surisim::translate
