// Golden files: the lifecycle of a run as a small, reproducible text, and comparing a run with it.
//
// A Lifecycle holds what every run of the same plugin with the same options does: which plugin
// registers what, which callback runs on which thread and in which order, where values are created
// and freed. What depends on races is left out, so that runs on any number of cores, under any
// load, have the same Lifecycle (docs/golden.md).
//
// When:    after a run that was recorded with Record::all.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "surisim/error.hpp"
#include "surisim/event.hpp"
#include "surisim/options.hpp"
#include "surisim/summary.hpp"

namespace surisim {

// What happens on one thread, in order; if the title says "flows", in any order. Each thread has
// its own section, even if its lines are the same as another's.
struct LifecycleSection {
  std::string title;               // "creating, on main"
  std::string thread;              // "W#01"; empty: none
  std::vector<std::string> lines;  // "thread slot \"a\": id 0"; after ": " comes a result
};

struct Lifecycle {
  std::vector<std::string> settings;  // the relevant options: "--threads 4"
  std::vector<LifecycleSection> sections;
};

Lifecycle lifecycle_of(const EventLog& events, const Summary& summary, const Options& options);

// The options that a lifecycle depends on, as arguments of `surisim record`: the most common ones,
// and those that differ from their defaults.
std::vector<std::string> settings_of(const Options& options);

// Convert to the golden file's text and back. The error is a sentence that names the line.
std::string to_text(const Lifecycle& lifecycle);
tl::expected<Lifecycle, std::string> parse_lifecycle(std::string_view text);

// A difference, for people: a section of the lifecycle, and lines that begin with `-` (recorded but
// did not happen), `+` (happened but was not recorded), `~` (with another result) or `>` (at
// another place).
struct LifecycleDifference {
  std::string where;  // "creating, on main: W#01 … W#04"
  std::vector<std::string> lines;
};

// Empty: no differences. Settings are not compared; see settings_differ().
std::vector<LifecycleDifference> differences(const Lifecycle& golden, const Lifecycle& run);
std::string to_text(const std::vector<LifecycleDifference>& differences);

// A sentence if the two runs had options with which their lifecycles differ anyway: "recorded with
// --threads 4, run with --threads 8"; empty: they can be compared. Of paths only the file names are
// compared.
std::string settings_differ(const Lifecycle& golden, const Lifecycle& run);

}  // namespace surisim
