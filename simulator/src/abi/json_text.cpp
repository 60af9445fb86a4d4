#include "abi/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace surisim::abi {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

constexpr unsigned char byte(char c) { return static_cast<unsigned char>(c); }

// What one byte becomes.
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

// The letter after the backslash; 0 when there is no short escape.
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

// Bytes of the character that starts with `lead`, and the range of its second byte: table 3-7 of
// the Unicode standard.
struct Lead {
  std::size_t size;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xbf;
};

constexpr Lead lead_of(unsigned char lead) {
  if (lead < 0x80) return {1};
  if (lead < 0xc2) return {0};
  if (lead < 0xe0) return {2};
  if (lead == 0xe0) return {3, 0xa0};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead < 0xf0) return {3};
  if (lead == 0xf0) return {4, 0x90};
  if (lead < 0xf4) return {4};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0};
}

// Bytes of the character that `text`, not empty, starts with; 0 if there is none.
std::size_t character_size(std::string_view text) {
  const Lead lead = lead_of(byte(text[0]));
  if (lead.size <= 1) return lead.size;
  if (text.size() < lead.size) return 0;
  if (byte(text[1]) < lead.second_min || byte(text[1]) > lead.second_max) return 0;
  for (std::size_t i = 2; i < lead.size; ++i) {
    if ((byte(text[i]) & 0xc0) != 0x80) return 0;
  }
  return lead.size;
}

// A number's digits, without a point: its value is 0.DIGITS times ten to the power of `point`.
struct Decimal {
  char digits[17];
  int count = 0;
  int point = 0;
};

// Reads d.ddde[+-]dd. More digits than fit are dropped.
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

// Where a number lies exactly between two candidates, std::to_chars takes the even one and Rust the
// one further from zero. Such a number goes on with a 5, and ends, where its digits were cut.
bool cut_at_half(double magnitude, const Decimal& decimal) {
  // Zeros that follow a 5 this far go on for ever: no double comes closer to such a number.
  constexpr int kFar = 64;
  char text[kFar + 16];
  std::to_chars(text, std::end(text), magnitude, std::chars_format::scientific, kFar);
  text[1] = text[0];  // the point
  const std::string_view exact(text + 1, 1 + kFar);
  const std::string_view cut(decimal.digits, static_cast<std::size_t>(decimal.count));
  if (!exact.starts_with(cut)) return false;  // rounded up already
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

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

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

void write_hex(std::string_view bytes, char* out) {
  for (const char c : bytes) {
    *out++ = kHex[byte(c) >> 4];
    *out++ = kHex[byte(c) & 0xf];
  }
}

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

std::string_view float_text(double value, JsonNumber& memory) {
  if (!std::isfinite(value)) return "null";
  char* out = memory.data();
  if (std::signbit(value)) *out++ = '-';
  const double magnitude = std::fabs(value);
  out = write_decimal(shortest(magnitude), out);
  return {memory.data(), static_cast<std::size_t>(out - memory.data())};
}

}  // namespace surisim::abi
