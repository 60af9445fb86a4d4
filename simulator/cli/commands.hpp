// The subcommands, and what those that run plugins share. Each command returns an ExitStatus and
// may throw UsageError, Failure and SandboxError.
//
// When:    one of them, once, from main().
// Owner:   values.
// Threads: main.
#pragma once

#include <functional>

#include "arguments.hpp"
#include "sandbox/channel.hpp"

namespace surisim::cli {

int run_command(RunArguments arguments);
int record_command(RecordArguments arguments);
int verify_command(VerifyArguments arguments);
int bench_command(BenchArguments arguments);
int inspect_command(InspectArguments arguments);
int lifecycle_command(const LifecycleArguments& arguments);
int rules_command(const RulesArguments& arguments);
int facts_command(const FactsArguments& arguments);

// surisim run with --fail KIND:*. Runs with the first failure of the kind, the second, …, each in a
// process of its own, until none is left, and reports on those that harm the plugin.
int sweep_command(RunArguments arguments);

// One run in a process of its own: what its report is made of.
struct FinishedRun {
  Summary summary;
  ReportOptions how;
  int status = 0;  // an ExitStatus
  bool interrupted = false;
};
// Throws where there is nothing to report on.
FinishedRun run_once(const RunArguments& arguments);

// Called with the result of a run before it is reported on; may change how.
using BeforeReport = std::function<void(const sandbox::RunResult&, ReportOptions&)>;
int run_and_report(RunArguments arguments, const BeforeReport& before_report);

}  // namespace surisim::cli
