// Values as JSON text, written as Suricata writes them.
//
// Each kind of text has a function for its size and one that writes just as many characters.
// Source: jsonbuilder.rs; what the Rust library makes of strings and numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace surisim::abi {

// What Rust takes for a string: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// What becomes of a string's bytes, beside `"` and `\`.
enum class JsonBytes {
  utf8,       // control characters are escaped
  hex_high,   // and bytes above 0x7f become the text \xHH
  printable,  // all that is not printable ASCII becomes a dot, but CR and LF
};

std::size_t escaped_size(std::string_view bytes, JsonBytes kind);
void write_escaped(std::string_view bytes, JsonBytes kind, char* out);

// Two digits a byte, in lower case.
inline std::size_t hex_size(std::string_view bytes) { return 2 * bytes.size(); }
void write_hex(std::string_view bytes, char* out);

// The standard alphabet, padded.
inline std::size_t base64_size(std::string_view bytes) { return (bytes.size() + 2) / 3 * 4; }
void write_base64(std::string_view bytes, char* out);

// The longest numbers are the smallest ones: a sign, "0.", 323 zeros and digits.
using JsonNumber = std::array<char, 352>;

// The shortest digits that read back as `value`, never with an exponent: 1, 0.1, -0, and 1 with 300
// zeros. "null" for what JSON has no number for. The text lies in `memory`.
std::string_view float_text(double value, JsonNumber& memory);

}  // namespace surisim::abi
