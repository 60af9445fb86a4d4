// The command line, read into what is to be done.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "memory_watch.hpp"
#include "surisim/options.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {

struct ChildLimits {
  std::uint64_t seconds = 60;  // for a callback, or a phase without progress; 0: no limit
  std::uint64_t memory_mib = default_memory_limit_mib();  // of its process; 0: no limit
};

// Where a report goes, in which form.
struct ReportTo {
  bool json = false;
  std::string file;  // empty: stdout
};

struct RunArguments {
  std::vector<std::string> plugins;
  Options options;
  ReportOptions report;
  ReportTo to;
  std::string events;  // file for the event log, "-" for stdout; empty: none
  ChildLimits limits;
  bool in_process = false;
};

struct InspectArguments {
  std::string plugin;
  ReportOptions report;
  ReportTo to;
  ChildLimits limits;
  bool in_process = false;
};

struct LifecycleArguments {
  ReportTo to;
};

// Help or the version: text for stdout.
struct JustSay {
  std::string text;
};

using Command = std::variant<RunArguments, InspectArguments, LifecycleArguments, JustSay>;

// Throws UsageError.
Command parse_arguments(int argc, char** argv);

}  // namespace surisim::cli
