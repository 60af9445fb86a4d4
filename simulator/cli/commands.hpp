// The subcommands, and what those that run plugins share. Each command returns an ExitStatus and
// may throw UsageError, Failure and SandboxError.
//
// When:    one of them, once, from main().
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
// each in a process of its own, until a run does not reach the fault; reports the runs that fail.
int run_sweep(const RunArguments& arguments);
// surisim merge, for the reports of surisim check: their names and texts.
int merge_checks(const MergeArguments& arguments, const std::vector<std::string>& texts);

// Throws UsageError unless each path is a plugin, or a directory of them. To be called before a
// plugin is loaded.
void require_plugins(const std::vector<std::string>& paths);

// sandbox::run_in_child(), which here either has a result or says how the plugin ended the process.
// Throws Stopped if it was stopped before it had either, Failure if it has neither.
sandbox::ChildResult run_plugins_in_child(const sandbox::ChildLimits& limits,
                                          const std::function<void(sandbox::Channel&)>& body,
                                          int kept_descriptor = -1);

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
// if an error leaves nothing to report. Opens no output; `events` may be no file.
FinishedRun run_once(const RunArguments& arguments, const EventsFile& events);
// The same for what a child process has said of its run.
FinishedRun finish_run(const RunArguments& arguments, sandbox::ChildResult child);
// In the child: sends its result. Throws Failure.
void send_result(sandbox::Channel& channel, const sandbox::RunResult& result);
// Discards what this process prints from now on.
void silence_output();
// The ExitStatus of a run that can be reported.
int exit_status(const FinishedRun& run);

}  // namespace surisim::cli
