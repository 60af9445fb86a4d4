// surisim scenario from: writes scenarios of a capture file's flows.
#include "commands.hpp"

namespace surisim::cli {

int execute(const ScenarioFromArguments&) { throw Failure("not yet"); }

}  // namespace surisim::cli
