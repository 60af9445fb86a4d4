// The text of a YAML file, for what the parser does not report: directives, and how null was
// written.
//
// When:    while a file is read.
// Owner:   a value.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace surisim::conf {

class ConfText {
 public:
  explicit ConfText(std::string text);

  const std::string& text() const { return text_; }
  // A byte that is not allowed in YAML 1.1, or not UTF-8. Its line, from 1; 0: there is none.
  std::size_t bad_line() const;
  // Whether the document whose first token is at `position` has the directive %YAML 1.1 and "---".
  // If not, `problem` says what is wrong.
  bool begins_document(std::size_t position, std::string& problem) const;
  // The word for null at `position`: "~", "null", "Null", "NULL", or "" when nothing is there.
  std::string_view null_word(std::size_t position) const;

 private:
  std::string text_;
};

}  // namespace surisim::conf
