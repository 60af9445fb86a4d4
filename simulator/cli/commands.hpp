// The subcommands, an execute() for each, and what those that run plugins share. Each returns an
// ExitStatus and may throw UsageError, Failure, Stopped and SandboxError.
//
// When:    main() calls one execute(), once.
// Owner:   values.
// Threads: main.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "sandbox/sandbox.hpp"

namespace surisim::cli {

int execute(const RunArguments& arguments);
int execute(const RecordArguments& arguments);
int execute(const VerifyArguments& arguments);
int execute(const CompareArguments& arguments);
int execute(const ExploreArguments& arguments);
int execute(const CheckArguments& arguments);
int execute(const MergeArguments& arguments);
int execute(const BenchArguments& arguments);
int execute(const InspectArguments& arguments);
int execute(const LifecycleArguments& arguments);
int execute(const RulesArguments& arguments);
int execute(const FactsArguments& arguments);
int execute(const TestArguments& arguments);
int execute(const ScenarioFromArguments& arguments);

// surisim run with --fail KIND:*. Runs the plugins with the first fault of the kind, the second, …,
// each in a separate process, until a run does not reach the fault; reports the runs that fail.
int run_sweep(const RunArguments& arguments);
// surisim merge for reports of surisim check, whose texts are `texts`.
int merge_checks(const MergeArguments& arguments, const std::vector<std::string>& texts);

// Throws UsageError unless each path is a plugin, or a directory of them. Called before a plugin is
// loaded.
void require_plugins(const std::vector<std::string>& paths);

// sandbox::run_in_child(). What it returns has a result, or an `ending`. Throws Stopped if the run
// was stopped before it had either; else Failure if it has neither.
sandbox::ChildResult run_plugins_in_child(const sandbox::ChildLimits& limits,
                                          const std::function<void(sandbox::Channel&)>& body,
                                          const std::vector<int>& kept_descriptors = {});

// "interrupted by SIGTERM (Terminated)", "the time limit of 60 s was reached"
std::string cause_of(const sandbox::Stop& stop, const sandbox::ChildLimits& limits);
// An ExitStatus, or 128 and the signal's number.
int status_of(const sandbox::Stop& stop);

// A run, and how it is to be reported.
struct FinishedRun {
  sandbox::RunResult result;
  ReportOptions how;
  sandbox::Stop stop;
};
// Runs the plugins, in a child process unless --in-process was given. Throws UsageError or Failure
// if there is nothing to report. Writes no reports.
FinishedRun run_once(const RunArguments& arguments, const EventsFile& events);
// As run_once(), for a run in a child that has ended.
FinishedRun finish_run(const RunArguments& arguments, sandbox::ChildResult child);
// In the child: sends its result. Throws Failure.
void send_result(sandbox::Channel& channel, const sandbox::RunResult& result);
// Discards all that this process prints from now on.
void silence_output();
// The ExitStatus, or 128 and a signal's number.
int exit_status(const FinishedRun& run);

}  // namespace surisim::cli
