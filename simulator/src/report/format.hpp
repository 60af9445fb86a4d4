// Formats numbers, names, tables, colours and XML text for reports.
//
// When:    at any time.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/report.hpp"

namespace surisim::report {

std::string grouped(std::uint64_t n);                          // "1,234,567"
std::string rate(double per_second);                           // "12.3 M/s"
std::string duration(double seconds);                          // "1.62 s", "12.3 ms", "850 µs"
std::string percent(std::uint64_t part, std::uint64_t whole);  // "56.0 %"
// "1 flow", "2,000 flows".
std::string count_of(std::uint64_t n, std::string_view noun);

// A thread name and its number: "W#01-eth0" is "W#", 1 in two digits, "-eth0".
struct NumberedName {
  std::string_view before;
  std::uint64_t number;
  std::size_t digits;
  std::string_view after;
};
std::optional<NumberedName> numbered(std::string_view name);
// "W#01-eth0 … W#08-eth0, FM#01": shortens runs of three or more names with consecutive numbers.
std::string compress(const std::vector<std::string>& names);
// Text from a plugin, with '?' for control characters, which could act on a terminal.
std::string printable(std::string_view text);

// Wraps prose at `columns` and indents each line; "\n\n" separates paragraphs.
std::string wrapped(std::string_view prose, std::size_t indent, std::size_t columns);

// Text for an XML 1.0 document: contents, or attributes in double quotes. Bytes that are not UTF-8,
// and characters that XML forbids, become U+FFFD.
std::string xml_escaped(std::string_view text);

// A table with aligned columns. A cell may hold any UTF-8 text.
class Table {
 public:
  // `alignment` has a character for each column: 'l' left, 'r' right.
  Table(std::string_view alignment, std::size_t indent) : alignment_(alignment), indent_(indent) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string str() const;

 private:
  std::string alignment_;
  std::size_t indent_;
  std::vector<std::vector<std::string>> rows_;
};

// Colours for a terminal, or none.
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
    const char* code = verdict == Verdict::pass   ? "1;32"
                       : verdict == Verdict::fail ? "1;31"
                                                  : "1;33";
    return wrap(code, to_string(verdict));
  }

 private:
  std::string wrap(std::string_view code, std::string_view text) const {
    if (!color_) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }

  bool color_;
};

}  // namespace surisim::report
