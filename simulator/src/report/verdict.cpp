#include <algorithm>

#include "surisim/report.hpp"

namespace surisim {

Verdict verdict_of(const Summary& summary, Severity fail_on) {
  const bool bad = std::any_of(summary.violations.begin(), summary.violations.end(),
                               [&](const Violation& v) { return v.severity >= fail_on; });
  return bad ? Verdict::fail : Verdict::pass;
}

Verdict verdict_of(const Summary& summary, const ReportOptions& how) {
  return how.golden.same() ? verdict_of(summary, how.fail_on) : Verdict::fail;
}

const char* version() { return SURISIM_VERSION; }

}  // namespace surisim
