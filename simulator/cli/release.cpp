// Implements version_line() and release_date() of help.hpp. Only this file has to be compiled again
// for a new commit (cmake/SurisimCommit.cmake).
#include <fmt/format.h>

#include <string_view>

#include "help.hpp"
#include "surisim/options.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {

std::string version_line() {
  constexpr std::string_view kCommit = SURISIM_COMMIT;
  return fmt::format("surisim {}{}, for Suricata {} and {}", version(),
                     kCommit.empty() ? "" : fmt::format(" (commit {})", kCommit),
                     to_string(Suricata::v8_0), to_string(Suricata::v9_0));
}

const char* release_date() { return SURISIM_DATE; }

}  // namespace surisim::cli
