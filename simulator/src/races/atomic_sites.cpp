// Decides whether an instruction accesses an atomic: by the standard libraries' functions that are
// inlined there, and by the words of its source line.
#include "races/atomic_sites.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
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

// NAME in "#define NAME…"; empty: the line defines nothing.
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

// The lines of the statement on this line (from 0), which may begin on the line before and end on
// the next.
std::vector<std::string_view> statement(const std::vector<std::string>& lines, std::size_t line) {
  std::vector<std::string_view> all;
  if (line > 0 && lines[line - 1].find_first_of(";{}") == std::string::npos)
    all.emplace_back(lines[line - 1]);
  all.emplace_back(lines[line]);
  if (line + 1 < lines.size() && lines[line].find(';') == std::string::npos)
    all.emplace_back(lines[line + 1]);
  return all;
}

// How often a statement names an operation of atomics, and each kind of ordering.
struct Said {
  int operations = 0;
  int relaxed = 0;
  int ordering = 0;
};

void count_words(std::string_view line, Said& said) {
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && is_word_char(line[end])) ++end;
    const std::string_view word = line.substr(at, end - at);
    const std::string words = lower(word);
    const auto has = [&words](const char* part) { return words.find(part) != std::string::npos; };
    if (word == "memory_order_relaxed" || word == "relaxed" || word == "Relaxed" ||
        word == "__ATOMIC_RELAXED")
      ++said.relaxed;
    else if (has("acquire") || has("release") || has("acq_rel") || has("acqrel") ||
             has("seq_cst") || has("seqcst") || has("consume"))
      ++said.ordering;
    else if (end < line.size() && line[end] == '(' &&
             (has("load") || has("store") || has("exchange") || has("fetch") || has("swap") ||
              has("test_and_set") || has("clear") || has("atomic") || has("sync_")))
      ++said.operations;
    at = end + 1;
  }
}

// With fences, relaxed atomics may order other accesses.
bool speaks_of_fences(std::string_view line) {
  const std::string words = lower(line);
  return words.find("fence(") != std::string::npos || words.find("mfence") != std::string::npos ||
         words.find("mb()") != std::string::npos ||
         words.find("__sync_synchronize") != std::string::npos;
}

}  // namespace

Kind AtomicSites::kind(const void* instruction, bool locked) {
  const auto [known, is_new] = kinds_.try_emplace(instruction, Kind::maybe_atomic);
  if (is_new) {
    known->second = locked ? Kind::atomic : look_up(instruction);
    if (known->second == Kind::atomic && says_relaxed(instruction)) known->second = Kind::relaxed;
  }
  return known->second;
}

// The machine code is the same as for other orders, so the plugin's source line must leave no
// doubt.
bool AtomicSites::says_relaxed(const void* instruction) {
  const std::string place = base::instruction_place(instruction).source;
  const std::size_t colon = place.rfind(':');
  if (colon == std::string::npos || base::is_library_line(place)) return false;
  const std::size_t line = std::strtoul(place.c_str() + colon + 1, nullptr, 10);
  const Source& text = source(place.substr(0, colon));
  if (!text.readable || line == 0 || line > text.lines.size() || text.has_fences) return false;
  Said said;
  for (const std::string_view one : statement(text.lines, line - 1)) count_words(one, said);
  return said.relaxed > 0 && said.ordering == 0 && said.operations <= said.relaxed;
}

Kind AtomicSites::look_up(const void* instruction) {
  const base::Inlined place = base::inlined_at(instruction);
  for (const std::string& function : place.functions)
    if (base::is_library_function(function) && speaks_of_atomics(function)) return Kind::atomic;
  if (place.line == 0) return Kind::maybe_atomic;
  const Source& text = source(place.file);
  if (!text.readable || place.line > text.lines.size())
    return place.is_c ? Kind::maybe_atomic : Kind::plain;
  const auto lines = statement(text.lines, place.line - 1);
  const bool any = std::any_of(lines.begin(), lines.end(), [&text](std::string_view line) {
    return speaks_of_atomics(line) || has_word_of(line, text.names);
  });
  return any ? Kind::atomic : Kind::plain;
}

const AtomicSites::Source& AtomicSites::source(const std::string& file) {
  const auto [known, is_new] = sources_.try_emplace(file);
  Source& text = known->second;
  if (!is_new) return text;
  std::ifstream in(file);
  std::string macro;  // the macro whose definition continues
  for (std::string line; text.lines.size() < kMostLines && std::getline(in, line);) {
    line.resize(std::min(line.size(), kLongestLine));
    if (speaks_of_fences(line)) text.has_fences = true;
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
