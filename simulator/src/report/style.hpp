// Colours for a terminal, or none.
#pragma once

#include <string>
#include <string_view>

#include "surisim/report.hpp"

namespace surisim::report {

class Style {
 public:
  explicit Style(bool color) : color_(color) {}

  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string severity(Severity severity) const {
    const char* code = severity == Severity::error     ? "1;31"
                       : severity == Severity::warning ? "1;33"
                                                       : "1;36";
    return wrap(code, to_string(severity));
  }
  std::string verdict(Verdict verdict) const {
    return verdict == Verdict::pass ? wrap("1;32", "pass") : wrap("1;31", "fail");
  }

 private:
  std::string wrap(std::string_view code, std::string_view text) const {
    if (!color_) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }

  bool color_;
};

}  // namespace surisim::report
