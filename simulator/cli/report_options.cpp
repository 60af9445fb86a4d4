// Implements the part of command_options.hpp about reports: --format, --output and --color.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "command_options.hpp"

namespace surisim::cli {
namespace {

const std::vector<Color> kColors = {Color::automatic, Color::always, Color::never};

bool has(const std::vector<Format>& formats, Format format) {
  return std::find(formats.begin(), formats.end(), format) != formats.end();
}

std::optional<Format> format_of_name(const std::string& file, const std::vector<Format>& formats) {
  constexpr std::array<std::pair<std::string_view, Format>, 8> kEndings = {{
      {".trace.json", Format::trace},  // before .json
      {".json", Format::json},
      {".html", Format::html},
      {".xml", Format::junit},
      {".sarif", Format::sarif},
      {".md", Format::markdown},
      {".svg", Format::svg},
      {".txt", Format::text},
  }};
  for (const auto& [ending, format] : kEndings)
    if (file.size() > ending.size() && file.ends_with(ending)) {
      if (has(formats, format)) return format;
      if (format == Format::junit || format == Format::sarif || format == Format::html ||
          format == Format::trace)
        throw UsageError(
            "--output: {} asks for a {} report, which this subcommand does not have; "
            "expected {}",
            file, to_string(format), names_of(formats));
    }
  return std::nullopt;
}

void require_distinct_targets(const std::vector<Target>& targets) {
  std::set<std::string> files;
  for (const Target& target : targets)
    if (!files.insert(target.file).second)
      throw UsageError("--output: expected a different file for each report, got {} twice",
                       target.file.empty() ? "stdout" : target.file);
}

}  // namespace

void add_report_to(CLI::App& app, OptionTexts& texts, const std::vector<Format>& formats) {
  const auto nothing = [](const std::string&, const std::string&) {};
  in_group(app, "Report", [&] {
    texts.add_many("--format", names_of(formats) + " (text, or what --output's name ends in)",
                   "FORMAT", nothing);
    texts.add_many("--output",
                   "write the report to FILE instead of stdout (-: stdout); several reports: each "
                   "--format before its --output",
                   "FILE", nothing);
    texts.add("--color", names_of(kColors) + " (auto: on a terminal, unless NO_COLOR is set)",
              "WHEN", nothing);
  });
}

ReportTo read_report_to(const OptionTexts& texts, const std::vector<Format>& formats) {
  ReportTo to{{}, Color::automatic};
  std::vector<Target>& targets = to.targets;
  for (const auto& [option, text] : texts.in_order({"--color"}))
    to.color = choose(option, text, kColors);
  Format last = Format::text;  // the last one that --format named
  bool pending = false;        // no --output has followed it yet
  bool first_has_own = false;  // a --format came before the first --output
  for (const auto& [option, text] : texts.in_order({"--format", "--output"})) {
    if (option == "--format") {
      const Format next = choose(option, text, formats);
      if (pending)
        throw UsageError(
            "--format: {} is followed by --format {}; expected its --output between "
            "them",
            to_string(last), text);
      last = next;
      pending = true;
      continue;
    }
    const std::string file = not_empty(option, "a file name", text) == "-" ? "" : text;
    if (targets.empty()) first_has_own = pending;
    targets.push_back({pending ? last : format_of_name(file, formats).value_or(last), file});
    pending = false;
  }
  if (targets.empty()) targets.push_back({last, ""}), pending = false;
  if (pending && targets.size() == 1 && !first_has_own) {
    Target& target = targets.front();
    const std::optional<Format> named = format_of_name(target.file, formats);
    if (named && *named != last)
      throw UsageError(
          "--format: {} comes after --output {}, whose name says {}; "
          "expected it before that, or before an --output of its own",
          to_string(last), target.file, to_string(*named));
    target.format = last;
  } else if (pending) {
    targets.push_back({last, ""});
  }
  require_distinct_targets(targets);
  return to;
}

void require_few_packets(const char* what, const TrafficOptions& traffic) {
  constexpr std::uint64_t kMaxPackets = 5'000'000;  // of about 100 bytes, in two copies
  if (traffic.flows > kMaxPackets / traffic.packets_per_flow)
    throw UsageError(
        "--flows: {} is made from every event; expected {} packets at most, got {} flows of {} "
        "packets. A few thousand flows are enough",
        what, kMaxPackets, traffic.flows, traffic.packets_per_flow);
}

void record_for_picture(const ReportTo& to, Options& options) {
  if (!to.has_picture()) return;
  const Format format = to.has(Format::html) ? Format::html : Format::trace;
  if (options.record == Options::Record::off)
    throw UsageError("--output: {} needs the record that --no-record switches off",
                     to_string(format));
  require_few_packets("a picture", options.traffic);
  options.record = Options::Record::all;
  if (options.schedule) options.schedule->explain = true;
}

}  // namespace surisim::cli
