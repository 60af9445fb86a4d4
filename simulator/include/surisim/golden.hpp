// The lifecycle of a run as a small text that stays the same: a golden file, and comparing with it.
//
// A Lifecycle holds what a run of the same plugin, with the same options, always does: who
// registers what, which callback runs on which thread after what, where values are made and freed.
// What threads race for is not in it, so a run on any number of cores, under any load, gives the
// same Lifecycle (docs/golden.md says what is left out, and why).
//
// When:    of a run that has ended, recorded with Record::all.
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

// What happens in this order on one thread, or, where the title says "flows", what happens at all.
// Threads with the same lines have a section each.
struct LifecycleSection {
  std::string title;               // "creating, on main"
  std::string thread;              // the thread it is about: "W#01"; empty: none
  std::vector<std::string> lines;  // "thread slot \"a\": id 0"; what stands after ": " is a result
};

struct Lifecycle {
  std::vector<std::string> settings;  // the options that matter: "--threads 4"
  std::vector<LifecycleSection> sections;
};

Lifecycle lifecycle_of(const EventLog& events, const Summary& summary, const Options& options);

// The options that a lifecycle depends on, as `surisim record` takes them: the most used ones, and
// those that have not their defaults.
std::vector<std::string> settings_of(const Options& options);

// The golden file's text, and back. The error is a sentence that names the line.
std::string to_text(const Lifecycle& lifecycle);
tl::expected<Lifecycle, std::string> parse_lifecycle(std::string_view text);

// A difference, for people: a section of the lifecycle, and lines that begin with `-` (recorded,
// and did not happen), `+` (happened, and was not recorded), `~` (with another result) or `>` (at
// another place).
struct LifecycleDifference {
  std::string where;  // "creating, on main: W#01 … W#04"
  std::vector<std::string> lines;
};

// Empty: the same. Settings are not compared; see settings_differ().
std::vector<LifecycleDifference> differences(const Lifecycle& golden, const Lifecycle& run);
std::string to_text(const std::vector<LifecycleDifference>& differences);

// A sentence, when the two were run with options that alone make their lifecycles differ:
// "recorded with --threads 4, run with --threads 8"; empty: comparing them makes sense. Directories
// of files are not compared, their names are.
std::string settings_differ(const Lifecycle& golden, const Lifecycle& run);

}  // namespace surisim
