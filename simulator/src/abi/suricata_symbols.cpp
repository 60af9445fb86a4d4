// Searches the list of Suricata's symbols: one text, so that it needs no relocations at start-up.
#include "abi/suricata_symbols.hpp"

#include <algorithm>
#include <cstddef>

// The linker's names for the section with the stand-ins; stand_ins.cpp.
extern "C" {
extern const char __start_surisim_stand_ins __attribute__((visibility("hidden")));
extern const char __stop_surisim_stand_ins __attribute__((visibility("hidden")));
}

namespace surisim::abi {

namespace {

// A line for each symbol: its name, a blank, the versions.
#define FUNCTION(name, versions) #name " " #versions "\n"
#define SYMBOL(name, versions) #name " " #versions "\n"
constexpr std::string_view kSymbols =
#include "abi/suricata_symbols.def"
    ;
#undef FUNCTION
#undef SYMBOL

// The versions that have the symbol: "80", "90" or "BOTH"; empty: none.
std::string_view versions_of(std::string_view symbol) {
  std::size_t begin = 0;  // of a line
  std::size_t end = kSymbols.size();
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    const std::size_t newline = kSymbols.rfind('\n', middle == 0 ? 0 : middle - 1);
    const std::size_t line = newline == kSymbols.npos || newline < begin ? begin : newline + 1;
    const std::size_t blank = kSymbols.find(' ', line);
    const std::size_t next = kSymbols.find('\n', blank) + 1;
    const int order = symbol.compare(kSymbols.substr(line, blank - line));
    if (order == 0) return kSymbols.substr(blank + 1, next - blank - 2);
    if (order < 0)
      end = line;
    else
      begin = next;
  }
  return {};
}

}  // namespace

bool is_suricatas(std::string_view symbol) { return !versions_of(symbol).empty(); }

std::optional<Suricata> only_version_with(std::string_view symbol) {
  const std::string_view versions = versions_of(symbol);
  if (versions == "80") return Suricata::v8_0;
  if (versions == "90") return Suricata::v9_0;
  return std::nullopt;
}

bool is_stand_in(const void* function) {
  const auto* const at = static_cast<const char*>(function);
  return at >= &__start_surisim_stand_ins && at < &__stop_surisim_stand_ins;
}

}  // namespace surisim::abi
