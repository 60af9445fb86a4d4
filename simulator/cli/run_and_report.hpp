// What all subcommands that run plugins do.
#pragma once

#include <functional>

#include "arguments.hpp"
#include "wire.hpp"

namespace surisim::cli {

// Hears what came of the run, before it is reported on; may change how.
using BeforeReport = std::function<void(const RunResult&, ReportOptions&)>;

// Runs, reports, and returns an ExitStatus.
int run_and_report(RunArguments arguments, const BeforeReport& before_report);

}  // namespace surisim::cli
