// Goal: code does the same natively and translated. Method: libraries of functions of many kinds,
// compiled in several ways; each function is called with some numbers natively, then translated,
// then natively again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <string_view>
#include <thread>

#include "library.hpp"
#include "plugins/cases.h"

namespace surisim::test {
namespace {

using translate::Translation;

std::vector<long> results(const Case& one) {
  std::vector<long> all;
  for (const long number : {0L, 1L, 2L, 3L, 6L, 17L, 100L, 12345L}) all.push_back(one.run(number));
  return all;
}

class SameResults : public ::testing::TestWithParam<std::string> {};

TEST_P(SameResults, NativelyAndTranslated) {
  const Library library(GetParam());
  const auto* const all = reinterpret_cast<const Case*>(library.address("cases"));
  std::vector<std::vector<long>> expected;
  for (const Case* one = all; one->name != nullptr; ++one) expected.push_back(results(*one));
  Notes notes;
  {
    auto translation = Translation::create(notes);
    ASSERT_TRUE(translation) << translation.error().message;
    const auto added = (*translation)->add(library.handle());
    ASSERT_TRUE(added) << added.error().message;
    const auto run_all = [&](const char* how) {
      for (std::size_t i = 0; all[i].name != nullptr; ++i)
        EXPECT_EQ(results(all[i]), expected[i]) << all[i].name << ", " << how;
    };
    run_all("on a thread that has not entered");
    ASSERT_TRUE((*translation)->enter_thread());
    run_all("watched");
    (*translation)->leave_thread();
    run_all("on a thread that has left");
    const translate::Stats stats = (*translation)->stats();
    EXPECT_GT(stats.functions, 8U);
    EXPECT_EQ(stats.native_functions, GetParam() == "asm_cases" ? 2U : 0U);
    EXPECT_GT((*translation)->sites().size(), 20U);
  }
  for (std::size_t i = 0; all[i].name != nullptr; ++i)
    EXPECT_EQ(results(all[i]), expected[i]) << all[i].name << ", natively again";
}

const Case& case_named(const Case* all, std::string_view name) {
  while (all->name != nullptr && name != all->name) ++all;
  return *all;
}

// A translation must be complete before any thread can reach it.
TEST(Concurrently, ThreadsReachFunctionsForTheFirstTime) {
  const Library library("c_O1");
  const auto* const all = reinterpret_cast<const Case*>(library.address("cases"));
  const std::vector<const char*> names = {"RedZone", "Recursion", "Variadic",
                                          "Wide",    "Structs",   "Allocated"};
  std::vector<std::vector<long>> expected;
  for (const char* name : names) expected.push_back(results(case_named(all, name)));
  Notes notes;
  for (int round = 0; round < 40; ++round) {
    auto translation = Translation::create(notes);
    ASSERT_TRUE(translation);
    ASSERT_TRUE((*translation)->add(library.handle()));
    std::atomic<int> wrong{0};
    std::barrier together(4);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (std::size_t j = 0; j < names.size(); ++j) {
          together.arrive_and_wait();
          if (results(case_named(all, names[j])) != expected[j]) ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Translate, SameResults, ::testing::ValuesIn(libraries_of_cases()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace surisim::test
