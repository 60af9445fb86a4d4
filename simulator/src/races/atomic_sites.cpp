// Functions of the standard libraries that are inlined at a place, then the words of its line.
#include "races/atomic_sites.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <string_view>

#include "base/source_line.hpp"

namespace surisim::races {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kMostLines = 200'000;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool speaks_of_atomics(std::string_view text) {
  const std::string words = lower(text);
  return words.find("atomic") != std::string::npos || words.find("__sync_") != std::string::npos;
}

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The name that "#define NAME…" defines; empty: the line defines nothing.
std::string defined_in(std::string_view line) {
  const auto skip = [&line](auto wanted) {
    while (!line.empty() && wanted(line.front())) line.remove_prefix(1);
  };
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  skip(is_space);
  if (!line.starts_with('#')) return "";
  line.remove_prefix(1);
  skip(is_space);
  if (!line.starts_with("define")) return "";
  line.remove_prefix(6);
  skip(is_space);
  const auto end = std::find_if_not(line.begin(), line.end(), is_word_char);
  return {line.begin(), end};
}

// Adds the names that "static _Atomic int a, *b = NULL, c[3];" declares.
void add_declared(std::string_view line, std::unordered_set<std::string>& names) {
  if (line.find('(') != std::string_view::npos && line.find("_Atomic(") == std::string_view::npos)
    return;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (std::string_view(";,=[").find(line[i]) == std::string_view::npos) continue;
    std::size_t end = i;
    while (end > 0 && line[end - 1] == ' ') --end;
    std::size_t begin = end;
    while (begin > 0 && is_word_char(line[begin - 1])) --begin;
    if (begin < end) names.emplace(line.substr(begin, end - begin));
    if (line[i] == '=') i = std::min(line.find_first_of(",;", i), line.size()) - 1;
  }
}

bool has_word_of(std::string_view line, const std::unordered_set<std::string>& words) {
  for (std::size_t at = 0; at < line.size();) {
    if (!is_word_char(line[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < line.size() && is_word_char(line[end])) ++end;
    if (words.contains(std::string(line.substr(at, end - at)))) return true;
    at = end;
  }
  return false;
}

}  // namespace

Kind AtomicSites::kind(const void* instruction) {
  const auto [known, is_new] = kinds_.try_emplace(instruction, Kind::perhaps_atomic);
  if (is_new) known->second = look_up(instruction);
  return known->second;
}

Kind AtomicSites::look_up(const void* instruction) {
  const base::Inlined place = base::inlined_at(instruction);
  for (const std::string& function : place.functions)
    if (base::is_library_function(function) && speaks_of_atomics(function)) return Kind::atomic;
  if (place.line == 0) return Kind::perhaps_atomic;
  const Source& text = source(place.file);
  if (!text.readable || place.line > text.lines.size())
    return place.is_c ? Kind::perhaps_atomic : Kind::plain;
  // A statement may begin on the line before, and end on the next.
  const std::size_t first = place.line >= 2 ? place.line - 2 : 0;
  const std::size_t last = std::min<std::size_t>(place.line + 1, text.lines.size());
  for (std::size_t i = first; i < last; ++i) {
    const bool is_the_line = i + 1 == place.line;
    const std::string& line = text.lines[i];
    const bool joined =
        is_the_line || (i + 1 < place.line ? line.find_first_of(";{}") == line.npos
                                           : text.lines[i - 1].find(';') == std::string::npos);
    if (joined && (speaks_of_atomics(line) || has_word_of(line, text.names))) return Kind::atomic;
  }
  return Kind::plain;
}

const AtomicSites::Source& AtomicSites::source(const std::string& file) {
  const auto [known, is_new] = sources_.try_emplace(file);
  Source& text = known->second;
  if (!is_new) return text;
  std::ifstream in(file);
  std::string macro;  // whose definition goes on
  for (std::string line; text.lines.size() < kMostLines && std::getline(in, line);) {
    line.resize(std::min(line.size(), kLongestLine));
    if (macro.empty()) macro = defined_in(line);
    if (macro.empty() && speaks_of_atomics(line)) add_declared(line, text.names);
    if (!macro.empty()) {
      if (speaks_of_atomics(line) || has_word_of(line, text.names)) text.names.insert(macro);
      if (!line.ends_with('\\')) macro.clear();
    }
    text.lines.push_back(std::move(line));
  }
  text.readable = !text.lines.empty();
  return text;
}

}  // namespace surisim::races
