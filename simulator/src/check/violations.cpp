#include "check/violations.hpp"

namespace surisim {

const char* to_string(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

namespace check {

namespace {

// The same for two violations that are to be one, with a count.
std::string place_of(const Violation& violation) {
  constexpr char kBetween = '\0';
  return violation.rule + kBetween + violation.call_site + kBetween + violation.slot + kBetween +
         violation.function + kBetween +
         (violation.call_site.empty() ? violation.message : std::string());
}

}  // namespace

void Violations::add(Violation violation) {
  const std::lock_guard lock(mutex_);
  const auto [known, is_new] = by_place_.try_emplace(place_of(violation), found_.size());
  if (is_new) {
    found_.push_back(std::move(violation));
    if (listener_) listener_(found_.back());
  } else {
    found_[known->second].count += violation.count;
  }
}

std::vector<Violation> Violations::all() const {
  const std::lock_guard lock(mutex_);
  return found_;
}

}  // namespace check
}  // namespace surisim
