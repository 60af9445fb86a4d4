// Asks the C library's malloc for the address of its lists: a free block has it.
#include "check/free_lists.hpp"

#include <dlfcn.h>

#include <array>
#include <cstddef>
#include <cstdlib>

#include "abi/allocations.hpp"
#include "base/safe_read.hpp"

namespace surisim::check {

Range lists_of_free_memory() {
  if (abi::frees_at_once()) return {};
  // Too large for a thread's own cache and for the fast lists. The guard keeps the block from the
  // end of the heap, so that it goes to the first list when it is freed; its second word then leads
  // two words before that list.
  constexpr std::size_t kListed = 4000;
  void* const block = std::malloc(kListed);
  void* volatile guard = std::malloc(kListed);  // volatile: or it would be left out
  // volatile: what follows is no use of a freed block to a compiler.
  const volatile auto at = reinterpret_cast<std::uintptr_t>(block);
  std::free(block);
  std::array<std::uintptr_t, 2> links{};
  const std::size_t read =
      base::read_memory(reinterpret_cast<const void*>(at), links.data(), sizeof(links));
  std::free(guard);
  Dl_info lists{};
  Dl_info library{};
  if (read < sizeof(links) || ::dladdr(reinterpret_cast<const void*>(links[1]), &lists) == 0 ||
      ::dladdr(reinterpret_cast<const void*>(&::dladdr), &library) == 0 ||
      lists.dli_fbase != library.dli_fbase)
    return {};
  constexpr std::uintptr_t kFastLists = 10 * sizeof(void*);
  constexpr std::uintptr_t kLists = std::uintptr_t{127} * 2 * sizeof(void*);
  return {links[1] - kFastLists, links[1] + 2 * sizeof(void*) + kLists};
}

}  // namespace surisim::check
