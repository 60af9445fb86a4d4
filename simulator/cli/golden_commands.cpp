// surisim record and surisim verify: write a golden file, and compare with one.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "commands.hpp"
#include "exit_status.hpp"
#include "output_files.hpp"

namespace surisim::cli {
namespace {

// Why there is no lifecycle.
std::string no_lifecycle(const sandbox::RunResult& result) {
  const std::string& why = result.summary.stopped_by;
  return why.empty() ? "the run did not come to its end" : why;
}

std::string breaks_rules(const Summary& summary, Severity fail_on) {
  if (verdict_of(summary, fail_on) == Verdict::pass) return "";
  return ", the lifecycle of a plugin that breaks rules";
}

}  // namespace

int record_command(RecordArguments arguments) {
  const std::string& file = arguments.golden;
  const bool was_there = ::access(file.c_str(), F_OK) == 0;
  Output golden(file);
  const auto write = [&](const sandbox::RunResult& result, const ReportOptions& how) {
    if (!result.lifecycle.empty()) {
      golden.write(result.lifecycle);
      std::fprintf(stderr, "surisim: wrote %s%s\n", file.c_str(),
                   breaks_rules(result.summary, how.fail_on).c_str());
      return;
    }
    if (!was_there) ::unlink(file.c_str());
    std::fprintf(stderr, "surisim: %s is not written: %s\n", file.c_str(),
                 no_lifecycle(result).c_str());
  };
  bool recorded = false;
  const int status = run_and_report(std::move(arguments.run),
                                    [&](const sandbox::RunResult& result, ReportOptions& how) {
                                      recorded = !result.lifecycle.empty();
                                      write(result, how);
                                    });
  return recorded || status != kClean ? status : kUsage;
}

int verify_command(VerifyArguments arguments) {
  return run_and_report(std::move(arguments.run),
                        [&](const sandbox::RunResult& result, ReportOptions& how) {
                          how.golden.file = arguments.file;
                          const auto run = parse_lifecycle(result.lifecycle);
                          if (result.lifecycle.empty() || !run) {
                            how.golden.not_compared = no_lifecycle(result);
                          } else {
                            how.golden.differences = differences(arguments.golden, *run);
                          }
                        });
}

}  // namespace surisim::cli
