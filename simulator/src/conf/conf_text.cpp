// Checks a YAML file's characters, and reads its directives.
#include "conf/conf_text.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"

namespace surisim::conf {

namespace {

constexpr std::string_view kAfterWord = " \t\r\n:,]}#";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Bytes of the character that `text` begins with if YAML allows it; 0 otherwise.
std::size_t character(std::string_view text) {
  const std::size_t length = base::utf8_length(text);
  const unsigned char last = static_cast<unsigned char>(text[length == 0 ? 0 : length - 1]);
  if (length == 1)
    return (last >= 0x20 && last != 0x7f) || last == '\t' || last == '\n' || last == '\r' ? 1 : 0;
  const bool c1_control = text.front() == '\xc2' && last < 0xa0 && last != 0x85;
  return c1_control ? 0 : length;
}

// The line that ends before `end`, without its line end; `end` becomes its beginning.
std::string_view line_before(std::string_view text, std::size_t& end) {
  std::size_t last = end;
  if (last > 0 && text[last - 1] == '\n') --last;
  if (last > 0 && text[last - 1] == '\r') --last;
  const std::size_t newline = last == 0 ? std::string_view::npos : text.rfind('\n', last - 1);
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  end = begin;
  return text.substr(begin, last - begin);
}

// "1.1" of "%YAML 1.1 # comment"; "" for other lines.
std::string_view version_in(std::string_view line) {
  constexpr std::string_view kDirective = "%YAML";
  if (!line.starts_with(kDirective)) return "";
  line.remove_prefix(kDirective.size());
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  return line.substr(0, line.find_first_of(" \t"));
}

}  // namespace

ConfText::ConfText(std::string text) : text_(std::move(text)) {
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
}

std::size_t ConfText::bad_line() const {
  std::size_t line = 1;
  for (std::size_t at = 0; at < text_.size();) {
    const std::size_t length = character(std::string_view(text_).substr(at));
    if (length == 0) return line;
    if (text_[at] == '\n') ++line;
    at += length;
  }
  return 0;
}

bool ConfText::begins_document(std::size_t position, std::string& problem) const {
  const std::string_view text = text_;
  std::string_view version;
  if (position <= text.size() && text.substr(position).starts_with("---")) {
    for (std::size_t end = position; end > 0 && version.empty();) {
      const std::string_view line = line_before(text, end);
      version = version_in(line);
      if (!line.empty() && line.front() != '%' &&
          line.substr(std::min(line.find_first_not_of(" \t"), line.size())).substr(0, 1) != "#" &&
          line.find_first_not_of(" \t") != std::string_view::npos)
        break;
    }
  }
  if (version == "1.1") return true;
  problem = version.empty()
                ? "the file does not begin as Suricata's do; expected the two lines \"%YAML 1.1\" "
                  "and \"---\" before everything else"
                : "the file is YAML " + std::string(version) + "; expected %YAML 1.1";
  return false;
}

std::string_view ConfText::null_word(std::size_t position) const {
  if (position >= text_.size()) return "";
  const std::string_view here = std::string_view(text_).substr(position);
  for (const std::string_view word : {"~", "null", "Null", "NULL"})
    if (here.starts_with(word) && (here.size() == word.size() ||
                                   kAfterWord.find(here[word.size()]) != std::string_view::npos))
      return word;
  return "";
}

}  // namespace surisim::conf
