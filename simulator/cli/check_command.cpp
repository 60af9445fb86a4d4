// surisim check: runs the steps of each level, several at a time, and reports their findings.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/user_input.hpp"
#include "check_report.hpp"
#include "check_steps.hpp"
#include "command_pool.hpp"
#include "commands.hpp"
#include "report_json.hpp"
#include "rules/found.hpp"
#include "sandbox/diagnosis.hpp"
#include "sandbox/interrupts.hpp"
#include "surisim/explore.hpp"
#include "terminal.hpp"

namespace surisim::cli {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::ordered_json;
using Steps = std::vector<CheckStep>;

// Whether the violation depends on the step: a callback may be slow only because other steps run at
// the same time, and a slot unused because of the step's options.
bool depends_on_step(const Violation& violation, const CheckStep& step) {
  return is(violation, RuleId::callback_slow) ||
         (is(violation, RuleId::slot_unused) && step.number != 1);
}

std::vector<std::string> files_of(const std::vector<std::string>& plugins) {
  std::vector<std::string> all;
  for (const std::string& path : plugins)
    for (const std::string& file : plugin_files(path).value_or(std::vector<std::string>()))
      all.push_back(file);
  return all;
}

// Changes if a plugin's file changes.
std::string fingerprint_of(const std::vector<std::string>& plugins) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const std::string& file : files_of(plugins)) {
    std::ifstream in(file, std::ios::binary);
    for (auto at = std::istreambuf_iterator<char>(in); at != std::istreambuf_iterator<char>(); ++at)
      hash = (hash ^ static_cast<unsigned char>(*at)) * 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

nlohmann::json config_of(const CheckArguments& arguments) {
  return {{"plugins", fingerprint_of(arguments.plugins)},
          {"options", arguments.options},
          {"configuration", arguments.configuration},
          {"seed", arguments.seed},
          {"fail_on", to_string(arguments.report.fail_on)}};
}

// Empty, or the state of --resume.
Checked beginning_of(const CheckArguments& arguments) {
  Checked checked;
  const nlohmann::json config = config_of(arguments);
  if (!arguments.resume.empty()) {
    const auto text = base::read_text_file(arguments.resume, "a JSON report of surisim check");
    if (!text) throw UsageError(text.error().message);
    checked = parse_check_json(arguments.resume, *text);
    if (checked.config != config)
      throw UsageError("--resume: {} is of another plugin, or has other options; expected the same",
                       arguments.resume);
    if (checked.shard != arguments.shard || checked.shards != arguments.shards)
      throw UsageError("--resume: {} is share {} of {}; expected --shard {}/{}", arguments.resume,
                       checked.shard, checked.shards, checked.shard, checked.shards);
  }
  checked.config = config;
  checked.shard = arguments.shard;
  checked.shards = arguments.shards;
  checked.how = arguments.report;
  checked.how.directory = current_directory();
  checked.stopped = 0;
  checked.cut_short.clear();
  checked.time_over.clear();
  return checked;
}

// Whether a callback did not return.
bool hangs(const CommandResult& result) {
  const ordered_json report = ordered_json::parse(result.out, nullptr, false);
  if (!report.is_object()) return false;
  const auto& all = report.at("violations");
  return std::any_of(all.begin(), all.end(), [](const ordered_json& one) {
    return is(violation_of(one), RuleId::callback_hang);
  });
}

class Check {
 public:
  Check(const CheckArguments& arguments, Outputs& outputs);

  // Runs steps until all are done, time is up, or a signal ends it.
  Checked run();

 private:
  // The steps have consecutive numbers.
  void run_steps(const Steps& steps);
  void run_plain();
  std::optional<CommandResult> run_plain_step(const CheckStep& plain);
  void run_levels();
  void run_rounds();
  // True: the following levels are not worth trying.
  bool hung_too_often(int level);
  void plan(const Steps& steps);
  std::optional<CommandResult> run_alone(const std::vector<std::string>& words);
  void evaluate(const CheckStep& step, const CommandResult& result);
  void find_all(const CheckStep& step, const ordered_json& report);
  void note_plugins(const ordered_json& report);
  bool is_mine(const CheckStep& step) const;
  bool was_run(std::uint64_t number) const;
  TriedRow& tried(const CheckStep& step);
  bool time_is_over() const { return deadline_ && Clock::now() >= *deadline_; }
  bool over() const { return pool_.signal() != 0 || time_is_over(); }
  void while_waiting();
  void write_state();
  Checked so_far() const;

  const CheckArguments& arguments_;
  Outputs& outputs_;
  const Clock::time_point begin_ = Clock::now();
  const std::optional<Clock::time_point> deadline_;
  Clock::time_point written_ = begin_;
  CheckSubject subject_;
  Checked checked_;
  const double seconds_before_;
  CommandPool pool_;
  bool stopping_ = false;  // running steps have been asked to end
  int level_ = 1;
  StatusLine line_;
};

std::optional<Clock::time_point> deadline_of(const CheckArguments& arguments,
                                             Clock::time_point begin) {
  if (!arguments.seconds) return {};
  return begin + std::chrono::seconds(*arguments.seconds);
}

Check::Check(const CheckArguments& arguments, Outputs& outputs)
    : arguments_(arguments),
      outputs_(outputs),
      deadline_(deadline_of(arguments, begin_)),
      subject_{arguments.plugins,
               arguments.options,
               arguments.configuration,
               arguments.seed,
               {},
               {},
               {}},
      checked_(beginning_of(arguments)),
      seconds_before_(checked_.seconds),
      pool_(arguments.jobs),
      line_(!arguments.report.quiet) {}

// All shares run step 1, the plain run, as it shows what can be tried.
bool Check::is_mine(const CheckStep& step) const {
  return step.number == 1 || step.number % arguments_.shards == arguments_.shard - 1;
}

bool Check::was_run(std::uint64_t number) const {
  const auto& ahead = checked_.ahead;
  return number < checked_.next || std::find(ahead.begin(), ahead.end(), number) != ahead.end();
}

TriedRow& Check::tried(const CheckStep& step) {
  auto& all = checked_.tried;
  const auto same = std::find_if(all.begin(), all.end(),
                                 [&](const TriedRow& one) { return one.id == step.row->id; });
  if (same != all.end()) return *same;
  return all.emplace_back(TriedRow{step.row->level, step.row->id});
}

// `report`: of surisim run, run --fail KIND:*, or explore.
void Check::find_all(const CheckStep& step, const ordered_json& report) {
  std::set<std::string> known;
  bool hung = false;
  const auto find = [&](const ordered_json& one, const std::string& fault,
                        const std::string& schedule) {
    const Violation violation = violation_of(one);
    if (depends_on_step(violation, step) || !known.insert(finding_key(violation)).second) return;
    hung |= is(violation, RuleId::callback_hang);
    add_finding(checked_, violation,
                {step.number, step.row->id, command_of(step, subject_, fault, schedule)});
  };
  if (report.contains("violations"))
    for (const ordered_json& one : report["violations"]) find(one, "", "");
  if (report.contains("harm"))
    for (const ordered_json& run : report["harm"])
      for (const ordered_json& one : run.at("violations"))
        find(one, run.at("fault").get<std::string>(), "");
  if (report.contains("findings"))
    for (const ordered_json& one : report["findings"])
      find(one.at("violation"), "", one.at("schedule").get<std::string>());
  if (hung) ++tried(step).hung;
}

void Check::evaluate(const CheckStep& step, const CommandResult& result) {
  const ordered_json report = ordered_json::parse(result.out, nullptr, false);
  if (!report.is_object() && step.number == 1 && result.status == kUsage)
    throw UsageError("{}", result.last_error());  // nothing can be run
  ++checked_.steps;
  ++tried(step).steps;
  if (report.is_object()) find_all(step, report);
  if (report.is_object() && (result.status == kClean || result.status == kViolations)) return;
  std::string why = result.last_error();
  for (const char* key : {"error", "cut_short"})
    if (report.is_object() && report.contains(key) && report[key].is_string())
      why = report[key].get<std::string>();
  if (why.empty()) why = fmt::format("it ended with status {}", result.status);
  checked_.not_judged.push_back(
      {{step.number, step.row->id, command_of(step, subject_)}, why, result.status});
}

void Check::plan(const Steps& steps) {
  std::map<std::string, std::uint64_t> planned;
  for (const CheckStep& step : steps)
    if (is_mine(step)) ++planned[step.row->id];
  for (const CheckStep& step : steps)
    if (const auto mine = planned.find(step.row->id); mine != planned.end()) {
      TriedRow& row = tried(step);
      row.planned = step.row->level == kOnAndOn ? row.planned + mine->second : mine->second;
      planned.erase(mine);
    }
}

void Check::run_steps(const Steps& steps) {
  std::vector<const CheckStep*> mine;
  for (const CheckStep& step : steps)
    if (is_mine(step) && !was_run(step.number)) mine.push_back(&step);
  std::map<std::size_t, CommandResult> ended;  // evaluated after all steps before them
  std::size_t started = 0;
  std::size_t done = 0;
  const auto take = [&](std::size_t index, CommandResult result) {
    const bool was_stopped = stopping_ && result.status > 128;
    if (!was_stopped) ended.emplace(index, std::move(result));
  };
  while (!pool_.idle() || (started < mine.size() && !over())) {
    for (; started < mine.size() && !over() && !pool_.full(); ++started)
      pool_.start(started, words_of(*mine[started], subject_));
    pool_.wait(take);
    for (auto next = ended.find(done); next != ended.end(); next = ended.find(++done)) {
      evaluate(*mine[done], next->second);
      checked_.next = mine[done]->number + 1;
      ended.erase(next);
    }
    while_waiting();
  }
  for (const auto& [index, result] : ended) {
    evaluate(*mine[index], result);
    checked_.ahead.push_back(mine[index]->number);
  }
  if (done < mine.size()) {
    checked_.next = mine[done]->number;
  } else if (!steps.empty()) {
    checked_.next = std::max(checked_.next, steps.back().number + 1);
  }
  std::erase_if(checked_.ahead, [this](std::uint64_t number) { return number < checked_.next; });
}

// nullopt: ended by a signal.
std::optional<CommandResult> Check::run_alone(const std::vector<std::string>& words) {
  std::optional<CommandResult> found;
  if (pool_.signal() != 0) return found;
  pool_.start(0, words);
  while (!pool_.idle())
    pool_.wait([&found](std::size_t, CommandResult result) { found = std::move(result); });
  if (pool_.signal() != 0) found.reset();
  return found;
}

// Runs it with threads under control. If it hangs then, but not without control, it waits for
// something that surisim cannot see, and no step is run under control.
std::optional<CommandResult> Check::run_plain_step(const CheckStep& plain) {
  auto result = run_alone(words_of(plain, subject_));
  if (!result || !hangs(*result)) return result;
  subject_.not_controlled =
      "threads were not controlled, and no schedules were tried: under control the plugin hangs, "
      "as "
      "it waits for something that surisim cannot see";
  auto free = run_alone(words_of(plain, subject_));
  if (free && !hangs(*free)) {
    result = std::move(free);
  } else {
    subject_.not_controlled.clear();
  }
  checked_.not_controlled = subject_.not_controlled;
  return result;
}

void Check::run_plain() {
  const Steps steps = steps_of_level(subject_, 1, 1);
  const CheckStep& plain = steps.front();
  plan(steps);
  const auto result = run_plain_step(plain);
  if (!result) return;
  if (!was_run(plain.number)) {
    evaluate(plain, *result);
    checked_.next = plain.number + 1;
  }
  const ordered_json report = ordered_json::parse(result->out, nullptr, false);
  if (report.is_object()) note_plugins(report);
}

void Check::note_plugins(const ordered_json& report) {
  for (const ordered_json& type : report.at("file_types"))
    subject_.file_types.push_back(type.at("name").get<std::string>());
  checked_.plugins.clear();
  bool any_loaded = false;
  for (const ordered_json& one : report.at("plugins")) {
    checked_.plugins.push_back(plugin_of(one));
    any_loaded |= checked_.plugins.back().loaded;
  }
  if (!any_loaded) checked_.cut_short = "no plugin could be loaded: nothing else was tried";
  if (arguments_.one_host || arguments_.level == 1 || !any_loaded) return;
  const auto own = report.at("abi").at("suricata").get<std::string>();
  const std::string other = own.starts_with(to_string(Suricata::v8_0)) ? "9.0" : "8.0";
  for (const std::string& file : files_of(subject_.plugins)) {
    const auto inspected =
        run_alone({"inspect", file, "--suricata", other, "--format", "json", "--timeout", "5"});
    if (!inspected || inspected->status != kClean) return;
  }
  subject_.other_hosts.push_back(other);
}

bool Check::hung_too_often(int level) {
  TriedRow all;
  for (const TriedRow& row : checked_.tried) {
    if (row.level != level) continue;
    all.hung += row.hung;
    all.planned += row.planned;
  }
  if (all.hung == 0 || 3 * all.hung < all.planned || over()) return false;
  if (level < arguments_.level)
    checked_.cut_short = fmt::format(
        "the plugin hangs in a third of the steps of level {}, and would in later levels: they "
        "were not tried",
        level);
  return true;
}

void Check::run_levels() {
  std::uint64_t number = 2;
  bool ended = hung_too_often(1) || !checked_.cut_short.empty();
  for (level_ = 2; level_ <= arguments_.level && !ended; ++level_) {
    const Steps steps = steps_of_level(subject_, level_, number);
    number += steps.size();
    plan(steps);
    if (over()) continue;  // levels that were not tried are reported, too
    run_steps(steps);
    ended = hung_too_often(level_);
    write_state();
    if (time_is_over() && checked_.time_over.empty())
      checked_.time_over = fmt::format("the time was up in level {}", level_);
  }
}

void Check::run_rounds() {
  std::uint64_t number = 2;
  for (int level = 2; level <= kMostLevel; ++level)
    number += steps_of_level(subject_, level, number).size();
  constexpr std::uint64_t kRounds = 16;  // at a time
  for (std::uint64_t round = 1; !over(); round += kRounds) {
    Steps steps;
    for (std::uint64_t i = 0; i < kRounds; ++i)
      for (CheckStep& step : steps_of_round(subject_, round + i, number + steps.size()))
        steps.push_back(std::move(step));
    number += steps.size();
    if (number <= checked_.next) continue;
    plan(steps);
    run_steps(steps);
    checked_.time_over = fmt::format("the time was up in round {}", round);
  }
}

Checked Check::so_far() const {
  Checked checked = checked_;
  checked.seconds = seconds_before_ + std::chrono::duration<double>(Clock::now() - begin_).count();
  accept_suppressed(checked);
  return checked;
}

void Check::while_waiting() {
  if (pool_.signal() != 0) stopping_ = true;
  if (time_is_over() && !stopping_) {
    stopping_ = true;
    pool_.end_all();
  }
  line_.draw([this](double seconds) {
    return fmt::format("level {}, {} steps, {} findings, {:.0f} s", std::min(level_, kMostLevel),
                       checked_.steps, checked_.findings.size(), seconds);
  });
  constexpr std::chrono::seconds kEvery{60};
  if (Clock::now() >= written_ + kEvery) write_state();
}

// For --resume, if this check is killed.
void Check::write_state() {
  written_ = Clock::now();
  Checked now = so_far();
  now.cut_short = "the check is still running";
  outputs_.replace_files(Format::json, check_json(now));
}

Checked Check::run() {
  run_plain();
  if (checked_.next > 1) {
    write_state();
    run_levels();
  }
  if (arguments_.on_and_on && checked_.cut_short.empty()) run_rounds();
  line_.clear();
  if (pool_.signal() != 0) {
    checked_.stopped = 128 + pool_.signal();
    checked_.cut_short = "interrupted by " + sandbox::signal_text(pool_.signal());
    checked_.time_over.clear();
  }
  if (pool_.signal() != 0 && checked_.steps == 0)
    throw Stopped(checked_.cut_short + ": nothing was judged", checked_.stopped);
  return so_far();
}

int report(const Checked& checked, Outputs& outputs) {
  outputs.write([&](Format format, bool color) { return check_report(format, color, checked); });
  return exit_status(checked);
}

}  // namespace

int execute(const CheckArguments& arguments) {
  if (arguments.list) {
    Outputs(arguments.to).write([](Format format, bool) { return check_rows_report(format); });
    return kClean;
  }
  require_plugins(arguments.plugins);
  Outputs outputs(arguments.to);
  const sandbox::Interrupts interrupts;  // so that the report is written
  Check check(arguments, outputs);
  return report(check.run(), outputs);
}

int merge_checks(const MergeArguments& arguments, const std::vector<std::string>& texts) {
  if (arguments.to.has(Format::trace))
    throw UsageError("merge: a trace shows a single run; expected another format for a check");
  std::vector<Checked> shares;
  for (std::size_t i = 0; i < texts.size(); ++i)
    shares.push_back(parse_check_json(arguments.reports[i], texts[i]));
  Outputs outputs(arguments.to);
  return report(merged_checks(std::move(shares), arguments.reports), outputs);
}

}  // namespace surisim::cli
