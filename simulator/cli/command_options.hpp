// Options that several subcommands share: of a run, of its child process and of its reports. The
// library decides which values are valid (surisim/options.hpp); names, help texts and defaults are
// defined here.
//
// When:    added before CLI11 parses; apply(), finish() and read_report_to() after it.
// Owner:   the parser of a subcommand. They refer to its CLI::App and to the values that they fill.
// Threads: main.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "output.hpp"
#include "sandbox/limits.hpp"
#include "surisim/options.hpp"
#include "surisim/report.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace surisim::cli {

// "text, json or sarif".
template <class T>
std::string names_of(const std::vector<T>& values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out += (i == 0                   ? ""
            : i + 1 == values.size() ? " or "
                                     : ", ") +
           std::string(to_string(values[i]));
  return out;
}
// Throws "OPTION: expected EXPECTED, got GIVEN", a UsageError.
[[noreturn]] void refuse(const std::string& option, const std::string& expected,
                         const std::string& given);
// The value with this name.
template <class T>
T choose(const std::string& option, const std::string& text, const std::vector<T>& values) {
  for (const T value : values)
    if (text == to_string(value)) return value;
  refuse(option, names_of(values), text);
}
// Throws UsageError for anything but digits, and for numbers outside the range.
std::uint64_t parse_count(const std::string& option, const std::string& text, CountRange range);
// Returns `text`. If it is empty, throws a UsageError that expects `what`: "a file name".
const std::string& not_empty(const std::string& option, const char* what, const std::string& text);

// `word` in single quotes, unless a shell needs none.
std::string quoted(const std::string& word);
// Parses "1/4": a share, from 1, and the number of shares.
std::pair<std::uint64_t, std::uint64_t> parse_shard(const std::string& option,
                                                    const std::string& text);
// For subcommands that run plugins several times: throws UsageError if the configuration `file` is
// a pipe.
void require_rereadable_config(const std::string& option, const std::string& file);

// An option has a wrong value.
struct BadValue : UsageError {
  BadValue(const std::string& message, std::size_t which) : UsageError(message), index(which) {}
  std::size_t index;  // of the wrong value, from 0, if the option was given several times
};

// A subcommand's options, kept as text until all have been parsed: CLI11's own conversions accept
// negative numbers for unsigned types, and their errors do not name the range.
class OptionTexts {
 public:
  using Apply = std::function<void(const std::string& option, const std::string& text)>;

  explicit OptionTexts(CLI::App& app) : app_(app) {}

  void add(const std::string& option, const std::string& what, const std::string& value,
           Apply apply);
  // An option that may be given several times.
  void add_many(const std::string& option, const std::string& what, const std::string& value,
                Apply apply);
  template <class T>
  void add_count(const std::string& option, const std::string& what, T& to, CountRange range) {
    add(option, fmt::format("{} ({})", what, to), "N",
        [&to, range](const std::string& name, const std::string& text) {
          to = static_cast<T>(parse_count(name, text, range));
        });
  }
  void add_share(const std::string& option, const std::string& what, double& to);
  void add_file(const std::string& option, const std::string& what, std::string& to);

  // The first of these options that was given; empty if none was.
  std::string given(std::initializer_list<std::string_view> options) const;
  // The first option that was given and applies only to generated traffic; empty if none was.
  std::string given_for_generated() const;
  // The names and texts of these options, in the order of the command line.
  std::vector<std::pair<std::string, std::string>> in_order(
      std::initializer_list<std::string_view> options) const;
  // Throws a BadValue if a value is wrong, or an option that takes a single one was given twice.
  void apply() const;

 private:
  struct Entry {
    std::string name;
    std::vector<std::string> texts;
    Apply apply;
    CLI::Option* option = nullptr;
    bool many = false;
  };
  CLI::App& app_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

// The options that `add` adds to `app` are listed under this heading in the help.
void in_group(CLI::App& app, const char* name, const std::function<void()>& add);

// Options that several subcommands have.
inline constexpr const char* kTimeoutHelp =
    "seconds that a callback, or a phase without progress, may take; 0: no limit";
inline constexpr CountRange kTimeoutRange{0, 1'000'000};
inline constexpr const char* kConfigHelp =
    "Suricata's configuration, a suricata.yaml file, for SCConf*";
std::string memory_limit_help();
// In MiB.
std::uint64_t parse_memory_limit(const std::string& option, const std::string& text);
// --set and --invariant; `apply` gets each valid text.
void add_settings(OptionTexts& texts, const OptionTexts::Apply& apply);
void add_invariants(OptionTexts& texts, const OptionTexts::Apply& apply);
// --fail-on and --show.
void add_severities(OptionTexts& texts, ReportOptions& report);
// --timeout, --memory-limit and --in-process.
void add_child_options(CLI::App& app, OptionTexts& texts, sandbox::ChildLimits& limits,
                       bool& in_process);

// Adds --format, --output and --color to `app`. `formats`: those that this subcommand can write.
void add_report_to(CLI::App& app, OptionTexts& texts, const std::vector<Format>& formats);
// A --format applies to the next --output. An --output without one gets the format of its file name
// (.json, .xml, .sarif, .md, .svg, .txt, .html, .trace.json), else the last format given, else
// text. A --format after the last --output applies to it if it is the only one and had none, else
// to stdout.
ReportTo read_report_to(const OptionTexts& texts, const std::vector<Format>& formats);

// Throws a UsageError that suggests the closest id if there is no rule `id`; `where` begins it.
void require_rule(const std::string& where, const std::string& id);
// "value-leaked=known, see issue 12", "value-leaked:legacy.so*=known": the reason is required.
// "value-leaked@2030-12-31=known" has expired when that day, in UTC, is over.
Suppression parse_suppression(const std::string& option, const std::string& text);
// One per line: "rule[:place][@day]  reason". Skips empty lines and those that begin with #. Throws
// UsageError, with file and line.
std::vector<Suppression> read_suppressions(const std::string& file);
// Adds --suppress, --suppressions and --leave-out; complete_suppressions() reads the files.
void add_suppressions(OptionTexts& texts, ReportOptions& report, std::vector<std::string>& files);
// Reads the files, and prints on stderr which suppressions have expired. Call it only once, as a
// file may be a pipe.
void complete_suppressions(const std::vector<std::string>& files, ReportOptions& report);

// The options of the groups Engine, Traffic and EVE.
class RunOptions {
 public:
  RunOptions(CLI::App& app, OptionTexts& texts, std::vector<std::string>& plugins,
             Options& options);
  RunOptions(const RunOptions&) = delete;
  RunOptions& operator=(const RunOptions&) = delete;

  // After OptionTexts::apply(): fills in what depends on several options. Throws UsageError for
  // combinations that the library cannot see, such as --pcap with options of generated traffic.
  void finish();
  // The kind of --fail KIND:*, of which each fault is tried; nullopt: not given.
  const std::optional<Fault::Kind>& sweep() const { return sweep_; }

 private:
  void add_engine(CLI::App& app);
  void add_traffic(CLI::App& app);
  void add_eve(CLI::App& app);
  void add_fault(const std::string& option, const std::string& text);
  void check_pcap();
  void check_capture_plugin();
  void check_eve() const;

  OptionTexts& texts_;
  Options& options_;
  std::vector<std::string> devices_;
  std::optional<Fault::Kind> sweep_;
  bool no_stats_ = false;
  bool no_command_socket_ = false;
  bool pcap_continuous_ = false;
};

// Throws a UsageError for so many packets that recording all events would use too much memory.
// `what`: what needs the events, "a golden file".
void require_few_packets(const char* what, const TrafficOptions& traffic);
// Switches on recording of all events if a report is an HTML page or a trace. Throws a UsageError
// for --no-record, and for too many packets.
void record_for_picture(const ReportTo& to, Options& options);

// Throws a UsageError if the run would write a file that it also reads, or write one twice. `read`
// and `written`: files of this subcommand, in addition to those that every run may have.
void check_files(const std::vector<std::string>& plugins, const Options& options,
                 const ReportTo& to, std::vector<NamedFile> read, std::vector<NamedFile> written);

// Throws the error of check_options() as a UsageError, with the names of the command's options.
void require_valid(const Options& options);

}  // namespace surisim::cli
