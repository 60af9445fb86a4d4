// Reports, made of a Summary and the Options it came from.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "surisim/options.hpp"
#include "surisim/rules.hpp"
#include "surisim/summary.hpp"

namespace surisim {

enum class Verdict { pass, fail };

// Violations of one rule that were accepted, and taken out of the Summary by who accepted them.
struct Suppression {
  std::string rule;
  std::string reason;
  std::uint64_t count = 0;  // how many violations it covered
};

struct ReportOptions {
  Severity fail_on = Severity::error;  // violations at or above it make the verdict "fail"
  Severity show = Severity::note;      // violations below it are left out of the text
  bool color = false;
  bool verbose = false;  // all threads and phases, not only the telling ones
  bool quiet = false;    // only violations and the verdict
  std::vector<Suppression> suppressed;
  std::string reproduce;  // command line shown when the verdict is "fail"
};

Verdict verdict_of(const Summary& summary, Severity fail_on);
// For people; the last line is the verdict. Lines end in \n.
std::string text_report(const Summary& summary, const Options& options, const ReportOptions& how);
// One JSON document; its keys are a contract: they may be added to, not renamed (docs/json.md).
std::string json_report(const Summary& summary, const Options& options, const ReportOptions& how);

// The same for what inspect() found; the verdict is "fail" when the plugin would not load.
std::string text_report(const Inspection& inspection, const ReportOptions& how);
std::string json_report(const Inspection& inspection, const ReportOptions& how);

// The rule catalogue: a list of all rules, one rule's page, and either for programs and for docs/.
std::string rules_text(bool color);
std::string rule_text(const Rule& rule, bool color);
std::string rules_json(std::span<const Rule> chosen);
std::string rules_markdown(std::span<const Rule> chosen);

// The version of surisim, "0.1.0".
const char* version();

}  // namespace surisim
