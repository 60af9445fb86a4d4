// Splits a line into words, and reads strings with escapes, numbers, durations and data from it.
#include "scenario/parse.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "base/user_input.hpp"

namespace surisim::scenario {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// -1: it is not a hex digit.
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Allows only text that can be shown in messages.
void require_text(std::string_view text) {
  std::uint32_t column = 1;
  for (std::size_t at = 0; at < text.size(); ++column) {
    const std::size_t length = base::utf8_length(text.substr(at));
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0)
      throw Mistake{column, fmt::format("expected UTF-8 text, got the byte {:02x}; in a string it "
                                        "is written \\x{:02x}",
                                        byte, byte)};
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
      throw Mistake{column, fmt::format("expected text, got the control character {:02x}; in a "
                                        "string it is written \\x{:02x}",
                                        byte, byte)};
    at += length;
  }
}

// What the letter after a backslash stands for; nullopt: nothing.
std::optional<char> escaped(char letter) {
  switch (letter) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '0':
      return '\0';
    case '"':
    case '\\':
      return letter;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string one_of(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string quoted(std::string_view bytes) {
  std::string out = "\"";
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = base::utf8_length(bytes.substr(at));
    const char c = bytes[at];
    if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else if (length == 0 || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += bytes.substr(at, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
  return out + "\"";
}

Line::Line(std::string_view text) {
  require_text(text);
  std::uint32_t column = 1;
  for (std::size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      ++at;
      ++column;
    } else if (text[at] == '#') {
      break;
    } else if (text[at] == '"') {
      read_string(text, at, column);
    } else {
      words_.push_back({"", column, false});
      while (at < text.size() && !is_blank(text[at]) && text[at] != '"') {
        const std::size_t length = base::utf8_length(text.substr(at));
        words_.back().text += text.substr(at, length);
        at += length;
        ++column;
      }
    }
  }
  end_.column = column;
}

void Line::read_string(std::string_view text, std::size_t& at, std::uint32_t& column) {
  Word word{"", column, true};
  ++at;
  ++column;
  while (at < text.size() && text[at] != '"') {
    const std::size_t length = base::utf8_length(text.substr(at));
    if (text[at] != '\\') {
      word.text += text.substr(at, length);
      at += length;
      ++column;
      continue;
    }
    const char letter = at + 1 < text.size() ? text[at + 1] : ' ';
    const int high = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
    const int low = at + 3 < text.size() ? hex_digit(text[at + 3]) : -1;
    const bool is_hex = letter == 'x' && high >= 0 && low >= 0;
    const std::optional<char> simple = escaped(letter);
    if (!is_hex && !simple)
      throw Mistake{column,
                    "expected \\n, \\r, \\t, \\0, \\\", \\\\ or \\x and two hex digits after "
                    "the backslash"};
    word.text += is_hex ? static_cast<char>(high * 16 + low) : *simple;
    at += is_hex ? 4 : 2;
    column += is_hex ? 4 : 2;
  }
  if (at == text.size())
    throw Mistake{word.column, "expected a quotation mark at the end of the string"};
  ++at;
  ++column;
  words_.push_back(std::move(word));
}

bool Line::take(std::string_view word) {
  if (at_end() || !is(word)) return false;
  ++next_;
  return true;
}

void Line::refuse(std::string_view what, std::span<const std::string_view> names) const {
  if (at_end()) fail(end_, "expected {}, got the end of the line", what);
  const Word& got = peek();
  const std::string_view meant = got.is_string ? "" : base::closest(got.text, names);
  const std::string guess =
      meant.empty() || meant == got.text ? "" : fmt::format("; did you mean {}?", meant);
  if (got.is_string) fail(got, "expected {}, got a string", what);
  fail(got, "expected {}, got \"{}\"{}", what, base::shown(got.text), guess);
}

const Word& Line::word(std::string_view what) {
  if (at_end() || peek().is_string) refuse(what);
  return words_[next_++];
}

const std::string& Line::string(std::string_view what) {
  if (!next_is_string()) refuse(what);
  return words_[next_++].text;
}

std::uint64_t Line::count(std::string_view what, CountRange range) {
  const Word& word = this->word(what);
  const bool is_hex = word.text.starts_with("0x");
  const std::string_view digits = std::string_view(word.text).substr(is_hex ? 2 : 0);
  std::uint64_t n = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, n, is_hex ? 16 : 10);
  if (error != std::errc() || stop != end || n < range.least || n > range.most)
    fail(word, "{}: {}", what, base::expected_count(range.least, range.most, word.text));
  return n;
}

std::int64_t Line::integer(std::string_view what, std::int64_t least, std::int64_t most) {
  const Word& word = this->word(what);
  std::int64_t n = 0;
  const char* const end = word.text.data() + word.text.size();
  const auto [stop, error] = std::from_chars(word.text.data(), end, n);
  if (error != std::errc() || stop != end || n < least || n > most)
    fail(word, "{}: expected a whole number from {} to {}, got \"{}\"", what, least, most,
         base::shown(word.text));
  return n;
}

std::size_t Line::choose(std::span<const std::string_view> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (take(words[i])) return i;
  }
  refuse(one_of(words), words);
}

std::chrono::microseconds Line::duration() {
  struct Unit {
    std::string_view name;
    std::int64_t micros;
  };
  constexpr Unit kUnits[] = {
      {"us", 1}, {"ms", 1000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}};
  constexpr std::int64_t kMost = std::int64_t{365} * 24 * 3'600'000'000;
  constexpr const char* kWhat = "a time such as 31s, 1.5ms, 20us, 10m or 2h";
  const Word& word = this->word(kWhat);
  const std::string_view text = word.text;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto* const unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& one) {
    return one.name == text.substr(digits);
  });
  const std::string_view number = text.substr(0, digits);
  const std::size_t dot = std::min(number.find('.'), number.size());
  constexpr std::size_t kMostDigits = 14;
  const bool is_number = dot > 0 && dot <= kMostDigits && dot + 1 != number.size() &&
                         number.find('.', dot + 1) == number.npos;
  if (unit == std::end(kUnits) || !is_number)
    fail(word, "expected {}, got \"{}\"", kWhat, base::shown(text));
  std::int64_t whole = 0;
  std::from_chars(number.data(), number.data() + dot, whole);
  bool exact = true;
  std::int64_t part = 0;  // the digits after the dot, in microseconds
  std::int64_t scale = unit->micros;
  for (const char c : number.substr(std::min(dot + 1, number.size()))) {
    exact = exact && scale % 10 == 0;
    scale /= 10;
    part += (c - '0') * scale;
  }
  if (!exact) fail(word, "expected a whole number of microseconds, got \"{}\"", base::shown(text));
  if (whole > kMost / unit->micros)
    fail(word, "expected at most a year, got \"{}\"", base::shown(text));
  return std::chrono::microseconds(whole * unit->micros + part);
}

std::string Line::hex() {
  const Word& word = this->word("an even number of hex digits");
  std::string bytes;
  for (std::size_t i = 0; i + 1 < word.text.size(); i += 2) {
    const int high = hex_digit(word.text[i]);
    const int low = hex_digit(word.text[i + 1]);
    if (high < 0 || low < 0) break;
    bytes += static_cast<char>(high * 16 + low);
  }
  if (word.text.size() % 2 != 0 || bytes.size() != word.text.size() / 2)
    fail(word, "expected an even number of hex digits, got \"{}\"", base::shown(word.text));
  return bytes;
}

std::optional<std::string> Line::data(std::size_t most) {
  std::optional<std::string> bytes;
  const Word begin = peek();
  for (;;) {
    if (next_is_string()) {
      bytes = bytes.value_or("") + string("");
    } else if (take("hex")) {
      bytes = bytes.value_or("") + hex();
    } else if (take("bytes")) {
      bytes = bytes.value_or("") + std::string(count("bytes", {0, most}), 'x');
    } else {
      return bytes;
    }
    if (bytes->size() > most) fail(begin, "expected at most {} bytes, got {}", most, bytes->size());
  }
}

void Line::end(std::string_view what) const {
  if (!at_end()) refuse(what);
}

}  // namespace surisim::scenario
