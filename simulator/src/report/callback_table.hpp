// Callbacks by thread: the part of the text report that shows who runs what (L5, L30, L31).
#pragma once

#include <string>

#include "report/style.hpp"
#include "surisim/summary.hpp"

namespace surisim::report {

// Empty when there are no threads. Unless verbose, many workers become one row, and so do the
// threads that saw no flow.
std::string callback_table(const Summary& summary, bool verbose, const Style& style);

}  // namespace surisim::report
