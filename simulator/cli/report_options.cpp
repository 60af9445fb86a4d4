// The options of reports: which goes where (--format, --output, --color of every subcommand), and
// which violations are accepted.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <sstream>

#include "base/user_input.hpp"
#include "command_options.hpp"
#include "surisim/rules.hpp"

namespace surisim::cli {
namespace {

const std::vector<Color> kColors = {Color::automatic, Color::always, Color::never};

bool has(const std::vector<Format>& formats, Format format) {
  return std::find(formats.begin(), formats.end(), format) != formats.end();
}

std::optional<Format> format_of_name(const std::string& file, const std::vector<Format>& formats) {
  constexpr std::array<std::pair<std::string_view, Format>, 7> kEndings = {{
      {".trace.json", Format::trace},  // before .json
      {".json", Format::json},
      {".html", Format::html},
      {".xml", Format::junit},
      {".sarif", Format::sarif},
      {".md", Format::markdown},
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
      throw UsageError("--output: expected a file of its own for each report, got {} twice",
                       target.file.empty() ? "stdout" : target.file);
}

constexpr const char* kBlanks = " \t\r";

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// "value-leaked" or "value-leaked:legacy.so*".
Suppression rule_and_place(const std::string& where, const std::string& text) {
  Suppression suppression;
  const std::size_t colon = text.find(':');
  suppression.rule = text.substr(0, colon);
  require_rule(where, suppression.rule);
  if (colon == std::string::npos) return suppression;
  suppression.place = text.substr(colon + 1);
  if (suppression.place.empty())
    throw UsageError("{}: expected a place after {}:, as in {}:plugin.so!*", where,
                     suppression.rule, suppression.rule);
  return suppression;
}

Suppression parse_line(const std::string& where, const std::string& line) {
  const std::size_t blank = line.find_first_of(kBlanks);
  Suppression suppression = rule_and_place(where, line.substr(0, blank));
  suppression.reason = blank == std::string::npos ? "" : trimmed(line.substr(blank));
  if (suppression.reason.empty())
    throw UsageError("{}: expected a reason, as in {}  known, see issue 12", where,
                     base::shown(line));
  suppression.from = where;
  return suppression;
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

void require_rule(const std::string& where, const std::string& id) {
  if (find_rule(id) != nullptr) return;
  const std::string_view near = closest_rule(id);
  throw UsageError(
      "{}: expected the id of a rule, got \"{}\"; {}", where, base::shown(id),
      near.empty() ? "surisim rules lists them" : fmt::format("did you mean {}?", near));
}

Suppression parse_suppression(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  Suppression suppression = rule_and_place(option, text.substr(0, equals));
  suppression.reason = equals == std::string::npos ? "" : trimmed(text.substr(equals + 1));
  if (suppression.reason.empty())
    throw UsageError("{}: expected a reason, as in {}=\"known, see issue 12\", got \"{}\"", option,
                     suppression.rule, base::shown(text));
  return suppression;
}

std::vector<Suppression> read_suppressions(const std::string& file) {
  const auto text = base::read_text_file(file, "a file of suppressions");
  if (!text) throw UsageError(text.error().message);
  std::istringstream in(*text);
  std::vector<Suppression> all;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    line = trimmed(line);
    if (line.empty() || line.front() == '#') continue;
    all.push_back(parse_line(fmt::format("{}:{}", file, number), line));
  }
  return all;
}

void require_few_packets(const char* what, const TrafficOptions& traffic) {
  constexpr std::uint64_t kMostPackets = 5'000'000;  // of about 100 bytes, in two copies
  if (traffic.flows > kMostPackets / traffic.packets_per_flow)
    throw UsageError(
        "--flows: {} is made from every event; expected {} packets at most, got {} flows of {} "
        "packets. A few thousand flows are enough",
        what, kMostPackets, traffic.flows, traffic.packets_per_flow);
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
