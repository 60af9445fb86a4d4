// The text of a YAML file, for what the parser does not tell: directives, and how a null was put.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace surisim::engine {

class ConfText {
 public:
  explicit ConfText(std::string text);

  const std::string& text() const { return text_; }
  // A byte that is not allowed in YAML 1.1, or not UTF-8. Its line, from 1; 0: there is none.
  std::size_t bad_line() const;
  // The document whose first token is at `position` has the directive %YAML 1.1 and "---".
  // Otherwise `problem` is what is wrong.
  bool begins_document(std::size_t position, std::string& problem) const;
  // The word for null at `position`: "~", "null", "Null", "NULL", or "" when nothing is there.
  std::string_view null_word(std::size_t position) const;

 private:
  std::string text_;
};

}  // namespace surisim::engine
