// Goal: lost memory is found although malloc's free lists point to it. Method: a free block of this
// program shows where those lists are.
#include "check/leak_roots.hpp"

#include <gmock/gmock.h>
#include <link.h>

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace surisim::check {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::IsTrue;
using ::testing::Not;

int add_data_of_libc(dl_phdr_info* info, std::size_t, void* to) {
  if (std::string_view(info->dlpi_name).find("/libc.so") == std::string_view::npos) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) == 0) continue;
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    static_cast<std::vector<Range>*>(to)->push_back({begin, begin + segment.p_memsz});
  }
  return 0;
}

// For each word in the C library's data that is `wanted`: whether it is in `lists`.
std::vector<bool> places_of(std::uintptr_t wanted, const Range& lists) {
  std::vector<Range> data;
  data.reserve(8);
  std::vector<bool> places;
  places.reserve(64);  // allocates nothing from the lists while they are read
  ::dl_iterate_phdr(add_data_of_libc, &data);
  for (const Range& range : data) {
    for (std::uintptr_t at = range.begin; at + sizeof(wanted) <= range.end; at += sizeof(wanted)) {
      std::uintptr_t word = 0;
      std::memcpy(&word, reinterpret_cast<const void*>(at), sizeof(word));
      if (word == wanted) places.push_back(at >= lists.begin && at < lists.end);
    }
  }
  return places;
}

TEST(FreeLists, AreWhereTheCLibraryPointsToMemoryThatIsFree) {
  for (const std::size_t size : {1200, 5000, 50000}) {
    const Range lists = lists_of_free_memory();
    void* const block = std::malloc(size);
    void* volatile guard = std::malloc(size);  // volatile, so that it is not optimised away
    const auto at = reinterpret_cast<std::uintptr_t>(block);
    std::free(block);
    constexpr std::uintptr_t kHead = 2 * sizeof(void*);  // a free block is known by its head
    const std::vector<bool> places = places_of(at - kHead, lists);
    EXPECT_THAT(places, Not(IsEmpty()));
    EXPECT_THAT(places, Each(IsTrue()));
    std::free(guard);
  }
}

}  // namespace
}  // namespace surisim::check
