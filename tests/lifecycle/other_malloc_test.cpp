// A program built with a sanitizer and linked with a surisim library that was not, which is how
// most users test their plugin under AddressSanitizer. The process then uses the sanitizer's
// malloc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <suricata/util-mem.h>

#include <cstdlib>
#include <surisim/runtime.hpp>

#ifndef __SANITIZE_ADDRESS__
#if !__has_feature(address_sanitizer)
#error "this test is to be built with AddressSanitizer"
#endif
#endif

namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::Not;
using ::testing::SizeIs;

SCThreadStorageId slot{-1};

void frees_nothing(void*) {}

surisim::Summary run_with(void (*free_value)(void*)) {
  surisim::Options options;
  options.threads = 3;
  options.traffic.flows = 50;
  options.command_socket = false;
  auto runtime = surisim::Runtime::create(options);
  EXPECT_TRUE(runtime);
  const auto init = [free_value] {
    slot = SCThreadStorageRegister("a name that is longer than a small string", free_value);
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) { SCThreadSetStorageById(tv, slot, std::malloc(100)); }, nullptr);
  };
  EXPECT_TRUE(runtime->add_plugin(surisim::PluginSource::in_process("with values", init)));
  EXPECT_TRUE(runtime->run());
  return runtime->summary();  // made in the library, and freed here
}

TEST(OtherMalloc, MayFreeWhatTheLibraryAllocated) {
  const surisim::Summary summary = run_with(std::free);
  EXPECT_THAT(summary.violations, SizeIs(0));
  EXPECT_THAT(summary.threads, Not(SizeIs(0)));
}

TEST(OtherMalloc, MayFreeWhatSuricatasFunctionsAllocated) {
  std::free(SCMalloc(100));
  void* const block = std::realloc(SCCalloc(1, 100), 200);
  SCFree(block);
}

// The sanitizer's hooks report each block.
TEST(OtherMalloc, HidesNoLeakFromTheRules) {
  const surisim::Summary summary = run_with(frees_nothing);
  EXPECT_THAT(summary.violations, Contains(Field(&surisim::Violation::rule, "value-leaked")));
}

}  // namespace
