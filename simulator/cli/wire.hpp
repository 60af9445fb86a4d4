// What a child process found, as one line of text and back.
#pragma once

#include <optional>
#include <string>

#include "surisim/error.hpp"
#include "surisim/plugin.hpp"
#include "surisim/summary.hpp"

namespace surisim::cli {

struct RunResult {
  Summary summary;
  std::optional<Error> error;  // of the Runtime
  bool interrupted = false;
  std::string lifecycle;  // as a golden file has it; empty: not asked for, or the run had no end
};

struct InspectResult {
  Inspection inspection;
  std::optional<Error> error;
};

std::string to_line(const RunResult& result);
std::string to_line(const InspectResult& result);
std::string to_line(const Violation& violation);
RunResult run_result(const std::string& line);
InspectResult inspect_result(const std::string& line);
Violation violation(const std::string& line);

}  // namespace surisim::cli
