// Failures on request, as text.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "abi/allocations.hpp"
#include "surisim/faults.hpp"

namespace surisim {

namespace {

using Kind = Fault::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 9> kKinds = {{
    {"create", Kind::thread_create},
    {"init", Kind::thread_init},
    {"run", Kind::thread_run},
    {"paused", Kind::kill_while_paused},
    {"spawn", Kind::thread_spawn},
    {"alloc", Kind::plugin_alloc},
    {"host-alloc", Kind::host_alloc},
    {"register", Kind::slot_register},
    {"set", Kind::value_set},
}};

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// From 1; 0: none.
std::uint64_t number(std::string_view text) {
  std::uint64_t n = 0;
  if (!is_number(text)) return 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc{} ? n : 0;
}

// What stands after the colon. False: it cannot stand there.
bool read(std::string_view what, Fault& fault) {
  switch (fault.kind) {
    case Kind::thread_create:
    case Kind::thread_init:
    case Kind::thread_run:
      fault.thread = what;
      return !what.empty() && what != "*";
    case Kind::kill_while_paused:
      return false;
    case Kind::thread_spawn:
      fault.at = number(what);
      if (!is_number(what)) fault.thread = what;
      return fault.at > 0 || !fault.thread.empty();
    case Kind::slot_register:
      fault.at = number(what);
      if (!is_number(what)) fault.slot = what;
      return fault.at > 0 || !fault.slot.empty();
    case Kind::plugin_alloc:
    case Kind::host_alloc:
    case Kind::value_set:
      fault.at = number(what);
      return fault.at > 0;
  }
  return false;
}

}  // namespace

const char* to_string(Fault::Kind kind) {
  for (const auto& [word, of] : kKinds) {
    if (of == kind) return word.data();
  }
  return "";
}

std::string to_string(const Fault& fault) {
  std::string out = to_string(fault.kind);
  if (fault.at > 0) return out + ":" + std::to_string(fault.at);
  const std::string& name = fault.slot.empty() ? fault.thread : fault.slot;
  return name.empty() ? out : out + ":" + name;
}

bool can_fail_allocations() { return !abi::frees_at_once(); }

expected<Fault> parse_fault(std::string_view text) {
  constexpr std::size_t kShown = 80;  // bytes of what is no failure at all
  const std::size_t colon = text.find(':');
  for (const auto& [word, kind] : kKinds) {
    if (text.substr(0, colon) != word) continue;
    Fault fault{kind};
    const bool fits = colon == std::string_view::npos ? kind == Kind::kill_while_paused
                                                      : read(text.substr(colon + 1), fault);
    if (fits) return fault;
  }
  return fail(ErrorCode::invalid_option,
              fmt::format("expected init:THREAD, run:THREAD, create:THREAD or spawn:THREAD (as in "
                          "init:W#02), paused, alloc:K, host-alloc:K, set:K, register:K or "
                          "register:SLOT, with K from 1; got \"{}{}\"",
                          text.substr(0, kShown), text.size() > kShown ? "…" : ""));
}

}  // namespace surisim
