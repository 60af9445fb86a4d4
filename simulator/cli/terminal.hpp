// Terminal output: wrapping lines to the terminal's width, and a status line with progress.
//
// When:    fitted() before text is written; a StatusLine while the command runs.
// Owner:   values.
// Threads: any; a StatusLine one at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace surisim::cli {

// The width of the terminal, else the value of COLUMNS; 0: unknown.
std::size_t columns_of(int terminal);

// Wraps lines that are longer than `columns` at spaces; 0: does not wrap. Continuation lines are
// indented to the last table column in the left half, else by two. "reproduce: …" is not wrapped.
std::string fitted(std::string_view text, std::size_t columns);

// A line on stderr that is overwritten; only if it is wanted and stderr is a terminal.
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
