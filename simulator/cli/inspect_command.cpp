// surisim inspect: what a plugin says of itself and needs, without running its Init.
#include <sys/syscall.h>
#include <unistd.h>

#include "commands.hpp"
#include "exit_status.hpp"
#include "output_files.hpp"
#include "sandbox/sandbox.hpp"
#include "surisim/lifecycle.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

sandbox::InspectResult inspect_here(const std::string& path, JournalEntry* journal) {
  sandbox::InspectResult result;
  auto inspection = inspect(path, journal);
  if (inspection)
    result.inspection = std::move(*inspection);
  else
    result.error = inspection.error();
  return result;
}

// Constructors and SCPluginRegister are the plugin's code, and may do anything.
sandbox::InspectResult inspect_in_child(const InspectArguments& arguments) {
  const auto body = [&](sandbox::Channel& channel) {
    const auto tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
    JournalEntry* entry = channel.journal.claim(tid, "main");
    channel.journal.phase = 1 + static_cast<std::int32_t>(Phase::load_plugins);
    channel.mailbox.send(sandbox::Mailbox::Kind::result,
                         sandbox::to_line(inspect_here(arguments.plugin, entry)));
    channel.journal.release(entry);
  };
  const sandbox::ChildResult child = sandbox::run_in_child(arguments.limits, body);
  throw_if_stopped(child, arguments.limits);
  sandbox::InspectResult result;
  if (!child.result.empty()) {
    result = sandbox::inspect_result(child.result);
  } else if (child.ending) {
    // It sent no result: what the file says of itself is left.
    if (auto file = inspect_file(arguments.plugin)) result.inspection = std::move(*file);
  } else {
    throw Failure("internal error: the process with the plugin ended without a result");
  }
  result.inspection.plugin.path = arguments.plugin;
  if (child.ending) result.inspection.problems.push_back(*child.ending);
  return result;
}

std::string report_in(Format format, const Inspection& inspection, const ReportOptions& how) {
  Summary summary;
  summary.plugins = {inspection.plugin};
  summary.violations = inspection.problems;
  switch (format) {
    case Format::json:
      return json_report(inspection, how);
    case Format::junit:
      return junit_report(summary, Options{}, how);
    case Format::sarif:
      return sarif_report(summary, Options{}, how);
    default:
      return text_report(inspection, how);
  }
}

}  // namespace

int inspect_command(InspectArguments arguments) {
  // Before anything runs; a directory is not one plugin.
  if (auto files = plugin_files(arguments.plugin); !files) throw UsageError(files.error().message);
  arguments.report.directory = current_directory();
  Outputs outputs(arguments.to);
  if (arguments.in_process) outputs.take_stdout();
  const sandbox::InspectResult result =
      arguments.in_process ? inspect_here(arguments.plugin, nullptr) : inspect_in_child(arguments);
  if (result.error) throw UsageError(result.error->message);

  ReportOptions& how = arguments.report;
  outputs.write([&](Format format, bool color) {
    how.color = color;
    return report_in(format, result.inspection, how);
  });
  Summary summary;
  summary.violations = result.inspection.problems;
  return verdict_of(summary, how.fail_on) == Verdict::fail ? kViolations : kClean;
}

}  // namespace surisim::cli
