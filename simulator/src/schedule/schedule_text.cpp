// Schedules as text: what `surisim explore` prints, and --schedule reads.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "schedule/strategy.hpp"
#include "surisim/schedule.hpp"

namespace surisim {
namespace schedule {

const char* to_string(Act act) noexcept {
  static constexpr const char* kNames[kActs] = {"start", "lock",  "share",  "unlock",
                                                "wait",  "wake",  "create", "join",
                                                "sleep", "yield", "once",   "access"};
  return kNames[static_cast<std::size_t>(act)];
}

}  // namespace schedule

namespace {

template <class Number>
bool read_number(std::string_view text, Number& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// Returns the part before the separator; `text` becomes the part after it.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view first = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return first;
}

// "12f4"; "c12f4" for a call; "1.12f4" in the second plugin.
bool read_site(std::string_view text, CodeSite& site) {
  if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
    if (!read_number(text.substr(0, dot), site.plugin, 10)) return false;
    text.remove_prefix(dot + 1);
  }
  // An address that begins with c is written with a leading zero.
  site.is_call = text.starts_with('c');
  if (site.is_call) text.remove_prefix(1);
  return read_number(text, site.offset, 16);
}

// SITE or SITE-SITE, separated by +.
bool read_sites(std::string_view text, ScheduleOptions& schedule) {
  while (!text.empty()) {
    std::string_view one = cut(text, '+');
    const bool is_order = one.find('-') != std::string_view::npos;
    SiteOrder order;
    if (!read_site(cut(one, '-'), order.first)) return false;
    if (is_order && !read_site(one, order.second)) return false;
    if (is_order)
      schedule.orders.push_back(order);
    else
      schedule.points.push_back(order.first);
  }
  return true;
}

// "5.1c.1c"; may be empty.
bool read_delays(std::string_view text, std::vector<std::uint32_t>& delays) {
  while (!text.empty()) {
    std::uint32_t choice = 0;
    if (!read_number(cut(text, '.'), choice, 16)) return false;
    if (!delays.empty() && choice < delays.back()) return false;
    delays.push_back(choice);
  }
  return true;
}

// "2-1f.1-30"; may be empty.
bool read_turns(std::string_view text, std::vector<ScheduleTurn>& turns) {
  while (!text.empty()) {
    std::string_view one = cut(text, '.');
    ScheduleTurn turn;
    if (!read_number(cut(one, '-'), turn.thread, 16) || !read_number(one, turn.times, 16))
      return false;
    turns.push_back(turn);
  }
  return true;
}

// The part after the seed.
expected<void> read_details(std::string_view text, const std::string& given,
                            ScheduleOptions& schedule) {
  const auto expected_there = [&given](const char* what) {
    return fail(ErrorCode::invalid_option,
                fmt::format("expected {} after the seed; got \"{}\"", what, given));
  };
  if (schedule.strategy == schedule::kDelays) {
    if (!read_delays(text, schedule.delays))
      return expected_there("choices, in order and as hexadecimal numbers, as in delays:0:5.1c,");
  } else if (schedule.strategy == schedule::kTurns) {
    if (!read_turns(text, schedule.turns))
      return expected_there(
          "threads and numbers, as hexadecimal numbers, as in turns:0:2-1f.1-30,");
  } else {
    schedule.weights = text;
    if (!std::all_of(text.begin(), text.end(), is_hex)) return expected_there("hexadecimal digits");
  }
  return {};
}

}  // namespace

std::string to_string(const CodeSite& site) {
  const std::string digits = fmt::format("{:x}", site.offset);
  const char* const before = site.is_call ? "c" : digits.starts_with('c') ? "0" : "";
  return (site.plugin == 0 ? "" : fmt::format("{}.", site.plugin)) + before + digits;
}

std::string to_string(const SiteOrder& order) {
  return to_string(order.first) + "-" + to_string(order.second);
}

std::string to_string(const ScheduleOptions& schedule) {
  std::string text = fmt::format("{}:{}", schedule.strategy, schedule.seed);
  if (!schedule.weights.empty()) text += ":" + schedule.weights;
  char before = ':';
  for (const std::uint32_t choice : schedule.delays)
    text += fmt::format("{}{:x}", std::exchange(before, '.'), choice);
  for (const ScheduleTurn& turn : schedule.turns)
    text += fmt::format("{}{:x}-{:x}", std::exchange(before, '.'), turn.thread, turn.times);
  char between = '@';
  for (const CodeSite& site : schedule.points)
    text += std::exchange(between, '+') + to_string(site);
  for (const SiteOrder& order : schedule.orders)
    text += std::exchange(between, '+') + to_string(order);
  if (schedule.order) text += fmt::format("/{:08x}", *schedule.order);
  return text;
}

expected<ScheduleOptions> parse_schedule(std::string_view text) {
  const std::string given(text);
  ScheduleOptions schedule;
  const bool has_order = text.find('/') != std::string_view::npos;
  std::string_view rest = text;
  std::string_view first = cut(rest, '/');
  std::uint32_t order = 0;
  if (has_order) {
    if (!read_number(rest, order, 16))
      return fail(ErrorCode::invalid_option,
                  fmt::format("expected hexadecimal digits after the /, got \"{}\"", given));
    schedule.order = order;
  }
  std::string_view sites = first;
  first = cut(sites, '@');
  if (!read_sites(sites, schedule))
    return fail(ErrorCode::invalid_option,
                fmt::format("expected hexadecimal addresses after the @, as in @12f4+1310-c1320; "
                            "got \"{}\"",
                            given));
  schedule.strategy = cut(first, ':');
  if (!schedule::can_run(schedule.strategy))
    return fail(ErrorCode::invalid_option,
                fmt::format("expected STRATEGY:SEED, where STRATEGY is one of {}; got \"{}\"",
                            schedule::strategy_names(), given));
  if (!read_number(cut(first, ':'), schedule.seed, 10))
    return fail(ErrorCode::invalid_option,
                fmt::format("expected a number after the strategy, as in {}:17; got \"{}\"",
                            schedule.strategy, given));
  if (auto details = read_details(first, given, schedule); !details)
    return tl::unexpected(std::move(details.error()));
  return schedule;
}

std::vector<ScheduleStrategy> schedule_strategies() {
  std::vector<ScheduleStrategy> all;
  for (const schedule::StrategyInfo& one : schedule::strategies())
    all.push_back({one.name, one.summary});
  return all;
}

}  // namespace surisim
