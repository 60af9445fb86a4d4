// What plugins registered that is listed and never driven, and their loggers, in reports.
#pragma once

#include <string>

#include "report/json_parts.hpp"
#include "report/style.hpp"
#include "surisim/summary.hpp"

namespace surisim::report {

// Empty when there is nothing.
std::string registrations_text(const Summary& summary, const Style& style);
Json registrations_json(const Summary& summary);
// Those that never ran, with the reason.
std::string loggers_text(const Summary& summary, const Style& style);
Json loggers_json(const Summary& summary);

}  // namespace surisim::report
