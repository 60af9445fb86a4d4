// surisim scenario from: writes scenarios of a capture file's flows.
#include "commands.hpp"
#include "surisim/scenario.hpp"

namespace surisim::cli {

int execute(const ScenarioFromArguments& arguments) {
  const auto text = scenarios_from_capture(arguments.capture, arguments.flow);
  if (!text) throw UsageError(text.error().message);
  Output(arguments.output).write(*text);
  return kClean;
}

}  // namespace surisim::cli
