// Where the plugin's memory can be watched: malloc, free and their relatives of the whole process
// go through here, and through operator new with them.
#pragma once

#include <atomic>
#include <cstddef>

namespace surisim::abi {

// Called on whatever thread allocates, inside malloc: must not wait for anything but a spin lock.
class AllocationObserver {
 public:
  virtual ~AllocationObserver() = default;
  // False: malloc is to fail.
  virtual bool may_allocate(std::size_t size) noexcept = 0;
  virtual void allocated(void* block, std::size_t size, const void* caller) noexcept = 0;
  // False: the block is kept, the caller believes that it is freed. Where a sanitizer owns malloc
  // it is freed all the same.
  virtual bool freeing(void* block, const void* caller) noexcept = 0;
};

extern std::atomic<AllocationObserver*> g_allocations;

// Gives back a block that freeing() has kept.
void free_kept(void* block) noexcept;
// True where freeing() cannot keep a block: a sanitizer owns malloc.
bool frees_at_once() noexcept;

}  // namespace surisim::abi
