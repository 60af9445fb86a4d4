// surisim lifecycle: prints the table of surisim/lifecycle.hpp.
#include "surisim/lifecycle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "exit_status.hpp"
#include "output_files.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

std::string as_text() {
  std::size_t name = 0;
  std::size_t on = 0;
  std::size_t what = 0;
  for (const Step& step : kLifecycle) {
    name = std::max(name, std::strlen(step.name));
    on = std::max(on, std::strlen(step.on));
    what = std::max(what, std::strlen(step.what));
  }
  std::string out = fmt::format("     {:{}}  {:{}}  {:{}}  facts\n", "phase", name, "thread", on,
                                "what happens", what);
  int number = 0;
  for (const Step& step : kLifecycle)
    out +=
        fmt::format("{:2} {}  {:{}}  {:{}}  {:{}}  {}\n", ++number, step.per_lifecycle ? '*' : ' ',
                    step.name, name, step.on, on, step.what, what, step.facts);
  return out +
         "\n* again in each lifecycle, when one process has several (unix-socket mode, --repeat)\n";
}

std::string as_json() {
  auto steps = nlohmann::ordered_json::array();
  for (const Step& step : kLifecycle)
    steps.push_back({{"phase", step.name},
                     {"what", step.what},
                     {"thread", step.on},
                     {"runner", step.runner == Runner::main ? "main" : "creator"},
                     {"per_lifecycle", step.per_lifecycle},
                     {"facts", step.facts}});
  nlohmann::ordered_json out;
  out["tool"] = {{"name", "surisim"}, {"version", version()}};
  out["lifecycle"] = std::move(steps);
  return out.dump(2) + "\n";
}

}  // namespace

int lifecycle_command(const LifecycleArguments& arguments) {
  Outputs(arguments.to).write([](Format format, bool) {
    return format == Format::json ? as_json() : as_text();
  });
  return kClean;
}

}  // namespace surisim::cli
