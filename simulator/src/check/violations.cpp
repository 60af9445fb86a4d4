#include "check/violations.hpp"

#include <algorithm>

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

void Violations::add(Violation violation) {
  const std::lock_guard lock(mutex_);
  const auto same = std::find_if(found_.begin(), found_.end(), [&](const Violation& known) {
    return known.rule == violation.rule && known.call_site == violation.call_site &&
           known.slot == violation.slot && known.function == violation.function &&
           (!known.call_site.empty() || known.message == violation.message);
  });
  if (same != found_.end()) {
    same->count += violation.count;
  } else {
    found_.push_back(std::move(violation));
    if (listener_) listener_(found_.back());
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
