// The steps of surisim check: command lines of surisim run and explore, made from the table in
// check_levels.hpp.
//
// When:    when a level begins.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check_levels.hpp"

namespace surisim::cli {

struct CheckStep {
  std::uint64_t number = 0;  // from 1; the same for the same plugin, options and seed
  const CheckRow* row = nullptr;
  std::string command;               // "run" or "explore"
  std::vector<std::string> options;  // without the plugins

  bool has(std::string_view option) const;
};

// The plugins and options to check; the last three members are known after the plain run.
struct CheckSubject {
  std::vector<std::string> plugins;
  std::vector<std::string> options;        // for each step
  std::vector<std::string> configuration;  // the same: --config and --set
  std::uint64_t seed = 1;
  std::vector<std::string> other_hosts;  // "8.0"
  std::vector<std::string> file_types;
  std::string not_controlled;  // why runs have no schedule; empty: they have one
};

// `level`: from 1 to kMostLevel; `first`: the number of the first step.
std::vector<CheckStep> steps_of_level(const CheckSubject& subject, int level, std::uint64_t first);
// The steps of a round, from 1, after all levels.
std::vector<CheckStep> steps_of_round(const CheckSubject& subject, std::uint64_t round,
                                      std::uint64_t first);

// The words after "surisim" that run the step.
std::vector<std::string> words_of(const CheckStep& step, const CheckSubject& subject);
// The command for a user, quoted for a shell. `fault`, "set:3", replaces the faults that the step
// tries in turn; with `schedule` it replays that schedule.
std::string command_of(const CheckStep& step, const CheckSubject& subject,
                       const std::string& fault = "", const std::string& schedule = "");

}  // namespace surisim::cli
