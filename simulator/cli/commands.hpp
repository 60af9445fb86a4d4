// The subcommands. Each returns an ExitStatus and may throw UsageError or Failure.
#pragma once

#include "arguments.hpp"

namespace surisim::cli {

int run_command(RunArguments arguments);
int record_command(RecordArguments arguments);
int verify_command(VerifyArguments arguments);
int bench_command(BenchArguments arguments);
int inspect_command(InspectArguments arguments);
int lifecycle_command(const LifecycleArguments& arguments);
int rules_command(const RulesArguments& arguments);

}  // namespace surisim::cli
