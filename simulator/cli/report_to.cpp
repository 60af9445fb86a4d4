#include "report_to.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "exit_status.hpp"
#include "option_texts.hpp"

namespace surisim::cli {
namespace {

std::string words_of(const std::vector<Format>& formats) {
  std::string out;
  for (std::size_t i = 0; i < formats.size(); ++i)
    out += (i == 0                    ? ""
            : i + 1 == formats.size() ? " or "
                                      : ", ") +
           std::string(to_string(formats[i]));
  return out;
}

bool has(const std::vector<Format>& formats, Format format) {
  return std::find(formats.begin(), formats.end(), format) != formats.end();
}

Format parse_format(const std::string& option, const std::string& text,
                    const std::vector<Format>& formats) {
  for (const Format format : formats)
    if (text == to_string(format)) return format;
  throw UsageError(fmt::format("{}: expected {}, got \"{}\"", option, words_of(formats), text));
}

std::optional<Format> format_of_name(const std::string& file, const std::vector<Format>& formats) {
  constexpr std::array<std::pair<std::string_view, Format>, 5> kEndings = {{
      {".json", Format::json},
      {".xml", Format::junit},
      {".sarif", Format::sarif},
      {".md", Format::markdown},
      {".txt", Format::text},
  }};
  for (const auto& [ending, format] : kEndings)
    if (file.size() > ending.size() && file.ends_with(ending)) {
      if (has(formats, format)) return format;
      if (format == Format::junit || format == Format::sarif)
        throw UsageError(
            fmt::format("--output: there is no {} report here, which {} would be; "
                        "expected {}",
                        to_string(format), file, words_of(formats)));
    }
  return std::nullopt;
}

void refuse_two_in_one_place(const std::vector<Target>& targets) {
  std::set<std::string> files;
  for (const Target& target : targets)
    if (!files.insert(target.file).second)
      throw UsageError(
          fmt::format("--output: expected a file of its own for each report, got "
                      "{} twice",
                      target.file.empty() ? "stdout" : target.file));
}

}  // namespace

const char* to_string(Format format) {
  switch (format) {
    case Format::text:
      return "text";
    case Format::json:
      return "json";
    case Format::junit:
      return "junit";
    case Format::sarif:
      return "sarif";
    case Format::markdown:
      return "markdown";
  }
  return "";
}

bool ReportTo::has_stdout() const {
  return std::any_of(targets.begin(), targets.end(),
                     [](const Target& target) { return target.file.empty(); });
}

void add_report_to(CLI::App& app, Texts& texts, const std::vector<Format>& formats) {
  const auto nothing = [](const std::string&, const std::string&) {};
  in_group(app, "Report", [&] {
    texts.add_many("--format", words_of(formats) + " (text, or what --output's name ends in)",
                   "FORMAT", nothing);
    texts.add_many("--output",
                   "write the report to FILE instead of stdout (-: stdout); several reports: each "
                   "--format before its --output",
                   "FILE", nothing);
  });
}

ReportTo read_report_to(const Texts& texts, const std::vector<Format>& formats) {
  std::vector<Target> targets;
  Format last = Format::text;  // that a --format named
  bool pending = false;        // no --output has followed it yet
  bool first_chose = false;
  for (const auto& [option, text] : texts.in_order({"--format", "--output"})) {
    if (option == "--format") {
      const Format next = parse_format(option, text, formats);
      if (pending)
        throw UsageError(
            fmt::format("--format: {} is followed by --format {}; expected its --output between "
                        "them",
                        to_string(last), text));
      last = next;
      pending = true;
      continue;
    }
    const std::string file = not_empty(option, "a file name", text) == "-" ? "" : text;
    if (targets.empty()) first_chose = pending;
    targets.push_back({pending ? last : format_of_name(file, formats).value_or(last), file});
    pending = false;
  }
  if (targets.empty()) return {{{last, ""}}};
  if (pending && targets.size() == 1 && !first_chose) {
    Target& target = targets.front();
    const std::optional<Format> named = format_of_name(target.file, formats);
    if (named && *named != last)
      throw UsageError(
          fmt::format("--format: {} comes after --output {}, whose name says {}; "
                      "expected it before that, or before an --output of its own",
                      to_string(last), target.file, to_string(*named)));
    target.format = last;
  } else if (pending) {
    targets.push_back({last, ""});
  }
  refuse_two_in_one_place(targets);
  return {std::move(targets)};
}

}  // namespace surisim::cli
