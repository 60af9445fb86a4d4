// The tables of rules and facts, one for each family of rules and each topic of facts. Other rooms
// use surisim/rules.hpp and surisim/facts.hpp.
//
// When:    at any time.
// Owner:   the tables are constants.
// Threads: any.
#pragma once

#include <cstddef>
#include <span>

#include "surisim/facts.hpp"
#include "surisim/rules.hpp"

namespace surisim::catalogue {

// Whether the rows are the rules from `first` on, in the order of RuleId.
template <std::size_t N>
constexpr bool in_order(const Rule (&rules)[N], RuleId first) {
  for (std::size_t i = 0; i < N; ++i) {
    if (static_cast<std::size_t>(rules[i].rule) != static_cast<std::size_t>(first) + i)
      return false;
  }
  return true;
}

std::span<const Rule> registration_rules();
std::span<const Rule> callback_rules();
std::span<const Rule> access_rules();
std::span<const Rule> value_rules();
std::span<const Rule> output_rules();
std::span<const Rule> process_rules();
std::span<const Rule> loading_rules();

// Whether the facts are numbered from `first` on, without a gap.
template <std::size_t N>
constexpr bool numbered_from(std::size_t first, const Fact (&facts)[N]) {
  for (std::size_t i = 0; i < N; ++i) {
    std::size_t number = 0;
    for (const char* digit = facts[i].number + 1; *digit != '\0'; ++digit)
      number = number * 10 + static_cast<std::size_t>(*digit - '0');
    if (number != first + i || facts[i].number[0] != facts[0].number[0]) return false;
  }
  return true;
}

std::span<const Fact> thread_facts();           // L1 to L15
std::span<const Fact> storage_facts();          // L16 to L29
std::span<const Fact> flow_callback_facts();    // L30 to L40, with those about loading
std::span<const Fact> traffic_facts();          // T1 to T17
std::span<const Fact> version_storage_facts();  // E1 to E21, with those about loading
std::span<const Fact> version_abi_facts();      // E22 to E34
std::span<const Fact> version_run_facts();      // E35 to E59

}  // namespace surisim::catalogue
