// The subcommands that run no lifecycle: surisim inspect (what a plugin contains and needs, without
// its Init), surisim lifecycle (the table of surisim/lifecycle.hpp), surisim rules (the
// catalogue, or one rule's page) and surisim facts.
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/user_input.hpp"
#include "commands.hpp"
#include "lifecycle_picture.hpp"
#include "sandbox/sandbox.hpp"
#include "surisim/facts.hpp"
#include "surisim/lifecycle.hpp"
#include "surisim/rules.hpp"

namespace surisim::cli {
namespace {

sandbox::InspectResult inspect_here(const InspectArguments& arguments, JournalEntry* journal) {
  sandbox::InspectResult result;
  auto inspection = inspect(arguments.plugin, journal, arguments.suricata);
  if (inspection)
    result.inspection = std::move(*inspection);
  else
    result.error = inspection.error();
  return result;
}

// In a child process, as the plugin's constructors and SCPluginRegister are run.
sandbox::InspectResult inspect_in_child(const InspectArguments& arguments) {
  const auto body = [&](sandbox::Channel& channel) {
    const auto tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
    JournalEntry* entry = channel.journal.claim(tid, "main");
    channel.journal.phase = 1 + static_cast<std::int32_t>(Phase::load_plugins);
    channel.mailbox.send(sandbox::Mailbox::Kind::result,
                         sandbox::to_line(inspect_here(arguments, entry)));
    channel.journal.release(entry);
  };
  const sandbox::ChildResult child = run_plugins_in_child(arguments.limits, body);
  sandbox::InspectResult result;
  if (!child.result.empty()) result = sandbox::inspect_result(child.result);
  // It died before it sent a result; the ELF file can still be read.
  else if (auto file = inspect_file(arguments.plugin, arguments.suricata))
    result.inspection = std::move(*file);
  result.inspection.plugin.path = arguments.plugin;
  if (child.ending) result.inspection.problems.push_back(*child.ending);
  return result;
}

std::string inspect_report(Format format, const Inspection& inspection, const ReportOptions& how) {
  if (format == Format::text) return text_report(inspection, how);
  if (format == Format::json) return json_report(inspection, how);
  Summary summary;
  summary.plugins = {inspection.plugin};
  summary.violations = inspection.problems;
  return report_in(format, summary, Options{}, how);
}

std::string lifecycle_text() {
  std::size_t name = 0;
  std::size_t on = 0;
  std::size_t what = 0;
  for (const Step& step : kLifecycle) {
    name = std::max(name, std::strlen(step.name));
    on = std::max(on, std::strlen(step.on));
    what = std::max(what, std::strlen(step.what));
  }
  std::string out = fmt::format(
      "Suricata {} and {}: where one has something else, the line says so\n\n"
      "     {:{}}  {:{}}  {:{}}  facts\n",
      release_of(Suricata::v8_0), release_of(Suricata::v9_0), "phase", name, "thread", on,
      "what happens", what);
  int number = 0;
  for (const Step& step : kLifecycle)
    out +=
        fmt::format("{:2} {}  {:{}}  {:{}}  {:{}}  {}\n", ++number, step.per_lifecycle ? '*' : ' ',
                    step.name, name, step.on, on, step.what, what, step.facts);
  return out +
         "\n* again in each lifecycle, when one process has several (unix-socket mode, "
         "--repeat)\n\n"
         "Threads: US commands from the Unix socket, RX receiver, W worker, FM flow manager, FR "
         "flow "
         "recycler,\nFB manager of bypassed flows, CW counters' wake-up, CS counters' output, DL "
         "detection loader, HB heartbeat\n";
}

std::string lifecycle_json() {
  auto steps = nlohmann::ordered_json::array();
  for (const Step& step : kLifecycle)
    steps.push_back({{"phase", step.name},
                     {"what", step.what},
                     {"thread", step.on},
                     {"runner", step.runner == Runner::main ? "main" : "creator"},
                     {"per_lifecycle", step.per_lifecycle},
                     {"facts", step.facts}});
  nlohmann::ordered_json out;
  out["tool"] = {{"name", "surisim"}, {"version", version()}};
  out["suricata"] = {release_of(Suricata::v8_0), release_of(Suricata::v9_0)};
  out["lifecycle"] = std::move(steps);
  return out.dump(2) + "\n";
}

// "L1 to L40, T1 to T17".
std::string known_numbers() {
  std::string known;
  const auto all = facts();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const char kind = all[i].number[0];
    if (i == 0 || all[i - 1].number[0] != kind)
      known += fmt::format("{}{}", i == 0 ? "" : ", ", all[i].number);
    else if (i + 1 == all.size() || all[i + 1].number[0] != kind)
      known += fmt::format(" to {}", all[i].number);
  }
  return known;
}

std::vector<Fact> chosen_facts(const std::vector<std::string>& numbers) {
  std::vector<Fact> chosen;
  for (const std::string& number : numbers) {
    const Fact* const fact = find_fact(number);
    if (fact == nullptr)
      throw UsageError("facts: expected the number of a fact, got \"{}\"; there are {}",
                       base::shown(number), known_numbers());
    chosen.push_back(*fact);
  }
  return chosen;
}

}  // namespace

int execute(const InspectArguments& arguments) {
  require_plugins({arguments.plugin});
  ReportOptions how = arguments.report;
  how.directory = current_directory();
  Outputs outputs(arguments.to);
  if (arguments.in_process) outputs.take_stdout();
  const sandbox::InspectResult result =
      arguments.in_process ? inspect_here(arguments, nullptr) : inspect_in_child(arguments);
  if (result.error) throw UsageError(result.error->message);

  outputs.write([&](Format format, bool color) {
    how.color = color;
    return inspect_report(format, result.inspection, how);
  });
  Summary summary;
  summary.violations = result.inspection.problems;
  return verdict_of(summary, how.fail_on) == Verdict::fail ? kViolations : kClean;
}

int execute(const LifecycleArguments& arguments) {
  Outputs(arguments.to).write([](Format format, bool) {
    if (format == Format::svg) return lifecycle_svg();
    return format == Format::json ? lifecycle_json() : lifecycle_text();
  });
  return kClean;
}

int execute(const RulesArguments& arguments) {
  const Rule* const rule = find_rule(arguments.rule);
  const auto chosen = rule == nullptr ? rules() : std::span<const Rule>(rule, 1);
  Outputs(arguments.to).write([&](Format format, bool color) {
    if (format == Format::json) return rules_json(chosen);
    if (format == Format::markdown) return rules_markdown(chosen);
    return rule == nullptr ? rules_text(color) : rule_text(*rule, color);
  });
  return kClean;
}

int execute(const FactsArguments& arguments) {
  const std::vector<Fact> some = chosen_facts(arguments.numbers);
  const auto chosen = some.empty() ? facts() : std::span<const Fact>(some);
  Outputs(arguments.to).write([&](Format format, bool color) {
    if (format == Format::json) return facts_json(chosen);
    if (format == Format::markdown) return facts_markdown(chosen);
    return some.empty() ? facts_text(color) : facts_text(chosen, color);
  });
  return kClean;
}

}  // namespace surisim::cli
