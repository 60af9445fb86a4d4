// Goal: a call site is a function, even a static one, with file and line if there is debug
// information, and otherwise an offset. Method: one C file built with debug information, without,
// and stripped; it calls back, and the return address is looked up.
#include "base/source_line.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace surisim::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

const void* g_return_address = nullptr;

void hook() { g_return_address = __builtin_return_address(0); }

std::string library(const std::string& name) {
  return SURISIM_REPORT_PLUGIN_DIR "/" + name + ".so";
}

// A return address in hidden_caller of the library.
const void* call_in(const std::string& name) {
  void* const handle = ::dlopen(library(name).c_str(), RTLD_NOW);
  if (handle == nullptr) return nullptr;
  reinterpret_cast<void (*)(void (*)())>(::dlsym(handle, "call_from_static"))(hook);
  return g_return_address;
}

// "calls_back.c:7": the line that says "here".
std::string line_of_the_call() {
  std::ifstream in(SURISIM_TEST_SOURCE_DIR "/tests/report/plugins/calls_back.c");
  int number = 1;
  for (std::string line; std::getline(in, line); ++number)
    if (line.ends_with("// here")) break;
  return "/tests/report/plugins/calls_back.c:" + std::to_string(number);
}

TEST(SourceLine, IsTheLineOfTheCallAndNotTheNextOne) {
  const void* const at = call_in("with_lines");
  ASSERT_NE(at, nullptr);
  EXPECT_THAT(base::source_of(at), EndsWith(line_of_the_call()));
  EXPECT_THAT(base::source_of(at), StartsWith("/"));
}

TEST(CallSite, DoesNotChangeANameFromC) {
  void* const handle = ::dlopen(library("with_lines").c_str(), RTLD_NOW);
  ASSERT_NE(handle, nullptr);
  const auto* const at = static_cast<const char*>(::dlsym(handle, "v"));
  EXPECT_THAT(base::describe_address(at + 1), StartsWith("with_lines.so!v"));
}

TEST(CallSite, NamesAStaticFunction) {
  for (const char* name : {"with_lines", "without_lines"}) {
    const void* const at = call_in(name);
    EXPECT_THAT(base::describe_address(at),
                MatchesRegex(std::string(name) + R"(\.so!hidden_caller\+0x[0-9a-f]+)"));
  }
}

TEST(CallSite, MayComeWithItsSource) {
  EXPECT_THAT(base::describe_call(call_in("with_lines")),
              AllOf(StartsWith("with_lines.so!hidden_caller+0x"), HasSubstr(" (/"),
                    EndsWith(line_of_the_call() + ")")));
  EXPECT_THAT(base::describe_call(call_in("without_lines")),
              MatchesRegex(R"(without_lines\.so!hidden_caller\+0x[0-9a-f]+)"));
}

TEST(SourceLine, IsEmptyWithoutDebugInformation) {
  EXPECT_EQ(base::source_of(call_in("without_lines")), "");
}

TEST(CallSite, OfAStrippedFileIsAnOffsetIntoIt) {
  const void* const at = call_in("stripped");
  EXPECT_THAT(base::describe_address(at), MatchesRegex(R"(stripped\.so\+0x[0-9a-f]+)"));
  EXPECT_EQ(base::source_of(at), "");
}

TEST(CallSite, IsEmptyForAnAddressThatIsNotCode) {
  EXPECT_EQ(base::describe_address(nullptr), "");
  EXPECT_EQ(base::describe_address(reinterpret_cast<const void*>(1)), "");
  EXPECT_EQ(base::source_of(nullptr), "");
  EXPECT_EQ(base::symbol_at(nullptr), "");
}

TEST(SymbolAt, IsTheFunctionThatBeginsThere) {
  void* const handle = ::dlopen(library("with_lines").c_str(), RTLD_NOW);
  ASSERT_NE(handle, nullptr);
  EXPECT_EQ(base::symbol_at(::dlsym(handle, "call_from_static")), "call_from_static");
}

// As in the parent of a process that crashed: the file's path and an address in the file.
TEST(CodePlace, IsFoundInAFileThatIsNotLoaded) {
  const auto [file, address] = base::loaded_address(call_in("with_lines"));
  const base::CodePlace place = base::call_place(file, address);
  EXPECT_THAT(place.call_site, StartsWith("with_lines.so!hidden_caller+0x"));
  EXPECT_THAT(place.source, EndsWith(line_of_the_call()));
  // An instruction that faulted is at its own address, not after a call.
  EXPECT_THAT(base::code_place(file, address - 1).source, EndsWith(line_of_the_call()));
}

TEST(CodePlace, InAFileThatCannotBeReadIsAnOffset) {
  EXPECT_EQ(base::code_place("/nowhere/gone.so", 0x1234).call_site, "gone.so+0x1234");
  EXPECT_EQ(base::call_place("/nowhere/gone.so", 0x1234).call_site, "gone.so+0x1234");
  EXPECT_EQ(base::code_place(SURISIM_TEST_SOURCE_DIR "/README.md", 0x10).call_site,
            "README.md+0x10");
  EXPECT_EQ(base::code_place("", 0).call_site, "+0x0");
}

TEST(SourceLine, MayBeAskedForByManyThreads) {
  const void* const at = call_in("with_lines");
  const std::string expected = base::source_of(at);
  std::vector<std::string> found(8);
  std::vector<std::thread> threads;
  for (std::string& one : found)
    threads.emplace_back([&one, at] {
      base::source_of(reinterpret_cast<const char*>(at) + 1);
      one = base::source_of(at);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(found, ::testing::Each(expected));
}

TEST(LibraryFunction, IsOneOfARuntimeThatIsLinkedIntoThePlugin) {
  for (const char* name : {"__clang_call_terminate", "std::panicking::begin_panic_handler",
                           "core::option::unwrap_failed", "<alloc::vec::Vec<u8>>::push"})
    EXPECT_TRUE(base::is_library_function(name)) << name;
  for (const char* name : {"on_flow_init", "mycrate::parse", "<mycrate::Foo>::new", ""})
    EXPECT_FALSE(base::is_library_function(name)) << name;
}

}  // namespace
}  // namespace surisim::test
