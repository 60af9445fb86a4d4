// Implements check_steps.hpp: fills in placeholders, and combines rows.
#include "check_steps.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "command_options.hpp"

namespace surisim::cli {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view kSeed = "{seed}";

Words words_in(std::string_view text) {
  Words words;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    if (blank > 0) words.emplace_back(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return words;
}

bool is_option(const std::string& word) { return word.starts_with("--"); }

// nullopt: both have the same option.
std::optional<Words> joined(Words one, const Words& other) {
  for (const std::string& word : other)
    if (is_option(word) && std::find(one.begin(), one.end(), word) != one.end()) return {};
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

// Replaces the word `placeholder` by the words `with`.
Words filled(const Words& words, std::string_view placeholder, const Words& with) {
  Words out;
  for (const std::string& word : words) {
    if (word == placeholder)
      out.insert(out.end(), with.begin(), with.end());
    else
      out.push_back(word);
  }
  return out;
}

// Replaces `placeholder` inside of words.
Words with_number(Words words, std::string_view placeholder, std::uint64_t with) {
  for (std::string& word : words)
    if (const std::size_t at = word.find(placeholder); at != std::string::npos)
      word.replace(at, placeholder.size(), std::to_string(with));
  return words;
}

bool holds(const Words& words, std::string_view placeholder) {
  return std::find(words.begin(), words.end(), placeholder) != words.end();
}

// A random number generator (splitmix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // From 0 to `below` - 1.
  std::size_t next(std::size_t below) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % below;
  }

 private:
  std::uint64_t state_;
};

// A row with one set of options.
struct Variant {
  const CheckRow* row;
  Words options;
};

class Expansion {
 public:
  explicit Expansion(const CheckSubject& subject) : subject_(subject) {}

  // All ways to fill in the placeholders that do not depend on other rows.
  std::vector<Words> of(const CheckRow& row) const {
    std::vector<Words> all = {words_in(row.options)};
    all = each(std::move(all), "{host}", subject_.other_hosts);
    all = each(std::move(all), "{file-type}", subject_.file_types);
    if (holds(all.empty() ? Words{} : all.front(), "{without-configuration}") &&
        subject_.configuration.empty())
      all.clear();
    if (!all.empty() && holds(all.front(), kSeed)) all = seeds_of(std::move(all), row.times);
    return all;
  }

  std::vector<Variant> together(bool with_schedules) const {
    std::vector<Variant> all;
    for (const CheckRow& row : check_rows()) {
      const bool wanted =
          with_schedules ? row.together == Together::with_schedules : row.together != Together::no;
      if (!wanted) continue;
      for (Words& options : of(row)) all.push_back({&row, std::move(options)});
    }
    return all;
  }

  std::vector<Words> pairs() const {
    const std::vector<Variant> all = together(false);
    std::vector<Words> found;
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t k = i + 1; k < all.size(); ++k) {
        if (std::string_view(all[i].row->dimension) == all[k].row->dimension) continue;
        if (auto both = joined(all[i].options, all[k].options)) found.push_back(*std::move(both));
      }
    return found;
  }

  // At most one row of each dimension.
  Words random_options(Random& random, bool with_schedules) const {
    std::vector<Variant> rest = together(with_schedules);
    Words options;
    while (!rest.empty()) {
      const std::string_view dimension = rest.front().row->dimension;
      const auto end = std::find_if(rest.begin(), rest.end(), [&](const Variant& one) {
        return one.row->dimension != dimension;
      });
      const auto rows = static_cast<std::size_t>(end - rest.begin());
      // With a probability of 1/2 none: a mistake may need few differences.
      if (const std::size_t drawn = random.next(2 * rows); drawn < rows)
        if (auto more = joined(options, rest[drawn].options)) options = *std::move(more);
      rest.erase(rest.begin(), end);
    }
    return options;
  }

 private:
  static std::vector<Words> each(std::vector<Words> all, std::string_view placeholder,
                                 const Words& values) {
    if (all.empty() || !holds(all.front(), placeholder)) return all;
    std::vector<Words> out;
    for (const Words& words : all)
      for (const std::string& value : values) out.push_back(filled(words, placeholder, {value}));
    return out;
  }

  std::vector<Words> seeds_of(std::vector<Words> all, int times) const {
    std::vector<Words> out;
    for (const Words& words : all)
      for (int i = 1; i <= times; ++i)
        out.push_back(with_number(words, kSeed, subject_.seed + static_cast<std::uint64_t>(i)));
    return out;
  }

  const CheckSubject& subject_;
};

// Options that command_of() does not show: time limits, and --quiet-plugin.
Words limits_of(const CheckStep& step, const CheckSubject& subject) {
  Words limits = {"--time-limit", std::to_string(step.row->seconds), "--quiet-plugin"};
  if (!holds(subject.options, "--timeout")) limits.insert(limits.end(), {"--timeout", "5"});
  return limits;
}

Words options_of(const CheckStep& step, const CheckSubject& subject) {
  Words all = subject.options;
  const bool without = step.has("{without-configuration}");
  if (!without) all.insert(all.end(), subject.configuration.begin(), subject.configuration.end());
  for (std::size_t i = 0; i < step.options.size(); ++i) {
    const std::string& word = step.options[i];
    if (word == "--schedule" && !subject.not_controlled.empty())
      ++i;
    else if (word != "{without-configuration}")
      all.push_back(word);
  }
  if (!step.has("--seed") && subject.seed != 1) {
    all.emplace_back("--seed");
    all.push_back(std::to_string(subject.seed));
  }
  const bool plays = step.command == "run" && subject.not_controlled.empty();
  if (plays && !step.has("--schedule")) all.insert(all.end(), {"--schedule", kDefaultSchedule});
  return all;
}

bool can_be_run(const CheckRow& row, const CheckSubject& subject) {
  return subject.not_controlled.empty() || std::string_view(row.command) == "run";
}

}  // namespace

bool CheckStep::has(std::string_view option) const { return holds(options, option); }

std::vector<CheckStep> steps_of_level(const CheckSubject& subject, int level, std::uint64_t first) {
  const Expansion expansion(subject);
  std::vector<CheckStep> steps;
  const auto add = [&](const CheckRow& row, Words options) {
    steps.push_back({first + steps.size(), &row, row.command, std::move(options)});
  };
  for (const CheckRow& row : check_rows()) {
    if (row.level != level || !can_be_run(row, subject)) continue;
    for (const Words& options : expansion.of(row)) {
      if (holds(options, "{pair}")) {
        for (Words& both : expansion.pairs()) add(row, std::move(both));
      } else if (holds(options, "{row}")) {
        for (const Variant& one : expansion.together(true))
          add(row, filled(options, "{row}", one.options));
      } else {
        add(row, options);
      }
    }
  }
  return steps;
}

std::vector<CheckStep> steps_of_round(const CheckSubject& subject, std::uint64_t round,
                                      std::uint64_t first) {
  const Expansion expansion(subject);
  Random random(subject.seed ^ (round << 32));
  std::vector<CheckStep> steps;
  constexpr std::uint64_t kUnusedSeeds = 1000;  // after those of the levels
  const std::uint64_t seed = subject.seed + kUnusedSeeds + round;
  for (const CheckRow& row : check_rows()) {
    if (row.level != kOnAndOn || !can_be_run(row, subject)) continue;
    const bool schedules = std::string_view(row.command) == "explore";
    const Words options = with_number(words_in(row.options), kSeed, seed);
    steps.push_back({first + steps.size(), &row, row.command,
                     filled(options, "{random}", expansion.random_options(random, schedules))});
  }
  return steps;
}

Words words_of(const CheckStep& step, const CheckSubject& subject) {
  Words words = {step.command};
  words.insert(words.end(), subject.plugins.begin(), subject.plugins.end());
  for (const Words& more :
       {options_of(step, subject), limits_of(step, subject), {"--format", "json"}})
    words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string command_of(const CheckStep& step, const CheckSubject& subject, const std::string& fault,
                       const std::string& schedule) {
  Words words = {"surisim", step.command};
  words.insert(words.end(), subject.plugins.begin(), subject.plugins.end());
  const Words options = options_of(step, subject);
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string& word = options[i];
    const bool counts =
        (word == "--sweep-limit" && !fault.empty()) || (word == "--schedules" && !schedule.empty());
    if (counts) {
      ++i;
    } else {
      words.push_back(!fault.empty() && word.ends_with(":*") ? fault : word);
    }
  }
  if (!schedule.empty()) words.insert(words.end(), {"--replay", schedule});
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + quoted(word);
  return out;
}

}  // namespace surisim::cli
