#include "suppressions.hpp"

#include <fmt/format.h>

#include <sstream>
#include <string_view>

#include "base/text_file.hpp"
#include "exit_status.hpp"
#include "surisim/rules.hpp"
#include "values.hpp"

namespace surisim::cli {
namespace {

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
    throw UsageError(fmt::format("{}: expected a place after {}:, as in {}:plugin.so!*", where,
                                 suppression.rule, suppression.rule));
  return suppression;
}

Suppression parse_line(const std::string& where, const std::string& line) {
  const std::size_t blank = line.find_first_of(kBlanks);
  Suppression suppression = rule_and_place(where, line.substr(0, blank));
  suppression.reason = blank == std::string::npos ? "" : trimmed(line.substr(blank));
  if (suppression.reason.empty())
    throw UsageError(
        fmt::format("{}: expected a reason, as in {}  known, see issue 12", where, shown(line)));
  suppression.from = where;
  return suppression;
}

}  // namespace

void require_rule(const std::string& where, const std::string& id) {
  if (find_rule(id) != nullptr) return;
  const std::string_view near = closest_rule(id);
  throw UsageError(fmt::format(
      "{}: expected the id of a rule, got \"{}\"; {}", where, shown(id),
      near.empty() ? "surisim rules lists them" : fmt::format("did you mean {}?", near)));
}

Suppression parse_suppression(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  Suppression suppression = rule_and_place(option, text.substr(0, equals));
  suppression.reason = equals == std::string::npos ? "" : trimmed(text.substr(equals + 1));
  if (suppression.reason.empty())
    throw UsageError(
        fmt::format("{}: expected a reason, as in {}=\"known, see issue 12\", got \"{}\"", option,
                    suppression.rule, shown(text)));
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

}  // namespace surisim::cli
