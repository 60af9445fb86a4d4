// Implements format.hpp.
#include "report/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace surisim::report {
namespace {

bool follows(std::string_view a, std::string_view b) {
  const auto first = numbered(a);
  const auto second = numbered(b);
  return first && second && first->before == second->before && first->after == second->after &&
         second->number == first->number + 1;
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Three significant digits.
std::string three_digits(double n) {
  return fmt::format("{:.{}f}", n, n < 10 ? 2 : n < 100 ? 1 : 0);
}

// How many invalid bytes one U+FFFD replaces: all three of an encoded surrogate, else one.
std::size_t unreadable_length(std::string_view text) {
  const auto is = [text](std::size_t i, unsigned mask, unsigned bits) {
    return (static_cast<unsigned char>(text[i]) & mask) == bits;
  };
  const bool surrogate =
      text.size() >= 3 && is(0, 0xff, 0xed) && is(1, 0xe0, 0xa0) && is(2, 0xc0, 0x80);
  return surrogate ? 3 : 1;
}

// Whether XML 1.0 allows this character, which is UTF-8.
bool is_xml_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x20) return first == '\t' || first == '\n';
  return first != 0x7f && text != "\xef\xbf\xbe" && text != "\xef\xbf\xbf";
}

}  // namespace

std::string grouped(std::uint64_t n) {
  std::string out = std::to_string(n);
  for (std::size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

std::string rate(double per_second) {
  for (const auto& [unit, name] : {std::pair{1e9, " G/s"}, {1e6, " M/s"}, {1e3, " k/s"}})
    if (per_second >= unit) return three_digits(per_second / unit) + name;
  return fmt::format("{:.0f}/s", per_second);
}

std::string duration(double seconds) {
  if (seconds >= 0.9995) return three_digits(seconds) + " s";
  if (seconds >= 0.9995e-3) return three_digits(seconds * 1e3) + " ms";
  return fmt::format("{:.0f} µs", seconds * 1e6);
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0.0 %";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string count_of(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(n), noun, n == 1 ? "" : "s");
}

std::optional<NumberedName> numbered(std::string_view name) {
  const std::size_t begin = name.find('#') + 1;
  if (begin == 0) return std::nullopt;
  const std::size_t end = std::min(name.find_first_not_of("0123456789", begin), name.size());
  constexpr std::size_t kMaxDigits = 9;
  if (end == begin || end - begin > kMaxDigits) return std::nullopt;
  NumberedName out{name.substr(0, begin), 0, end - begin, name.substr(end)};
  std::from_chars(name.data() + begin, name.data() + end, out.number);
  return out;
}

std::string compress(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size();) {
    std::size_t last = i;
    while (last + 1 < names.size() && follows(names[last], names[last + 1])) ++last;
    if (last - i < 2) last = i;
    if (!out.empty()) out += ", ";
    out += last == i ? names[i] : names[i] + " … " + names[last];
    i = last + 1;
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return out;
}

std::string wrapped(std::string_view prose, std::size_t indent, std::size_t columns) {
  std::string out;
  std::size_t used = 0;  // columns of the line so far; 0: it has no word yet
  while (!prose.empty()) {
    if (prose.starts_with("\n\n")) {
      out += "\n\n";
      used = 0;
      prose.remove_prefix(2);
      continue;
    }
    if (prose.front() == ' ' || prose.front() == '\n') {
      prose.remove_prefix(1);
      continue;
    }
    const std::string_view word = prose.substr(0, prose.find_first_of(" \n"));
    prose.remove_prefix(std::max<std::size_t>(word.size(), 1));
    if (used > 0 && used + 1 + width(word) > columns) {
      out += "\n";
      used = 0;
    }
    out += used == 0 ? std::string(indent, ' ') : " ";
    used += (used == 0 ? indent : 1) + width(word);
    out += word;
  }
  return out + "\n";
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = base::utf8_length(text);
    const std::string_view character = text.substr(0, length);
    text.remove_prefix(length == 0 ? unreadable_length(text) : length);
    if (length == 0 || !is_xml_character(character)) {
      out += "\xef\xbf\xbd";
    } else if (character == "&") {
      out += "&amp;";
    } else if (character == "<") {
      out += "&lt;";
    } else if (character == ">") {
      out += "&gt;";
    } else if (character == "\"") {
      out += "&quot;";
    } else if (character == "\n" || character == "\t") {  // would become spaces in an attribute
      out += character == "\n" ? "&#10;" : "&#9;";
    } else {
      out += character;
    }
  }
  return out;
}

std::string Table::str() const {
  std::vector<std::size_t> widths(alignment_.size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent_, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width(row[i]), ' ');
      if (i > 0) line += "  ";
      line += alignment_[i] == 'r' ? padding + row[i] : row[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace surisim::report
