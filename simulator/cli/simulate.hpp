// One run of the engine in this process.
#pragma once

#include "arguments.hpp"
#include "events_file.hpp"
#include "sandbox/channel.hpp"

namespace surisim::cli {

// `channel` is null when nobody watches; what becomes known on the way goes to its mailbox at once,
// for the case that the end is never reached. SIGINT and SIGTERM end the traffic, and the run ends
// in order; a second one kills.
sandbox::RunResult simulate(const RunArguments& arguments, sandbox::Channel* channel,
                            const EventsFile& events);

}  // namespace surisim::cli
