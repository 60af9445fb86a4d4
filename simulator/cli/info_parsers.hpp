// The parsers of the subcommands without the options of a run: compare, inspect, lifecycle, merge,
// rules and facts. And the lists of formats that subcommands can write.
//
// When:    made before CLI11 parses; finish() after it.
// Owner:   parse_arguments().
// Threads: main.
#pragma once

#include <utility>
#include <vector>

#include "arguments.hpp"
#include "help.hpp"
#include "parser.hpp"

namespace surisim::cli {

inline const std::vector<Format> kRunFormats = {Format::text, Format::json, Format::junit,
                                                Format::sarif};
// Of surisim check; markdown is for --list.
inline const std::vector<Format> kCheckFormats = {Format::text,  Format::json, Format::junit,
                                                  Format::sarif, Format::html, Format::markdown};
// Of surisim run and explore.
inline const std::vector<Format> kPictureFormats = {Format::text,  Format::json, Format::junit,
                                                    Format::sarif, Format::html, Format::trace};
inline const std::vector<Format> kTableFormats = {Format::text, Format::json};
inline const std::vector<Format> kLifecycleFormats = {Format::text, Format::json, Format::svg};
inline const std::vector<Format> kRuleFormats = {Format::text, Format::json, Format::markdown};

// A parser that fills its Arguments with options, and `to` with --format and --output.
template <class Arguments>
class ReportParser : public Parser {
 public:
  Arguments finish() {
    texts_.apply();
    arguments_.to = read_report_to(texts_, formats_);
    return std::move(arguments_);
  }

 protected:
  ReportParser(CLI::App& root, const char* name, const char* what, const char* examples,
               const std::vector<Format>& formats)
      : Parser(root, name, what), formats_(formats) {
    app_.footer(examples);
    add_report_to(app_, texts_, formats);
  }

  const std::vector<Format>& formats_;
  Arguments arguments_;
};

class CompareParser : public ReportParser<CompareArguments> {
 public:
  explicit CompareParser(CLI::App& root)
      : ReportParser(
            root, "compare",
            "Compare what the probe recorded in a real Suricata with a run of the same here",
            kCompareExamples, kTableFormats) {
    app_.add_option("RECORDING", arguments_.recording, "The file that the probe wrote")
        ->required()
        ->type_name("");
    app_.add_option("PLUGIN.so", arguments_.beside, "Plugins that Suricata loaded before the probe")
        ->type_name("");
    texts_.add_file("--probe", "the probe (the one that is installed with surisim)",
                    arguments_.probe);
  }
};

class InspectParser : public ReportParser<InspectArguments> {
 public:
  explicit InspectParser(CLI::App& root)
      : ReportParser(root, "inspect",
                     "Show metadata, imported symbols, and problems with loading; Init is not run",
                     kInspectExamples, kRunFormats) {
    app_.add_option("PLUGIN.so", arguments_.plugin, "The plugin (.so)")->required()->type_name("");
    texts_.add(
        "--suricata", "version to compare with: 8.0 or 9.0 (the plugin's)", "VERSION",
        [this](auto& name, auto& text) {
          arguments_.suricata = choose<Suricata>(name, text, {Suricata::v8_0, Suricata::v9_0});
        });
    add_child_options(app_, texts_, arguments_.limits, arguments_.in_process);
    app_.add_flag("-v,--verbose", arguments_.report.verbose, "the system's symbols too");
    app_.add_flag("-q,--quiet", arguments_.report.quiet, "only problems and the verdict");
  }
};

class LifecycleParser : public ReportParser<LifecycleArguments> {
 public:
  explicit LifecycleParser(CLI::App& root)
      : ReportParser(root, "lifecycle", "Show the phases of the lifecycle, and their threads",
                     kLifecycleExamples, kLifecycleFormats) {}
};

class MergeParser : public ReportParser<MergeArguments> {
 public:
  explicit MergeParser(CLI::App& root)
      : ReportParser(root, "merge",
                     "Report what the shares of one surisim explore or check have shown",
                     kMergeExamples, kPictureFormats) {
    app_.add_option("REPORT.json", arguments_.reports,
                    "JSON reports of surisim explore --shard or check --shard")
        ->required()
        ->type_name("");
  }
};

class RulesParser : public ReportParser<RulesArguments> {
 public:
  explicit RulesParser(CLI::App& root)
      : ReportParser(root, "rules", "Show all rules, or one rule's page", kRulesExamples,
                     kRuleFormats) {
    app_.add_option("RULE", arguments_.rule, "The id of a rule")->type_name("");
  }

  RulesArguments finish() {
    RulesArguments arguments = ReportParser::finish();
    if (!arguments.rule.empty()) require_rule("rules", arguments.rule);
    return arguments;
  }
};

class FactsParser : public ReportParser<FactsArguments> {
 public:
  explicit FactsParser(CLI::App& root)
      : ReportParser(root, "facts", "Show what Suricata does, and what to do about it",
                     kFactsExamples, kRuleFormats) {
    app_.add_option("NUMBER", arguments_.numbers, "Facts, such as L27, to show in full")
        ->type_name("");
  }
};

}  // namespace surisim::cli
