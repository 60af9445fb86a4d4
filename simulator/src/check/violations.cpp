#include "check/violations.hpp"

#include "check/source_line.hpp"
#include "surisim/source_line.hpp"

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

std::string symbol_at(const void* address) {
  const auto [file, own] = loaded_address(address);
  return file.empty() ? std::string() : look_up(file, own).function;
}

std::string describe_address(const void* address) {
  const auto [file, own] = loaded_address(address);
  return file.empty() ? std::string() : call_place(file, own).call_site;
}

std::string describe_call(const void* return_address) {
  const std::string source = source_of(return_address);
  const std::string site = describe_address(return_address);
  return source.empty() ? site : site + " (" + source + ")";
}

}  // namespace check
}  // namespace surisim
