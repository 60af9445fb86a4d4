// Implements terminal.hpp. Colour sequences have no width; each character is one column wide.
#include "terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace surisim::cli {
namespace {

constexpr std::size_t kMinColumns = 20;  // narrower terminals get unwrapped text

// The length of what begins at `at`: a colour's escape sequence, or one byte.
std::size_t length_at(std::string_view line, std::size_t at) {
  if (line[at] != '\x1b') return 1;
  const std::size_t end = line.find('m', at);
  return end == std::string_view::npos ? 1 : end + 1 - at;
}

bool is_visible(char c) { return c != '\x1b' && (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

std::size_t width_of(std::string_view line) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < line.size(); at += length_at(line, at))
    if (is_visible(line[at])) ++width;
  return width;
}

std::size_t indent_of(std::string_view line, std::size_t columns) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  std::size_t indent = begin + 2;
  for (std::size_t at = begin; (at = line.find("  ", at)) != std::string_view::npos;) {
    at = std::min(line.find_first_not_of(' ', at), line.size());
    if (const std::size_t width = width_of(line.substr(0, at)); width <= columns / 2)
      indent = width;
  }
  return std::min(indent, columns / 2);
}

std::string broken(std::string_view line, std::size_t columns) {
  const std::size_t indent = indent_of(line, columns);
  std::string out;
  std::size_t width = 0;  // of the line that is being written
  bool has_word = false;  // it has one
  while (!line.empty()) {
    const std::size_t word_at = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t end = std::min(line.find(' ', word_at), line.size());
    const std::string_view word = line.substr(word_at, end - word_at);
    const std::size_t needed = width + width_of(word);
    if (has_word && needed + std::min<std::size_t>(word_at, 2) > columns) {
      out += "\n" + std::string(indent, ' ');
      width = indent;
    } else {
      // The gap between two table columns shrinks if the word fits then.
      const std::size_t gap = has_word && needed + word_at > columns ? 2 : word_at;
      out += std::string(gap, ' ');
      width += gap;
    }
    out += word;
    width += width_of(word);
    has_word = true;
    line.remove_prefix(end);
  }
  return out;
}

}  // namespace

std::size_t columns_of(int terminal) {
  winsize size{};
  if (::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* const columns = std::getenv("COLUMNS");
  return columns == nullptr ? 0 : std::strtoul(columns, nullptr, 10);
}

std::string fitted(std::string_view text, std::size_t columns) {
  if (columns < kMinColumns) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const bool whole = width_of(line) <= columns || line.starts_with("reproduce: ");
    out += whole ? std::string(line) : broken(line, columns);
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

StatusLine::StatusLine(bool wanted) : wanted_(wanted && ::isatty(STDERR_FILENO) != 0) {}

StatusLine::~StatusLine() { clear(); }

void StatusLine::draw(const std::function<std::string(double)>& text) {
  if (!wanted_) return;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  fmt::print(stderr, "\r{}\x1b[K", text(seconds));
  drawn_ = true;
}

void StatusLine::clear() {
  if (std::exchange(drawn_, false)) std::fputs("\r\x1b[K", stderr);
}

}  // namespace surisim::cli
