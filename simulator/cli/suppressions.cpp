// The options --suppress, --suppressions and --leave-out: which violations are accepted.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <sstream>
#include <string_view>

#include "base/user_input.hpp"
#include "command_options.hpp"
#include "surisim/rules.hpp"

namespace surisim::cli {
namespace {

constexpr const char* kBlanks = " \t\r";

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Days since 1970 of "2030-12-31"; nullopt: there is no such day.
std::optional<std::chrono::sys_days> day_of(const std::string& text) {
  int year = 0, month = 0, day = 0, end = 0;
  const std::size_t digits = text.find_first_not_of("0123456789-");
  if (text.size() != 10 || digits != std::string::npos) return std::nullopt;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || end != 10)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (month < 1 || day < 1 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

// "value-leaked", "value-leaked:legacy.so*", both with "@2030-12-31", the last day.
Suppression rule_and_place(const std::string& where, std::string text) {
  Suppression suppression;
  const std::size_t at = text.rfind('@');
  const std::size_t place = text.find(':');
  // In a place, too, there may be an @: of a symbol's version.
  const std::string until = at == std::string::npos ? "" : text.substr(at + 1);
  const bool is_date = !until.empty() && until.find_first_not_of("0123456789-") == until.npos;
  if (at != std::string::npos && (place == std::string::npos || is_date)) {
    const auto last = day_of(until);
    if (!last)
      throw UsageError("{}: expected a day such as {}@2030-12-31, got \"{}\"", where,
                       base::shown(text.substr(0, at)), base::shown(until));
    suppression.until = until;
    suppression.expired = std::chrono::system_clock::now() >= *last + std::chrono::days(1);
    text.resize(at);
  }
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

void require_rule(const std::string& where, const std::string& id) {
  if (find_rule(id) == nullptr) throw UsageError("{}: {}", where, unknown_rule(id));
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

void add_suppressions(OptionTexts& texts, ReportOptions& report, std::vector<std::string>& files) {
  texts.add_many("--suppress",
                 "accept the violations of a rule, with a reason: RULE[:PLACE][@LAST-DAY]=REASON; "
                 "may be repeated",
                 "RULE=REASON", [&report](auto& name, auto& text) {
                   report.suppressed.push_back(parse_suppression(name, text));
                 });
  texts.add_many(
      "--suppressions", "the same from a file, one per line: RULE[:PLACE][@LAST-DAY]  REASON",
      "FILE",
      [&files](auto& name, auto& text) { files.push_back(not_empty(name, "a file name", text)); });
  texts.add_many("--leave-out", "do not report the violations of a rule; may be repeated", "RULE",
                 [&report](auto& name, auto& text) {
                   require_rule(name, text);
                   Suppression& left_out = report.suppressed.emplace_back();
                   left_out.rule = text;
                   left_out.reason = "left out";
                   left_out.left_out = true;
                 });
}

void complete_suppressions(const std::vector<std::string>& files, ReportOptions& report) {
  for (const std::string& file : files)
    for (Suppression& suppression : read_suppressions(file))
      report.suppressed.push_back(std::move(suppression));
  for (const Suppression& one : report.suppressed)
    if (one.expired)
      fmt::print(stderr, "surisim: the suppression of {}{} has expired: its last day was {}; {}\n",
                 one.rule, one.place.empty() ? "" : ":" + one.place, one.until, one.reason);
}

}  // namespace surisim::cli
