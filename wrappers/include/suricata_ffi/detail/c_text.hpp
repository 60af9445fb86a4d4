// Text for C functions: NUL-terminated, and escaped as in Rust.
//
// When:    at any time.
// Owner:   the CText owns its copy. Short text is not allocated.
// Threads: any.
// Source:  jsonbuilder.rs of the Rust crate: CString::new, str::escape_default.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <string_view>

#include "suricata_ffi/expected.hpp"

namespace suricata_ffi::detail {

class CText {
 public:
  CText() noexcept = default;
  CText(const CText&) = delete;
  CText& operator=(const CText&) = delete;

  const char* c_str() const noexcept { return text_; }

  // A copy of `text`. Errors: text_contains_nul, out_of_memory.
  expected<void> copy(std::string_view text) noexcept;
  // `text`, with everything except printable ASCII escaped. Errors: json_refused if it is not
  // UTF-8, out_of_memory.
  expected<void> escape(std::string_view text) noexcept;

 private:
  // Memory for `size` characters and the NUL after them. Null: out of memory.
  char* allocate(std::size_t size) noexcept {
    if (size >= sizeof local_) {
      heap_.reset(new (std::nothrow) char[size + 1]);
      text_ = heap_.get();
    }
    if (text_ != nullptr) text_[size] = '\0';
    return text_;
  }

  char local_[128];
  char* text_ = local_;
  std::unique_ptr<char[]> heap_;
};

inline constexpr char32_t kNoCharacter = 0xffffffff;

// Removes the first character of `text`, which is not empty, and returns it; kNoCharacter if it is
// not UTF-8.
inline char32_t take_character(std::string_view& text) noexcept {
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};  // smaller: an overlong encoding
  const auto lead = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (lead < 0x80) return lead;
  const unsigned int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  if (lead < 0xc0 || lead > 0xf7 || text.size() < more) return kNoCharacter;
  char32_t character = lead & (0x3fu >> more);
  for (unsigned int i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return kNoCharacter;
    character = character << 6 | (next & 0x3f);
  }
  text.remove_prefix(more);
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  return character < kLeast[more] || surrogate || character > 0x10ffff ? kNoCharacter : character;
}

// One character, escaped: itself, \n and the like, or \u{...}.
class EscapedCharacter {
 public:
  explicit EscapedCharacter(char32_t character) noexcept {
    if (character == U'\t') {
      add("\\t");
    } else if (character == U'\r') {
      add("\\r");
    } else if (character == U'\n') {
      add("\\n");
    } else if (character < 0x20 || character > 0x7e) {
      add_number(character);
    } else {
      if (character == U'\'' || character == U'"' || character == U'\\') add("\\");
      text_[size_++] = static_cast<char>(character);
    }
  }

  std::string_view text() const noexcept { return {text_, size_}; }

 private:
  void add(std::string_view more) noexcept {
    for (const char c : more) text_[size_++] = c;
  }
  void add_number(char32_t character) noexcept {
    add("\\u{");
    int shift = 20;
    while (shift > 0 && character >> shift == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) text_[size_++] = "0123456789abcdef"[character >> shift & 0xf];
    add("}");
  }

  char text_[10];  // \u{10ffff}
  std::size_t size_ = 0;
};

inline expected<void> CText::copy(std::string_view text) noexcept {
  if (text.find('\0') != std::string_view::npos) return unexpected(Error::text_contains_nul);
  char* const out = allocate(text.size());
  if (out == nullptr) return unexpected(Error::out_of_memory);
  std::copy(text.begin(), text.end(), out);
  return {};
}

inline expected<void> CText::escape(std::string_view text) noexcept {
  std::size_t size = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const char32_t character = take_character(rest);
    if (character == kNoCharacter) return unexpected(Error::json_refused);
    size += EscapedCharacter(character).text().size();
  }
  char* out = allocate(size);
  if (out == nullptr) return unexpected(Error::out_of_memory);
  while (!text.empty()) {
    const EscapedCharacter escaped(take_character(text));
    out = std::copy(escaped.text().begin(), escaped.text().end(), out);
  }
  return {};
}

}  // namespace suricata_ffi::detail
