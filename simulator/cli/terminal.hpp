// Text for a terminal: lines that fit its width, and a line that says how far a command is.
//
// When:    before text is written; the line while the command works.
// Owner:   values.
// Threads: any; a StatusLine one at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace surisim::cli {

// The terminal's width; if it does not say, that of COLUMNS; 0: unknown.
std::size_t columns_of(int terminal);

// Breaks lines that are longer than `columns` at spaces; 0: none. What follows is indented to the
// last column of a table that begins in the left half, or else by two. Commands to be copied stay
// whole.
std::string fitted(std::string_view text, std::size_t columns);

// On stderr, if that is a terminal and it is wanted.
class StatusLine {
 public:
  explicit StatusLine(bool wanted);
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  ~StatusLine();

  // `text` gets the seconds since the beginning.
  void draw(const std::function<std::string(double)>& text);
  void clear();

 private:
  const bool wanted_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool drawn_ = false;
};

}  // namespace surisim::cli
