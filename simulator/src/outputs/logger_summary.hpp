// What the report says of the loggers that plugins have registered.
#pragma once

#include <vector>

#include "outputs/eve.hpp"
#include "plugin/plugin_loader.hpp"
#include "surisim/summary.hpp"

namespace surisim::engine {

// In the order of registration. [creator]
std::vector<LoggerInfo> summarize_loggers(const PluginLoader& plugins, const Eve& eve);

}  // namespace surisim::engine
