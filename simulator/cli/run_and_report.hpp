// What all subcommands that run plugins do.
#pragma once

#include <functional>

#include "arguments.hpp"
#include "sandbox/channel.hpp"

namespace surisim::cli {

// Hears what came of the run, before it is reported on; may change how.
using BeforeReport = std::function<void(const sandbox::RunResult&, ReportOptions&)>;

// One run in a process of its own, judged: what its report is made of.
struct Judged {
  Summary summary;
  ReportOptions how;
  int status = 0;  // an ExitStatus
  bool interrupted = false;
};
// Throws what leaves nothing to report on.
Judged run_once(const RunArguments& arguments);

// Runs, reports, and returns an ExitStatus.
int run_and_report(RunArguments arguments, const BeforeReport& before_report);

}  // namespace surisim::cli
