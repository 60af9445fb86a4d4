// Which violations count: suppressions, and the verdict.
#include <fnmatch.h>

#include <algorithm>
#include <utility>

#include "surisim/report.hpp"

namespace surisim {
namespace {

bool fits(const std::string& pattern, const std::string& text) {
  return !text.empty() && ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool covers(const Suppression& suppression, const Violation& v) {
  if (suppression.rule != v.rule) return false;
  const std::string& place = suppression.place;
  return place.empty() || fits(place, v.call_site) || fits(place, v.source) ||
         fits(place, file_name(v.source)) || fits(place, v.slot) || fits(place, v.plugin) ||
         fits(place, file_name(v.plugin));
}

}  // namespace

void suppress(Summary& summary, std::vector<Suppression>& suppressions) {
  std::vector<Violation> left;
  for (Violation& v : summary.violations) {
    const auto at = std::find_if(suppressions.begin(), suppressions.end(),
                                 [&](const Suppression& s) { return covers(s, v); });
    if (at == suppressions.end()) {
      left.push_back(std::move(v));
    } else {
      ++at->count;
      at->violations.push_back(std::move(v));
    }
  }
  summary.violations = std::move(left);
}

Verdict verdict_of(const Summary& summary, Severity fail_on) {
  const bool bad = std::any_of(summary.violations.begin(), summary.violations.end(),
                               [&](const Violation& v) { return v.severity >= fail_on; });
  return bad ? Verdict::fail : Verdict::pass;
}

Verdict verdict_of(const Summary& summary, const ReportOptions& how) {
  if (!how.golden.same() || verdict_of(summary, how.fail_on) == Verdict::fail) return Verdict::fail;
  return how.error.empty() ? Verdict::pass : Verdict::incomplete;
}

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::incomplete:
      return "incomplete";
  }
  return "";
}

const char* version() { return SURISIM_VERSION; }

}  // namespace surisim
