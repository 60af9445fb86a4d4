// The subcommands without the options of a run: compare, inspect, lifecycle, merge, rules and
// facts; and the formats that a subcommand can write.
//
// When:    made before CLI11 parses; finish() after it.
// Owner:   parse_arguments().
// Threads: main.
#pragma once

#include <vector>

#include "arguments.hpp"
#include "help.hpp"
#include "parser.hpp"

namespace surisim::cli {

inline const std::vector<Format> kRunFormats = {Format::text, Format::json, Format::junit,
                                                Format::sarif};
// Of a check, which has no timeline; with --list also markdown.
inline const std::vector<Format> kCheckFormats = {Format::text,  Format::json, Format::junit,
                                                  Format::sarif, Format::html, Format::markdown};
// Those of a run, too.
inline const std::vector<Format> kPictureFormats = {Format::text,  Format::json, Format::junit,
                                                    Format::sarif, Format::html, Format::trace};
inline const std::vector<Format> kTableFormats = {Format::text, Format::json};
inline const std::vector<Format> kLifecycleFormats = {Format::text, Format::json, Format::svg};
inline const std::vector<Format> kRuleFormats = {Format::text, Format::json, Format::markdown};

class CompareParser : public Parser {
 public:
  explicit CompareParser(CLI::App& root)
      : Parser(root, "compare",
               "Compare what the probe recorded in a real Suricata with a run of the same here") {
    app_.footer(kCompareExamples);
    app_.add_option("RECORDING", arguments_.recording, "The file that the probe wrote")
        ->required()
        ->type_name("");
    app_.add_option("PLUGIN.so", arguments_.beside, "Plugins that Suricata loaded before the probe")
        ->type_name("");
    texts_.add_file("--probe", "the probe (the one that is installed with surisim)",
                    arguments_.probe);
    add_report_to(app_, texts_, kTableFormats);
  }

  CompareArguments finish() {
    texts_.apply();
    arguments_.to = read_report_to(texts_, kTableFormats);
    return std::move(arguments_);
  }

 private:
  CompareArguments arguments_;
};

class InspectParser : public Parser {
 public:
  explicit InspectParser(CLI::App& root)
      : Parser(root, "inspect",
               "Show metadata, imported symbols, and problems with loading; Init is not run") {
    app_.footer(kInspectExamples);
    app_.add_option("PLUGIN.so", arguments_.plugin, "The plugin (.so)")->required()->type_name("");
    texts_.add(
        "--suricata", "version to compare with: 8.0 or 9.0 (the plugin's)", "VERSION",
        [this](auto& name, auto& text) {
          arguments_.suricata = choose<Suricata>(name, text, {Suricata::v8_0, Suricata::v9_0});
        });
    add_report_to(app_, texts_, kRunFormats);
    add_child_options(app_, texts_, arguments_.limits, arguments_.in_process);
    app_.add_flag("-v,--verbose", arguments_.report.verbose, "the system's symbols too");
    app_.add_flag("-q,--quiet", arguments_.report.quiet, "only problems and the verdict");
  }

  InspectArguments finish() {
    texts_.apply();
    arguments_.to = read_report_to(texts_, kRunFormats);
    return std::move(arguments_);
  }

 private:
  InspectArguments arguments_;
};

class LifecycleParser : public Parser {
 public:
  explicit LifecycleParser(CLI::App& root)
      : Parser(root, "lifecycle", "Show the phases of the lifecycle, and their threads") {
    app_.footer(kLifecycleExamples);
    add_report_to(app_, texts_, kLifecycleFormats);
  }

  LifecycleArguments finish() const {
    texts_.apply();
    return {read_report_to(texts_, kLifecycleFormats)};
  }
};

class MergeParser : public Parser {
 public:
  explicit MergeParser(CLI::App& root)
      : Parser(root, "merge", "Report what the shares of one surisim explore or check have shown") {
    app_.footer(kMergeExamples);
    app_.add_option("REPORT.json", arguments_.reports,
                    "JSON reports of surisim explore --shard or check --shard")
        ->required()
        ->type_name("");
    add_report_to(app_, texts_, kPictureFormats);
  }

  MergeArguments finish() {
    texts_.apply();
    arguments_.to = read_report_to(texts_, kPictureFormats);
    return std::move(arguments_);
  }

 private:
  MergeArguments arguments_;
};

class RulesParser : public Parser {
 public:
  explicit RulesParser(CLI::App& root)
      : Parser(root, "rules", "Show all rules, or one rule's page") {
    app_.footer(kRulesExamples);
    app_.add_option("RULE", arguments_.rule, "The id of a rule")->type_name("");
    add_report_to(app_, texts_, kRuleFormats);
  }

  RulesArguments finish() {
    texts_.apply();
    arguments_.to = read_report_to(texts_, kRuleFormats);
    if (!arguments_.rule.empty()) require_rule("rules", arguments_.rule);
    return std::move(arguments_);
  }

 private:
  RulesArguments arguments_;
};

class FactsParser : public Parser {
 public:
  explicit FactsParser(CLI::App& root)
      : Parser(root, "facts", "Show what Suricata does, and what to do about it") {
    app_.footer(kFactsExamples);
    app_.add_option("NUMBER", arguments_.numbers, "Facts, such as L27, to be shown in full")
        ->type_name("");
    add_report_to(app_, texts_, kRuleFormats);
  }

  FactsArguments finish() {
    texts_.apply();
    arguments_.to = read_report_to(texts_, kRuleFormats);
    return std::move(arguments_);
  }

 private:
  FactsArguments arguments_;
};

}  // namespace surisim::cli
