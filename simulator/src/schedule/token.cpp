// Schedules as text: what `surisim explore` prints, and --schedule reads.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "schedule/strategy.hpp"
#include "surisim/schedule.hpp"

namespace surisim {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// What stands before the separator; `text` keeps what stands after it.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view first = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return first;
}

std::string names() {
  std::string all;
  for (const schedule::StrategyInfo& one : schedule::strategies())
    all += (all.empty() ? "" : ", ") + std::string(one.name);
  return all;
}

}  // namespace

std::string to_string(const ScheduleOptions& schedule) {
  std::string text = fmt::format("{}:{}", schedule.strategy, schedule.seed);
  if (!schedule.weights.empty()) text += ":" + schedule.weights;
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
  schedule.strategy = cut(first, ':');
  if (schedule::find_strategy(schedule.strategy) == nullptr)
    return fail(ErrorCode::invalid_option,
                fmt::format("expected STRATEGY:SEED, where STRATEGY is one of {}; got \"{}\"",
                            names(), given));
  if (!read_number(cut(first, ':'), schedule.seed, 10))
    return fail(ErrorCode::invalid_option,
                fmt::format("expected a number after the strategy, as in {}:17; got \"{}\"",
                            schedule.strategy, given));
  schedule.weights = first;
  if (!std::all_of(first.begin(), first.end(), is_hex))
    return fail(ErrorCode::invalid_option,
                fmt::format("expected hexadecimal digits after the seed, got \"{}\"", given));
  return schedule;
}

std::vector<ScheduleStrategy> schedule_strategies() {
  std::vector<ScheduleStrategy> all;
  for (const schedule::StrategyInfo& one : schedule::strategies())
    all.push_back({one.name, one.summary});
  return all;
}

}  // namespace surisim
