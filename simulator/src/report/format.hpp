// Numbers, names and columns the way a person reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace surisim::report {

std::string grouped(std::uint64_t n);                          // "1,234,567"
std::string rate(double per_second);                           // "12.3 M/s"
std::string duration(double seconds);                          // "1.62 s", "12.3 ms", "850 µs"
std::string percent(std::uint64_t part, std::uint64_t whole);  // "56.0 %"
// "1 flow", "2,000 flows".
std::string count_of(std::uint64_t n, std::string_view noun);

// "W#01-eth0 … W#08-eth0, FM#01": runs of three or more that differ by a rising number only.
std::string compress(const std::vector<std::string>& names);
// Text from a plugin: control characters, which could play tricks with a terminal, become '?'.
std::string printable(std::string_view text);

// Paragraphs of lines of at most `columns`, each indented; "\n\n" stands between paragraphs.
std::string wrapped(std::string_view prose, std::size_t indent, std::size_t columns);

// Columns that line up. A cell may hold any UTF-8 text.
class Table {
 public:
  // One character a column: 'l' left, 'r' right.
  Table(std::string_view alignment, std::size_t indent) : alignment_(alignment), indent_(indent) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string str() const;

 private:
  std::string alignment_;
  std::size_t indent_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace surisim::report
