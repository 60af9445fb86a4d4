// The catalogue's tables, a file per family of rules. Other rooms use surisim/rules.hpp.
//
// When:    at any time.
// Threads: any.
#pragma once

#include <cstddef>
#include <span>

#include "surisim/rules.hpp"

namespace surisim::catalogue {

// True if row i is the i-th rule from `first` on.
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

}  // namespace surisim::catalogue
