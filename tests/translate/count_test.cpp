// Goal: the instructions of a plugin's text are counted exactly, however it is compiled and
// entered. Method: each case runs natively, single-stepped with the processor's trap flag, and then
// translated.
#include <gtest/gtest.h>
#include <link.h>
#include <signal.h>
#include <ucontext.h>

#include <array>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "library.hpp"
#include "plugins/cases.h"

namespace surisim::test {
namespace {

using translate::Translation;

struct Text {
  std::uintptr_t begin = 0, end = 0;
  bool has(std::uintptr_t address) const { return address >= begin && address < end; }
};

Text text_of(const Library& library) {
  struct Search {
    std::uintptr_t inside;
    Text found;
  } search{library.address("cases"), {}};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* given) {
        auto& to = *static_cast<Search*>(given);
        Text text;
        bool mine = false;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr)& header = info->dlpi_phdr[i];
          if (header.p_type != PT_LOAD) continue;
          const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
          mine = mine || (to.inside >= begin && to.inside < begin + header.p_memsz);
          if ((header.p_flags & PF_X) != 0) text = {begin, begin + header.p_memsz};
        }
        if (mine) to.found = text;
        return mine ? 1 : 0;
      },
      &search);
  return search.found;
}

// The processor's traps. Callgrind counts one iteration of a repeated instruction more than
// there\n// are elements, unless a comparison ended it.
struct Steps {
  Text text;
  std::uint64_t count = 0;
  std::uintptr_t repeats = 0;  // the current repeated instruction
};
Steps g_steps;

enum class Repeated { no, moves, compares_equal, compares_other };
Repeated repeated_at(std::uintptr_t address) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(address);
  const std::uint8_t prefix = bytes[0];
  if (prefix != 0xf2 && prefix != 0xf3) return Repeated::no;
  ++bytes;
  if ((*bytes & 0xf0) == 0x40) ++bytes;
  if (*bytes == 0xa6 || *bytes == 0xa7 || *bytes == 0xae || *bytes == 0xaf)
    return prefix == 0xf3 ? Repeated::compares_equal : Repeated::compares_other;
  const bool moves = *bytes == 0xa4 || *bytes == 0xa5 || (*bytes >= 0xaa && *bytes <= 0xad);
  return moves ? Repeated::moves : Repeated::no;
}

void on_trap(int, siginfo_t*, void* given) {
  const auto& registers = static_cast<ucontext_t*>(given)->uc_mcontext.gregs;
  const auto at = static_cast<std::uintptr_t>(registers[REG_RIP]);
  constexpr long kZero = 0x40;
  if (g_steps.repeats != 0 && g_steps.repeats != at) {
    const Repeated how = repeated_at(g_steps.repeats);
    const bool equal = (registers[REG_EFL] & kZero) != 0;
    const bool wants_more =
        how == Repeated::moves || (how == Repeated::compares_equal ? equal : !equal);
    if (wants_more && registers[REG_RCX] == 0) ++g_steps.count;
    g_steps.repeats = 0;
  }
  if (!g_steps.text.has(at)) return;
  ++g_steps.count;
  // The first time that it is there and has nothing to do, it is not repeated.
  const bool none = registers[REG_RCX] == 0 && g_steps.repeats == 0;
  if (repeated_at(at) != Repeated::no && !none) g_steps.repeats = at;
}

void set_trap_flag(bool on) {
  if (on)
    __asm__ volatile("pushfq\n orl $0x100, (%%rsp)\n popfq" ::: "memory", "cc");
  else
    __asm__ volatile("pushfq\n andl $~0x100, (%%rsp)\n popfq" ::: "memory", "cc");
}

std::uint64_t steps_of(const Case& one, long number, const Text& text) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGTRAP, &action, &before);
  g_steps = {text};
  set_trap_flag(true);
  (void)one.run(number);
  set_trap_flag(false);
  ::sigaction(SIGTRAP, &before, nullptr);
  return g_steps.count;
}

// Those with a handler of signals, which runs without the flag; with threads of their own; what
// happens only once; exceptions, but for two: unwinding takes many steps; and Rust's maps, whose
// hash has a random key. A function with an instruction that is not known is not counted.
bool is_left_out(const std::string& name) {
  static const std::set<std::string> all = {
      "Signals", "BlockedSignals", "Interrupted", "Threads",  "threads",
      "Once",    "Unknown",        "exceptions",  "rethrown", "maps"};
  return all.contains(name);
}

constexpr std::array kNumbers = {3L};  // each step is a signal, which is slow

using Counts = std::map<std::pair<std::string, long>, std::uint64_t>;

class Count : public ::testing::TestWithParam<std::string> {};

TEST_P(Count, IsThatOfTheProcessor) {
  const Library library(GetParam());
  const Text text = text_of(library);
  ASSERT_NE(text.begin, 0U);
  const auto* const all = reinterpret_cast<const Case*>(library.address("cases"));
  Counts expected;
  for (const Case* one = all; one->name != nullptr; ++one) {
    if (is_left_out(one->name)) continue;
    for (const long number : kNumbers) (void)one->run(number);  // statics are made
    for (const long number : kNumbers) expected[{one->name, number}] = steps_of(*one, number, text);
  }
  Notes notes;
  auto translation = Translation::create(notes, {.count = true});
  ASSERT_TRUE(translation) << translation.error().message;
  const auto added = (*translation)->add(library.handle());
  ASSERT_TRUE(added) << added.error().message;
  ASSERT_TRUE((*translation)->enter_thread());
  Counts counted;
  for (int round = 0; round < 2; ++round) {  // the second time all is translated
    for (const Case* one = all; one->name != nullptr; ++one) {
      if (is_left_out(one->name)) continue;
      for (const long number : kNumbers) {
        const std::uint64_t begin = Translation::instructions();
        (void)one->run(number);
        counted[{one->name, number}] = Translation::instructions() - begin;
      }
    }
    for (const auto& [what, count] : expected)
      EXPECT_EQ(counted[what], count) << what.first << " of " << what.second << ", round " << round;
  }
  (*translation)->leave_thread();
  EXPECT_GE(expected.size(), 3U);
}

// One of C++ and one of Rust, which take long.
std::vector<std::string> some_libraries() {
  std::vector<std::string> names = libraries_of_cases();
  std::erase_if(names, [](const std::string& name) {
    return (name.starts_with("cpp_") && name != "cpp_O2") || name == "rust_unoptimized";
  });
  return names;
}

INSTANTIATE_TEST_SUITE_P(Translate, Count, ::testing::ValuesIn(some_libraries()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace surisim::test
