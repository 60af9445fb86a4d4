// Parses a file of scenarios line by line, up to the first mistake, and checks what a scenario
// refers to: files, and the threads of its run.
#include "scenario/parse.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/user_input.hpp"
#include "scenario/script.hpp"
#include "suricata/util-debug.h"
#include "threads/thread_names.hpp"

namespace surisim::scenario {

namespace {

class Parser {
 public:
  explicit Parser(const std::string& file) : file_(file) {
    common_.options.threads = 2;
    common_.options.devices.clear();
    common_.options.traffic.by_hand = true;
    common_.options.record = Options::Record::all;
  }

  void read(std::string_view text, std::uint32_t number);
  std::vector<Scenario> finish();
  // The line of a Mistake.
  std::uint32_t line() const { return number_; }

 private:
  void begin(Line& line);
  void complete();
  void option(Line& line);
  std::string file_named(Line& line, NamedFile::Kind kind, std::string_view what);

  std::string file_;
  Scenario common_;                        // the options before the first scenario
  std::vector<NamedFile> common_files_;    // the files that they name
  std::optional<ScenarioInProgress> now_;  // the scenario that is being parsed
  std::vector<Scenario> scenarios_;
  std::size_t bytes_ = 0;  // of all packets so far
  std::uint32_t number_ = 1;
};

void Parser::read(std::string_view text, std::uint32_t number) {
  number_ = number;
  Line line(text);
  if (line.at_end()) return;
  if (line.take("scenario")) return begin(line);
  if (is_among(line, kOptionWords)) return option(line);
  if (!now_ && is_among(line, kStepWords))
    Line::fail(line.peek(), "expected scenario and its name before the first step");
  if (!now_)
    line.refuse("an option of all scenarios, or scenario and its name", first_words(NamedFlows()));
  now_->line = number;
  now_->scenario.script->last_line = number;
  parse_step(line, *now_, bytes_);
  line.end();
}

std::vector<Scenario> Parser::finish() {
  complete();
  if (scenarios_.empty()) throw Mistake{1, "expected scenario \"NAME\", got the end of the file"};
  return std::move(scenarios_);
}

void Parser::begin(Line& line) {
  complete();
  const Word at = line.peek();
  const std::string& name = line.string("the scenario's name as a string");
  line.end();
  if (name.empty()) Line::fail(at, "expected a name, got an empty string");
  for (const Scenario& other : scenarios_) {
    if (other.name == name)
      Line::fail(at, "expected a unique name; line {} has the same", other.line);
  }
  Scenario& scenario = now_.emplace(ScenarioInProgress{common_}).scenario;
  scenario.file = file_;
  scenario.name = name;
  scenario.line = number_;
  scenario.script = std::make_shared<ScenarioScript>();
  scenario.script->last_line = number_;
  scenario.script->files = common_files_;
  scenario.options.eve.on_record = [records = scenario.script->records](std::string_view record) {
    records->add(record);
  };
}

// Ends the scenario that is being parsed: fills in defaults, checks its options together (mistakes
// are reported at its first line), and keeps it.
void Parser::complete() {
  if (!now_) return;
  Scenario& scenario = now_->scenario;
  Options& options = scenario.options;
  if (options.devices.empty()) {
    options.devices = {"eth0"};
  } else if (!options.capture) {
    options.capture = Capture::af_packet;
  }
  // Workers of a live capture have their device in their name: "W#02" means the first device's.
  const bool named = is_live(capture_of(options)) && options.mode != Mode::autofp;
  for (Fault& fault : options.faults) {
    if (named && fault.thread.starts_with("W#") && fault.thread.find('-') == std::string::npos)
      fault.thread += "-" + device_from(options.devices.front()).name;
  }
  if (const auto wrong = check_options(options)) {
    number_ = scenario.line;
    std::string name = wrong->option;
    std::replace(name.begin(), name.end(), '_', '-');
    throw Mistake{1, name.empty() ? wrong->message : name + ": " + wrong->message};
  }
  for (FlowIndex i = 0; i < now_->flows.size(); ++i)
    scenario.script->flows.push_back(now_->flows[i].name);
  scenarios_.push_back(std::move(scenario));
  now_.reset();
}

void count_option(Line& line, Options& options) {
  struct Count {
    std::string_view name;
    std::uint32_t Options::*to;
    CountRange range;
  };
  static constexpr std::array<Count, 4> kCounts = {
      {{"threads", &Options::threads, count_range::kThreads},
       {"receive-threads", &Options::receive_threads, count_range::kReceiveThreads},
       {"flow-managers", &Options::flow_managers, count_range::kFlowManagers},
       {"flow-recyclers", &Options::flow_recyclers, count_range::kFlowRecyclers}}};
  for (const Count& one : kCounts) {
    if (line.take(one.name))
      options.*one.to = static_cast<std::uint32_t>(line.count(one.name, one.range));
  }
}

// Options with a value from a list, options without a value, and options with a count.
void engine_option(Line& line, Options& options) {
  constexpr std::array kModes = {Mode::workers, Mode::autofp, Mode::single};
  constexpr std::array kCaptures = {Capture::pcap_file, Capture::af_packet, Capture::pcap_live};
  if (line.take("mode")) {
    options.mode = kModes[line.choose({"workers", "autofp", "single"})];
  } else if (line.take("capture")) {
    options.capture = kCaptures[line.choose({"pcap-file", "af-packet", "pcap"})];
  } else if (line.take("log-level")) {
    constexpr std::array kLevels = {SC_LOG_NONE, SC_LOG_ERROR, SC_LOG_WARNING, SC_LOG_NOTICE,
                                    SC_LOG_INFO, SC_LOG_PERF,  SC_LOG_CONFIG,  SC_LOG_DEBUG};
    options.log_level = kLevels[line.choose(
        {"none", "error", "warning", "notice", "info", "perf", "config", "debug"})];
  } else if (line.take("bypass-manager")) {
    options.bypass_manager = true;
  } else if (line.take("no-stats")) {
    options.stats = false;
  } else if (line.take("no-command-socket")) {
    options.command_socket = false;
  } else {
    count_option(line, options);
  }
}

// A word or a string.
std::string text(Line& line, std::string_view what) {
  return line.next_is_string() ? line.string(what) : line.word(what).text;
}

// Reads a path. A relative one starts at the directory of the scenario file.
std::string Parser::file_named(Line& line, NamedFile::Kind kind, std::string_view what) {
  std::string path = text(line, what);
  if (path.empty()) Line::fail(line.last(), "expected {}, got an empty string", what);
  if (!path.starts_with('/')) path = (std::filesystem::path(file_).parent_path() / path).string();
  auto& files = now_ ? now_->scenario.script->files : common_files_;
  files.push_back({kind, path, number_, line.last().column});
  return path;
}

void Parser::option(Line& line) {
  if (now_ && !now_->scenario.script->steps.empty())
    Line::fail(line.peek(), "expected {} before the first step, which starts the threads",
               line.peek().text);
  Scenario& to = now_ ? now_->scenario : common_;
  Options& options = to.options;
  if (line.take("plugin")) {
    to.plugins.push_back(file_named(line, NamedFile::Kind::plugin, "the plugin's file"));
  } else if (line.take("device")) {
    options.devices.push_back(text(line, "the name of a network device"));
  } else if (line.take("config")) {
    options.config_file = file_named(line, NamedFile::Kind::config, "a YAML file");
  } else if (line.take("eve-filetype")) {
    options.eve.filetype = text(line, "the name of a plugin's file type");
  } else if (line.take("set")) {
    const Word key = line.word("the key of a setting, such as my-plugin.limit");
    if (key.text.find('=') != std::string::npos)
      Line::fail(key, "expected the key and the value with a blank between them, got \"{}\"",
                 base::shown(key.text));
    options.config_settings.push_back(key.text + "=" + text(line, "the setting's value"));
  } else if (line.take("fail")) {
    const Word what = line.word("a fault, such as alloc:3");
    auto fault = parse_fault(what.text);
    if (!fault) Line::fail(what, "{}", fault.error().message);
    options.faults.push_back(*std::move(fault));
  } else {
    engine_option(line, options);
  }
  line.end();
}

// Empty if the file can be read.
std::string why_unreadable(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return "it is a directory";
  return ::access(path.c_str(), R_OK) == 0 ? "" : std::strerror(errno);
}

// A scenario's own config replaces the common one, and the command line may replace the plugins.
bool is_used(const NamedFile& file, const Scenario& by) {
  if (file.kind == NamedFile::Kind::config) return by.options.config_file == file.path;
  return std::find(by.plugins.begin(), by.plugins.end(), file.path) != by.plugins.end();
}

// The names that can be checked: a plugin may create threads with any other name.
bool is_checked_name(std::string_view name) {
  return name.starts_with("W#") || name.starts_with("RX#") || name.starts_with("FM#") ||
         name.starts_with("FR#");
}

class ReferenceCheck {
 public:
  explicit ReferenceCheck(const Scenario& scenario)
      : scenario_(scenario), names_(engine::thread_names(scenario.options)) {}

  // "FILE:LINE:COLUMN: …" for the first mistake; empty: there is none.
  std::string mistake() {
    for (const NamedFile& file : scenario_.script->files) {
      if (!is_used(file, scenario_)) continue;
      if (const std::string why = why_unreadable(file.path); !why.empty())
        return at(file.line, file.column,
                  fmt::format("cannot read \"{}\": {}", base::shown(file.path), why));
    }
    for (const Step& step : scenario_.script->steps) {
      line_ = step.line;
      std::visit([this](const auto& action) { check(action); }, step.action);
      if (!mistake_.empty()) break;
    }
    return mistake_;
  }

 private:
  std::string at(std::uint32_t line, std::uint32_t column, const std::string& what) const {
    return fmt::format("{}:{}:{}: {}", scenario_.file, line, column, what);
  }

  void check(const AddFlow& step) { require(step.worker); }
  void check(const SendRaw& step) { require(step.worker); }
  void check(const EndFlow& step) { require(step.worker); }
  void check(const HoldThread& step) { require(step.thread); }
  void check(const ReleaseThread& step) { require(step.thread); }
  void check(const Expectation& step) {
    if (const auto* const value = std::get_if<ExpectValue>(&step)) require(value->thread);
    if (const auto* const calls = std::get_if<ExpectCallbacks>(&step)) {
      require(calls->thread);
      require(calls->tv);
    }
  }
  template <class Other>
  void check(const Other&) {}

  void require(const ThreadRef& thread) {
    if (!mistake_.empty() || thread.column == 0 || exists(thread)) return;
    std::vector<std::string> known;
    for (const std::string& name : names_)
      if (is_checked_name(name)) known.push_back(name);
    mistake_ =
        at(line_, thread.column,
           fmt::format("there is no {}; {}",
                       thread.worker != 0 ? fmt::format("worker {}", thread.worker)
                                          : fmt::format("thread \"{}\"", base::shown(thread.name)),
                       engine::threads_in_words(known)));
  }

  bool exists(const ThreadRef& thread) const {
    if (thread.worker != 0) {
      const auto workers = std::count_if(names_.begin(), names_.end(),
                                         [](const auto& name) { return name.starts_with("W#"); });
      return thread.worker <= static_cast<std::uint64_t>(workers);
    }
    return !is_checked_name(thread.name) ||
           std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
             return name == thread.name || name.starts_with(thread.name + "-");
           });
  }

  const Scenario& scenario_;
  const std::vector<std::string> names_;
  std::uint32_t line_ = 0;
  std::string mistake_;
};

}  // namespace

}  // namespace surisim::scenario

namespace surisim {

expected<std::vector<Scenario>> parse_scenarios(std::string_view text, const std::string& file) {
  scenario::Parser parser(file);
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // some editors write one
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  try {
    std::uint32_t number = 1;
    for (std::size_t at = 0; at < text.size(); ++number) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      parser.read(line, number);
      at = end + 1;
    }
    return parser.finish();
  } catch (const scenario::Mistake& mistake) {
    return fail(ErrorCode::invalid_option,
                fmt::format("{}:{}:{}: {}", file, parser.line(), mistake.column, mistake.message));
  }
}

expected<void> check_scenario(const Scenario& scenario) {
  std::string mistake = scenario::ReferenceCheck(scenario).mistake();
  if (!mistake.empty()) return fail(ErrorCode::invalid_option, std::move(mistake));
  return {};
}

}  // namespace surisim
