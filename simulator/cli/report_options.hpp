// The options that say where reports go, in which form (--format, --output), and which violations
// are accepted (--suppress, --suppressions).
//
// When:    added before CLI11 parses, read after it.
// Owner:   values.
// Threads: main.
#pragma once

#include <string>
#include <vector>

#include "surisim/report.hpp"

namespace CLI {
class App;
}

namespace surisim::cli {

class OptionTexts;

enum class Format { text, json, junit, sarif, markdown };
const char* to_string(Format format);

struct Target {
  Format format = Format::text;
  std::string file;  // empty: stdout
};

// One report or more, each to a place of its own; one at most to stdout.
struct ReportTo {
  std::vector<Target> targets = {{}};

  bool has_stdout() const;
};

// Adds --format and --output to `app` under the heading "Report". `formats`: those that there are
// for this subcommand.
void add_report_to(CLI::App& app, OptionTexts& texts, const std::vector<Format>& formats);
// After parsing. A --format belongs to the next --output. An --output without one takes the format
// that its file name ends in (.json, .xml, .sarif, .md, .txt), else the one last given, else text.
// The last --format without an --output goes to stdout, or with a single --output that has no
// format of its own to that.
ReportTo read_report_to(const OptionTexts& texts, const std::vector<Format>& formats);

// A UsageError that names the closest id when there is no rule `id`; `where` begins it.
void require_rule(const std::string& where, const std::string& id);
// "value-leaked=known, see issue 12", "value-leaked:legacy.so*=known": the reason is required.
Suppression parse_suppression(const std::string& option, const std::string& text);
// A line for each: "rule[:place]  reason". Empty lines, and those that begin with #, are skipped.
// Throws UsageError, with file and line.
std::vector<Suppression> read_suppressions(const std::string& file);

}  // namespace surisim::cli
