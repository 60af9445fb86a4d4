// Scenarios. Input: a file. Oracle: a mistake has a line and a column of the file and one sentence;
// otherwise each scenario has a name and steps, whose lines and flows are those of the file.
#include <algorithm>
#include <charconv>
#include <string_view>

#include "input.hpp"
#include "scenario/script.hpp"

namespace {

constexpr std::string_view kFile = "fuzz.scenario";

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

void check_mistake(std::string_view message, std::string_view text) {
  fuzz::check(message.starts_with(kFile), "a mistake that does not name its file");
  message.remove_prefix(kFile.size());
  std::size_t numbers[2] = {};
  for (std::size_t& number : numbers) {
    fuzz::check(message.starts_with(":"), "a mistake without its place");
    const auto [stop, error] =
        std::from_chars(message.data() + 1, message.data() + message.size(), number);
    fuzz::check(error == std::errc() && number > 0, "a place that is no number");
    message.remove_prefix(static_cast<std::size_t>(stop - message.data()));
  }
  fuzz::check(message.starts_with(": ") && message.size() > 2, "a mistake without a sentence");
  fuzz::check(message.find('\n') == message.npos, "a sentence of several lines");
  fuzz::check(numbers[0] <= lines_in(text), "a line beyond the end");
  fuzz::check(numbers[1] <= text.size() + 1, "a column beyond the end");
}

void check_scenario(const surisim::Scenario& scenario, std::string_view text) {
  fuzz::check(!scenario.name.empty() && scenario.script != nullptr, "a scenario without a name");
  fuzz::check(!surisim::check_options(scenario.options), "options that are refused");
  const std::size_t flows = scenario.script->flows.size();
  for (const surisim::scenario::Step& step : scenario.script->steps) {
    fuzz::check(step.line > scenario.line && step.line <= lines_in(text), "a step elsewhere");
    if (const auto* sent = std::get_if<surisim::scenario::SendPackets>(&step.action))
      fuzz::check(sent->flow < flows && !sent->packets.empty(), "a packet of no flow");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto scenarios = surisim::parse_scenarios(text, std::string(kFile));
  if (!scenarios) {
    check_mistake(scenarios.error().message, text);
    return 0;
  }
  fuzz::check(!scenarios->empty(), "a file without scenarios");
  for (const surisim::Scenario& one : *scenarios) check_scenario(one, text);
  return 0;
}
