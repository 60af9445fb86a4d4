// Where reports go, in which form: --format and --output.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "option_texts.hpp"

namespace surisim::cli {

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

// Adds --format and --output to `app`, the heading "Report" above them. `formats`: those that there
// are for this subcommand.
void add_report_to(CLI::App& app, Texts& texts, const std::vector<Format>& formats);
// After parsing. A --format belongs to the next --output. An --output without one takes the format
// that its file name ends in (.json, .xml, .sarif, .md, .txt), else the one last given, else text.
// The last --format without an --output goes to stdout, or with a single --output that has no
// format of its own to that.
ReportTo read_report_to(const Texts& texts, const std::vector<Format>& formats);

}  // namespace surisim::cli
