#include "check/violations.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

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

namespace {

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : symbol;
}

}  // namespace

std::string symbol_at(const void* address) {
  Dl_info info{};
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_sname == nullptr) return {};
  return demangled(info.dli_sname);
}

std::string describe_address(const void* address) {
  Dl_info info{};
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
  const std::string path = info.dli_fname;
  const std::string file = path.substr(path.rfind('/') + 1);
  const auto* const at = static_cast<const char*>(address);
  if (info.dli_sname == nullptr)
    return fmt::format("{}+{:#x}", file, at - static_cast<const char*>(info.dli_fbase));
  return fmt::format("{}!{}+{:#x}", file, demangled(info.dli_sname),
                     at - static_cast<const char*>(info.dli_saddr));
}

}  // namespace check
}  // namespace surisim
