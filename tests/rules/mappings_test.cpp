// Goal: in a plugin's own mappings, exactly the pages that are mapped and touched are scanned for
// pointers, so that value-leaked is reported for unreachable values. Method: the ranges; this
// program makes a plugin's calls.
#include "check/leak_roots.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <vector>

#include "check/plugin_memory.hpp"

namespace surisim::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::size_t kMany = 1000;
constexpr int kUse = PROT_READ | PROT_WRITE;
constexpr int kMemory = MAP_PRIVATE | MAP_ANONYMOUS;

char* map(std::size_t pages, int protection = kUse) {
  return static_cast<char*>(::mmap(nullptr, pages * kPage, protection, kMemory, -1, 0));
}

std::uintptr_t at(const char* start, std::size_t page = 0) {
  return reinterpret_cast<std::uintptr_t>(start) + page * kPage;
}

std::vector<std::uintptr_t> pages_of(const std::vector<Pages>& runs) {
  std::vector<std::uintptr_t> pages;
  for (const Pages& run : runs)
    for (std::uintptr_t page = run.begin; page < run.end; page += kPage) pages.push_back(page);
  return pages;
}

TEST(Mappings, HaveOnlyThePagesThatWereTouched) {
  constexpr std::size_t kReserved = std::size_t{64} << 18;  // 64 GiB
  char* const start = map(kReserved, PROT_NONE);
  ASSERT_NE(start, MAP_FAILED);
  char* const middle = start + kReserved / 2 * kPage;
  ASSERT_EQ(::mprotect(middle, 2 * kPage, kUse), 0);
  *middle = 1;
  Mappings mappings;
  mappings.note(at(start), kReserved * kPage);
  EXPECT_THAT(pages_of(mappings.resident(kMany)), ElementsAre(at(middle)));
  ::munmap(start, kReserved * kPage);
}

TEST(Mappings, KeepTheRestWhenAPartIsUnmapped) {
  char* const start = map(5);
  for (std::size_t page = 0; page < 5; ++page) start[page * kPage] = 1;
  Mappings mappings;
  mappings.note(at(start), 5 * kPage - 1);
  EXPECT_TRUE(mappings.forget(at(start, 2), 1));
  EXPECT_FALSE(mappings.forget(at(start, 2), kPage));
  EXPECT_FALSE(mappings.forget(at(start), 0));
  EXPECT_THAT(pages_of(mappings.resident(kMany)),
              ElementsAre(at(start), at(start, 1), at(start, 3), at(start, 4)));
  EXPECT_THAT(pages_of(mappings.resident(2)), ElementsAre(at(start), at(start, 1)));
  EXPECT_TRUE(mappings.forget(at(start, 1), 3 * kPage));
  EXPECT_THAT(pages_of(mappings.resident(kMany)), ElementsAre(at(start), at(start, 4)));
  mappings.note(at(start, 1), kPage);
  ::munmap(start, kPage);  // without them being notified
  EXPECT_THAT(pages_of(mappings.resident(kMany)), ElementsAre(at(start, 1), at(start, 4)));
  ::munmap(start + kPage, 4 * kPage);
}

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

// Calls of this program are treated as a plugin's.
class MemoryCalls : public ::testing::Test {
 protected:
  MemoryCalls() { memory_.start(); }

  std::vector<std::uintptr_t> pages() const { return pages_of(memory_.mapped(kMany)); }

 private:
  std::atomic<const char*> phase_{"traffic"};
  Memory memory_{phase_};
};

TEST_F(MemoryCalls, AreRecordedAndTheirErrorsUnchanged) {
  errno = 0;
  char* const start = map(2);
  start[0] = start[kPage] = 1;
  EXPECT_EQ(::munmap(start + kPage, kPage), 0);
  EXPECT_EQ(errno, 0);
  EXPECT_THAT(pages(), ElementsAre(at(start)));
  EXPECT_EQ(::munmap(start + 1, kPage), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(::mremap(start, kPage, 0, 0), MAP_FAILED);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_THAT(pages(), ElementsAre(at(start)));
  EXPECT_EQ(::mmap(nullptr, 0, kUse, kMemory, -1, 0), MAP_FAILED);
  EXPECT_EQ(errno, EINVAL);
  ::munmap(start, kPage);
  // A later mapping there is not the plugin's.
  ::syscall(SYS_mmap, start, kPage, kUse, kMemory | MAP_FIXED, -1, 0);
  *start = 1;
  EXPECT_THAT(pages(), IsEmpty());
  ::syscall(SYS_munmap, start, kPage);
}

// Reading a device's memory may have side effects.
TEST_F(MemoryCalls, IgnoreADeviceEvenIfItReplacesMemory) {
  char* const start = map(1);
  *start = 1;
  EXPECT_THAT(pages(), ElementsAre(at(start)));
  const int device = ::open("/dev/zero", O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::mmap(start, kPage, kUse, MAP_PRIVATE | MAP_FIXED, device, 0), start);
  ::close(device);
  *start = 1;
  EXPECT_THAT(pages(), IsEmpty());
  ::munmap(start, kPage);
}

TEST_F(MemoryCalls, StayRecordedWhenOnlyTheContentsMove) {
  char* const start = map(1);
  *start = 1;
  auto* const moved =
      static_cast<char*>(::mremap(start, kPage, kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, nullptr));
  ASSERT_NE(moved, MAP_FAILED);
  *start = 2;
  EXPECT_THAT(pages(), UnorderedElementsAre(at(start), at(moved)));
  ::munmap(start, kPage);
  ::munmap(moved, kPage);
}

TEST_F(MemoryCalls, FollowAMappingThatMoves) {
  char* const start = map(1);
  char* const elsewhere = map(2);
  ::munmap(elsewhere, 2 * kPage);
  *start = 1;
  EXPECT_EQ(::mremap(start, kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere), elsewhere);
  EXPECT_THAT(pages(), ElementsAre(at(elsewhere)));
  ::munmap(elsewhere, 2 * kPage);
}

#endif

}  // namespace
}  // namespace surisim::check
