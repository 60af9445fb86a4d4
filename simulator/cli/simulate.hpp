// One run of the engine in this process.
#pragma once

#include <functional>

#include "arguments.hpp"
#include "shared.hpp"
#include "wire.hpp"

namespace surisim::cli {

// `shared` is null when nobody watches. `loaded` hears what is known once the plugins are in, for
// the case that the rest is never reached. `events_fd`: where the event log goes, -1 for nowhere.
// SIGINT and SIGTERM end the traffic, and the run ends in order; a second one kills.
RunResult simulate(const RunArguments& arguments, Shared* shared, int events_fd,
                   const std::function<void(const RunResult&)>& loaded);

}  // namespace surisim::cli
