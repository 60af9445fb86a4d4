// surisim scenario from: writes scenarios of a capture file's flows.
#include "commands.hpp"
#include "surisim/scenario.hpp"

namespace surisim::cli {

int execute(const ScenarioFromArguments& arguments) {
  const auto made = scenarios_from_capture(arguments.capture, arguments.flow);
  if (!made) throw UsageError(made.error().message);
  Output(arguments.output).write(made->text);
  if (!made->damage.empty()) throw UsageError(made->damage);  // as run has it
  return kClean;
}

}  // namespace surisim::cli
