// The subcommands that run no lifecycle: surisim inspect (a plugin's contents and needs, without
// its Init), lifecycle (the table of surisim/lifecycle.hpp, also as a picture), rules and facts.
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "base/user_input.hpp"
#include "commands.hpp"
#include "sandbox/sandbox.hpp"
#include "surisim/facts.hpp"
#include "surisim/lifecycle.hpp"
#include "surisim/rules.hpp"

namespace surisim::cli {

namespace {

struct Lane {
  const char* name;
  const char* threads;               // below the name
  std::vector<std::string_view> on;  // the table's names of these threads
  Phase first, last;                 // from when to when its threads exist
};

const std::array<Lane, 4> kLanes = {{
    {"main", "US in unix-socket mode", {"main"}, Phase::storage_init, Phase::end},
    {"command", "DL, US", {"DL", "US"}, Phase::create_command_threads, Phase::kill_command_threads},
    {"packet", "RX, W", {"RX", "W"}, Phase::create_packet_threads, Phase::kill_packet_threads},
    {"management",
     "FM, FR, FB, CW, CS, HB",
     {"FM", "FR"},
     Phase::create_management_threads,
     Phase::kill_management_threads},
}};

constexpr int kPhasesWidth = 1180;
constexpr int kFirstPhaseY = 64;  // of the first row
constexpr int kPhaseHeight = 26;
constexpr int kFirstLane = 270;  // its middle
constexpr int kPhaseLaneWidth = 110;
constexpr int kPhaseTextX = 680;

int lane_x(std::size_t lane) { return kFirstLane + static_cast<int>(lane) * kPhaseLaneWidth; }
int row_y(Phase phase) { return kFirstPhaseY + static_cast<int>(phase) * kPhaseHeight; }

// "main, then W" names main and W; "main (or US)" only main, as the lane main explains the rest.
bool is_on(const Lane& lane, std::string_view on) {
  on = on.substr(0, on.find(" ("));
  for (std::size_t begin = 0; begin < on.size();) {
    const std::size_t end = std::min(on.find_first_of(", ", begin), on.size());
    const std::string_view word = on.substr(begin, end - begin);
    if (std::find(lane.on.begin(), lane.on.end(), word) != lane.on.end()) return true;
    begin = end + 1;
  }
  return false;
}

constexpr const char* kPhaseStyle = R"(<style>
  text { font: 13px sans-serif; fill: #1b1f24; }
  .head { font-weight: bold; text-anchor: middle; }
  .small { font-size: 11px; fill: #57606a; }
  .middle { text-anchor: middle; }
  .back { fill: #ffffff; }
  .again { fill: #eef2f7; }
  .window { fill: #dff3e4; }
  .life { stroke: #8c959f; stroke-width: 2; }
  .at { fill: #0550ae; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #9da7b1; }
    .back { fill: #0d1117; }
    .again { fill: #1a212b; }
    .window { fill: #12361f; }
    .at { fill: #79c0ff; }
  }
</style>
)";

std::string phase_band(const char* style, Phase first, Phase last) {
  return fmt::format("<rect class=\"{}\" x=\"0\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", style,
                     row_y(first), kPhasesWidth, row_y(last) - row_y(first) + kPhaseHeight);
}

std::string phase_row(const Step& step) {
  const int y = row_y(step.phase);
  const int line = y + kPhaseHeight - 8;
  std::string out =
      fmt::format("<text x=\"12\" y=\"{0}\">{1}</text><text x=\"36\" y=\"{0}\">{2}</text>\n", line,
                  1 + static_cast<int>(step.phase), markup_escaped(step.name));
  for (std::size_t i = 0; i < kLanes.size(); ++i)
    if (is_on(kLanes[i], step.on))
      out += fmt::format(
          "<rect class=\"at\" x=\"{}\" y=\"{}\" width=\"20\" height=\"{}\" rx=\"4\"/>\n",
          lane_x(i) - 10, y + 4, kPhaseHeight - 8);
  return out + fmt::format("<text x=\"{}\" y=\"{}\">{} <tspan class=\"small\">{}</tspan></text>\n",
                           kPhaseTextX, line, markup_escaped(step.what),
                           markup_escaped(step.facts));
}

// The table of surisim/lifecycle.hpp as an SVG picture, for light and dark pages: a row for each
// phase, a lane for each kind of thread. docs/lifecycle.svg is a copy.
std::string lifecycle_svg() {
  const auto again = [](const Step& step) { return step.per_lifecycle; };
  const Phase begins = std::find_if(kLifecycle.begin(), kLifecycle.end(), again)->phase;
  const Phase ends = std::find_if(kLifecycle.rbegin(), kLifecycle.rend(), again)->phase;
  const int height = row_y(Phase::end) + kPhaseHeight + 44;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\">\n<title>The lifecycle of a plugin: phases from top to bottom, "
      "threads from left to right</title>\n<!-- Made by `surisim lifecycle`. -->\n",
      kPhasesWidth, height);
  out += kPhaseStyle;
  out += fmt::format("<rect class=\"back\" width=\"{}\" height=\"{}\"/>\n", kPhasesWidth, height);
  out += phase_band("window", Phase::load_plugins, Phase::load_plugins);
  out += phase_band("again", begins, ends);
  for (std::size_t i = 0; i < kLanes.size(); ++i) {
    const Lane& lane = kLanes[i];
    out += fmt::format(
        "<text class=\"head\" x=\"{0}\" y=\"26\">{1}</text><text class=\"small middle\" x=\"{0}\" "
        "y=\"44\">{2}</text>\n<line class=\"life\" x1=\"{0}\" y1=\"{3}\" x2=\"{0}\" y2=\"{4}\"/>\n",
        lane_x(i), lane.name, lane.threads, row_y(lane.first) + kPhaseHeight / 2,
        row_y(lane.last) + kPhaseHeight / 2);
  }
  for (const Step& step : kLifecycle) out += phase_row(step);
  out += fmt::format(
      "<text class=\"small\" x=\"12\" y=\"{}\">Line: threads of this kind exist. Mark: the phase "
      "runs on them. Phase {} is the time to register. Phases {} to {} run again in each "
      "lifecycle, "
      "when one process has several.</text>\n",
      height - 18, 1 + static_cast<int>(Phase::load_plugins), 1 + static_cast<int>(begins),
      1 + static_cast<int>(ends));
  return out + "</svg>\n";
}

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
  // It crashed before it sent a result: read only the ELF file.
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
