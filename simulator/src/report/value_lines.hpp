// Values by slot: where they were made and where they were freed (L25 to L27, L31, L32).
#pragma once

#include <string>

#include "report/style.hpp"
#include "surisim/summary.hpp"

namespace surisim::report {

// Empty when no slot ever held a value.
std::string value_lines(const Summary& summary, const Style& style);

}  // namespace surisim::report
