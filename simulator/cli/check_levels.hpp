// The table of what surisim check tries: a row for each way in which a step differs from a plain
// run. The ids of rows are stable, as those of rules are.
//
// When:    at any time.
// Owner:   static data.
// Threads: any.
#pragma once

#include <array>
#include <span>
#include <string>

#include "output.hpp"

namespace surisim::cli {

inline constexpr int kMostLevel = 10;
// The level of rows that are tried in rounds after all levels, until time is up (--for).
inline constexpr int kOnAndOn = kMostLevel + 1;

// A thread continues until it has to wait.
inline constexpr const char* kDefaultSchedule = "default:0";

// Whether a row is also tried together with others.
enum class Together {
  no,
  pairs,          // with each other row, in runs
  with_schedules  // the same, and in many schedules
};

// Runs without --schedule get kDefaultSchedule, to be reproducible. A row is a step, or several if
// its options have a placeholder:
//   {host}                   a step for each other version of Suricata that takes the plugin
//   {file-type}              a step for each EVE file type that the plugin registers
//   {seed}                   a step for each of `times` seeds, which follow that of --seed
//   {without-configuration}  a step without --config and --set, if they were given
//   {row}                    a step for each row that is Together::with_schedules
//   {pair}                   a step for each two rows that are not Together::no
//   {random}                 a step for each round, with at most one row of each dimension
struct CheckRow {
  int level;
  const char* id;
  const char* dimension;  // rows of one dimension exclude each other
  const char* what;       // in words, without a full stop
  const char* command;    // "run" or "explore"
  const char* options;    // separated by blanks
  Together together = Together::no;
  int times = 1;
  int seconds = 30;  // the step's --time-limit
};

// In the order in which they are tried.
std::span<const CheckRow> check_rows();

// All rows, in text, JSON or Markdown.
std::string check_rows_report(Format format);

}  // namespace surisim::cli
