// Writes JSON like Suricata: first functions that format values, then the builder.
#include "abi/json_builder.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include "base/text.hpp"

namespace surisim::abi {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

constexpr unsigned char byte(char c) { return static_cast<unsigned char>(c); }

// The text that one byte becomes.
struct Piece {
  char text[6] = {};
  std::uint8_t size = 0;

  constexpr void add(std::string_view more) {
    for (const char c : more) text[size++] = c;
  }
  constexpr void add_hex(unsigned c) {
    text[size++] = kHex[c >> 4];
    text[size++] = kHex[c & 0xf];
  }
};

// The letter after the backslash; 0 if there is no short escape.
constexpr char letter(unsigned c) {
  switch (c) {
    case '"':
    case '\\':
      return static_cast<char>(c);
    case '\b':
      return 'b';
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\f':
      return 'f';
    case '\r':
      return 'r';
    default:
      return 0;
  }
}

constexpr bool is_printable(unsigned c) { return c >= 0x20 && c < 0x7f; }

constexpr bool becomes_dot(unsigned c, JsonBytes kind) {
  return kind == JsonBytes::printable && !is_printable(c) && c != '\r' && c != '\n';
}

constexpr Piece piece(unsigned c, JsonBytes kind) {
  Piece piece;
  const char as_it_is[] = {static_cast<char>(c)};
  if (becomes_dot(c, kind)) {
    piece.add(".");
  } else if (const char short_escape[] = {'\\', letter(c)}; short_escape[1] != 0) {
    piece.add({short_escape, 2});
  } else if (c < 0x20) {
    piece.add("\\u00");
    piece.add_hex(c);
  } else if (c > 0x7f && kind == JsonBytes::hex_high) {
    piece.add("\\\\x");
    piece.add_hex(c);
  } else {
    piece.add({as_it_is, 1});
  }
  return piece;
}

using Pieces = std::array<Piece, 256>;

constexpr Pieces pieces(JsonBytes kind) {
  Pieces all;
  for (unsigned c = 0; c < all.size(); ++c) all[c] = piece(c, kind);
  return all;
}

constexpr Pieces kPieces[] = {pieces(JsonBytes::utf8), pieces(JsonBytes::hex_high),
                              pieces(JsonBytes::printable)};

const Pieces& pieces_of(JsonBytes kind) { return kPieces[static_cast<std::size_t>(kind)]; }

// A number's digits without a decimal point: its value is 0.DIGITS × 10^point.
struct Decimal {
  char digits[17];
  int count = 0;
  int point = 0;
};

// Reads d.ddde[+-]dd. Digits that do not fit are dropped.
Decimal parse(std::string_view text) {
  Decimal decimal;
  const std::size_t e = text.find('e');
  for (const char c : text.substr(0, e)) {
    if (c != '.' && decimal.count < static_cast<int>(sizeof decimal.digits))
      decimal.digits[decimal.count++] = c;
  }
  const char* const sign = text.data() + e + 1;
  std::from_chars(sign + 1, text.data() + text.size(), decimal.point);
  decimal.point = 1 + (*sign == '-' ? -decimal.point : decimal.point);
  return decimal;
}

// True if the number lies exactly between two candidates: its shortest digits are followed by a 5
// and nothing else. Then std::to_chars takes the even candidate, and Rust the one further from
// zero.
bool cut_at_half(double magnitude, const Decimal& decimal) {
  // Digits to look at: if a 5 is followed by so many zeros, only zeros follow.
  constexpr int kFar = 64;
  char text[kFar + 16];
  std::to_chars(text, std::end(text), magnitude, std::chars_format::scientific, kFar);
  text[1] = text[0];  // the point
  const std::string_view exact(text + 1, 1 + kFar);
  const std::string_view cut(decimal.digits, static_cast<std::size_t>(decimal.count));
  if (!exact.starts_with(cut)) return false;  // already rounded up
  const std::string_view tail = exact.substr(cut.size());
  return tail[0] == '5' && tail.find_first_not_of('0', 1) == std::string_view::npos;
}

Decimal shortest(double magnitude) {
  char text[32];
  const auto end = std::to_chars(text, std::end(text), magnitude, std::chars_format::scientific);
  Decimal decimal = parse({text, static_cast<std::size_t>(end.ptr - text)});
  // An even last digit has no carry.
  if (cut_at_half(magnitude, decimal)) ++decimal.digits[decimal.count - 1];
  return decimal;
}

char* write_decimal(const Decimal& decimal, char* out) {
  const char* const digits = decimal.digits;
  if (decimal.point <= 0) {
    *out++ = '0';
    *out++ = '.';
    out = std::fill_n(out, -decimal.point, '0');
    return std::copy_n(digits, decimal.count, out);
  }
  const int whole = std::min(decimal.count, decimal.point);
  out = std::copy_n(digits, whole, out);
  out = std::fill_n(out, decimal.point - whole, '0');
  if (whole == decimal.count) return out;
  *out++ = '.';
  return std::copy_n(digits + whole, decimal.count - whole, out);
}

// Each kind of text has a function for its size and one that writes that many characters.
std::size_t escaped_size(std::string_view bytes, JsonBytes kind) {
  const Pieces& table = pieces_of(kind);
  std::size_t size = 0;
  for (const char c : bytes) size += table[byte(c)].size;
  return size;
}

void write_escaped(std::string_view bytes, JsonBytes kind, char* out) {
  const Pieces& table = pieces_of(kind);
  for (const char c : bytes) {
    const Piece& piece = table[byte(c)];
    out = std::copy_n(piece.text, piece.size, out);
  }
}

// Two lower-case digits for each byte.
std::size_t hex_size(std::string_view bytes) { return 2 * bytes.size(); }

void write_hex(std::string_view bytes, char* out) {
  for (const char c : bytes) {
    *out++ = kHex[byte(c) >> 4];
    *out++ = kHex[byte(c) & 0xf];
  }
}

// Long enough for the smallest numbers: a sign, "0.", 323 zeros, and digits.
using JsonNumber = std::array<char, 352>;

// The shortest digits that read back as `value`, never with an exponent: 1, 0.1, -0, or 1 with 300
// zeros. "null" for infinities and NaN. The text is in `memory`.
std::string_view float_text(double value, JsonNumber& memory) {
  if (!std::isfinite(value)) return "null";
  char* out = memory.data();
  if (std::signbit(value)) *out++ = '-';
  const double magnitude = std::fabs(value);
  out = write_decimal(shortest(magnitude), out);
  return {memory.data(), static_cast<std::size_t>(out - memory.data())};
}

constexpr std::size_t kTextStep = 4096;
constexpr std::size_t kStateStep = 32;

constexpr char kOpen[] = {0, '{', '{', '[', '['};
constexpr char kClose[] = {0, '}', '}', ']', ']'};

constexpr std::size_t index(JsonBuilder::State state) { return static_cast<std::size_t>(state); }

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

void write_base64(std::string_view bytes, char* out) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!bytes.empty()) {
    const std::string_view group = bytes.substr(0, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < group.size() ? byte(group[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      *out++ = i <= group.size() ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
    bytes.remove_prefix(group.size());
  }
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = base::utf8_length(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::unique_ptr<JsonBuilder> JsonBuilder::create(State initial) {
  const HostScope host;
  std::unique_ptr<JsonBuilder> made(new (std::nothrow) JsonBuilder(initial));
  if (made == nullptr || !made->text_.set_capacity(kTextStep) ||
      !made->states_.set_capacity(kStateStep))
    return nullptr;
  made->reset();
  return made;
}

std::unique_ptr<JsonBuilder> JsonBuilder::clone() const {
  const HostScope host;
  std::unique_ptr<JsonBuilder> made(new (std::nothrow) JsonBuilder(initial_));
  // Leaves room for what reset() writes, even if restoring a mark has left less.
  if (made == nullptr || !made->text_.set_capacity(std::max<std::size_t>(text_.size(), 1)) ||
      !made->states_.set_capacity(std::max<std::size_t>(states_.size(), 2)))
    return nullptr;
  std::copy_n(text_.data(), text_.size(), made->text_.extend(text_.size(), 0));
  std::copy_n(states_.data(), states_.size(), made->states_.extend(states_.size(), 0));
  return made;
}

void JsonBuilder::reset() {
  text_.truncate(0);
  states_.truncate(0);
  *text_.extend(1, 0) = kOpen[index(initial_)];
  State* const states = states_.extend(2, 0);
  states[0] = State::none;
  states[1] = initial_;
}

bool JsonBuilder::open_object(std::string_view key) {
  return next_member() && write_key(key) && write("{") && push(State::object_first);
}

bool JsonBuilder::open_array(std::string_view key) {
  return next_member() && write_key(key) && write("[") && push(State::array_first);
}

bool JsonBuilder::start_object() {
  return next_element() && write("{") && push(State::object_first);
}

bool JsonBuilder::close() {
  if (state() == State::none || !write({&kClose[index(state())], 1})) return false;
  states_.truncate(states_.size() - 1);
  return true;
}

JsonBuilder::Mark JsonBuilder::mark() const {
  return {text_.size(), states_.size(), index(state())};
}

bool JsonBuilder::restore(const Mark& mark) {
  if (mark.state > index(State::array_nth)) return false;
  if (mark.position >= text_.size() || mark.state_index >= states_.size()) return true;
  // In this case Suricata ends the process.
  if (mark.state_index == 0 || !starts_character(text_.data()[mark.position])) return false;
  text_.truncate(mark.position);
  states_.truncate(mark.state_index);
  states_.back() = static_cast<State>(mark.state);
  return true;
}

bool JsonBuilder::set_escaped(std::string_view key, std::string_view bytes, JsonBytes kind) {
  return next_member() && write_key(key) && write_escaped(bytes, kind);
}

bool JsonBuilder::set_base64(std::string_view key, std::string_view bytes) {
  return next_member() && write_key(key) && write_base64(bytes);
}

bool JsonBuilder::set_hex(std::string_view key, std::string_view bytes) {
  return next_member() && write_key(key) && write_hex(bytes);
}

bool JsonBuilder::set_uint(std::string_view key, std::uint64_t value) {
  return next_member() && write_key(key) && write_uint(value);
}

bool JsonBuilder::set_int(std::string_view key, std::int64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, std::end(digits), value).ptr;
  return set_json(key, {digits, static_cast<std::size_t>(end - digits)});
}

bool JsonBuilder::set_float(std::string_view key, double value) {
  return next_member() && write_key(key) && write_float(value);
}

bool JsonBuilder::set_json(std::string_view key, std::string_view json) {
  return next_member() && write_key(key) && write(json);
}

bool JsonBuilder::set_formatted(std::string_view member) { return next_member() && write(member); }

bool JsonBuilder::append_escaped(std::string_view bytes, JsonBytes kind) {
  return next_element() && write_escaped(bytes, kind);
}

bool JsonBuilder::append_base64(std::string_view bytes) {
  return next_element() && write_base64(bytes);
}

bool JsonBuilder::append_uint(std::uint64_t value) { return next_element() && write_uint(value); }

bool JsonBuilder::append_float(double value) { return next_element() && write_float(value); }

bool JsonBuilder::append_json(std::string_view json) { return next_element() && write(json); }

bool JsonBuilder::write(std::string_view json) {
  char* const out = text_.extend(json.size(), kTextStep);
  if (out == nullptr) return false;
  std::copy_n(json.data(), json.size(), out);
  return true;
}

char* JsonBuilder::quoted(std::size_t size) {
  char* const out = text_.extend(size + 2, kTextStep);
  if (out == nullptr) return nullptr;
  out[0] = out[size + 1] = '"';
  return out + 1;
}

bool JsonBuilder::write_escaped(std::string_view bytes, JsonBytes kind) {
  char* const out = quoted(escaped_size(bytes, kind));
  if (out != nullptr) abi::write_escaped(bytes, kind, out);
  return out != nullptr;
}

bool JsonBuilder::write_base64(std::string_view bytes) {
  char* const out = quoted(base64_size(bytes));
  if (out != nullptr) abi::write_base64(bytes, out);
  return out != nullptr;
}

bool JsonBuilder::write_hex(std::string_view bytes) {
  char* const out = quoted(hex_size(bytes));
  if (out != nullptr) abi::write_hex(bytes, out);
  return out != nullptr;
}

bool JsonBuilder::write_uint(std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, std::end(digits), value).ptr;
  return write({digits, static_cast<std::size_t>(end - digits)});
}

bool JsonBuilder::write_float(double value) {
  JsonNumber memory;
  return write(float_text(value, memory));
}

bool JsonBuilder::next_member() {
  if (state() == State::object_nth) return write(",");
  if (state() != State::object_first) return false;
  states_.back() = State::object_nth;
  return true;
}

bool JsonBuilder::next_element() {
  if (state() == State::array_nth) return write(",");
  if (state() != State::array_first) return false;
  states_.back() = State::array_nth;
  return true;
}

bool JsonBuilder::write_key(std::string_view key) {
  return write("\"") && write(key) && write("\":");
}

bool JsonBuilder::push(State state) {
  State* const fresh = states_.extend(1, kStateStep);
  if (fresh == nullptr) return false;
  *fresh = state;
  return true;
}

}  // namespace surisim::abi
