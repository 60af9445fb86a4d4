// Formats log messages: literal text with {} for each argument.
//
// Written here because clang 14 has no std::format and the wrappers depend on no formatting
// library.
//
// When:    at any time.
// Owner:   the caller owns the buffer; nothing is allocated.
// Threads: any.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "suricata_ffi/expected.hpp"

namespace suricata_ffi::detail {

// Writes text into a fixed buffer; text that does not fit is truncated and ends in "...".
class Writer {
 public:
  template <std::size_t Size>
  explicit Writer(char (&buffer)[Size]) noexcept : begin_(buffer), at_(buffer) {
    static_assert(Size > 4);
    end_ = buffer + Size - 1;
  }

  // NUL characters are left out: the message ends at the first one.
  void text(std::string_view text) noexcept {
    for (const char c : text) {
      if (c == '\0') continue;
      if (at_ == end_) {
        std::memcpy(end_ - 3, "...", 3);
        return;
      }
      *at_++ = c;
    }
  }

  void value(std::string_view v) noexcept { text(v); }
  void value(const char* v) noexcept { text(v != nullptr ? std::string_view(v) : "(null)"); }
  void value(Error v) noexcept { text(to_string(v)); }

  template <std::integral T>
  void value(T v) noexcept {
    if constexpr (std::same_as<T, bool>) {
      text(v ? "true" : "false");
    } else if constexpr (std::same_as<T, char>) {
      text({&v, 1});
    } else {
      if (v < 0) text("-");
      // Negated as unsigned: the smallest integer has no positive counterpart.
      const auto bits = static_cast<std::uint64_t>(v);
      number(v < 0 ? ~bits + 1 : bits, 10);
    }
  }

  template <std::floating_point T>
  void value(T v) noexcept {
    char digits[64];
    std::snprintf(digits, sizeof digits, "%g", static_cast<double>(v));
    text(digits);
  }

  template <class T>
  void value(const T* v) noexcept {
    text("0x");
    number(reinterpret_cast<std::uintptr_t>(v), 16);
  }

  // The message, NUL-terminated. More can be written after it.
  const char* c_str() noexcept {
    *at_ = '\0';
    return begin_;
  }

 private:
  // Not std::to_chars: libstdc++ keeps its digits in a symbol that is unique in the process, and a
  // plugin with such a symbol can never be unloaded.
  void number(std::uint64_t v, unsigned int base) noexcept {
    char digits[20];
    char* first = digits + sizeof digits;
    do {
      *--first = "0123456789abcdef"[v % base];
      v /= base;
    } while (v != 0);
    text({first, digits + sizeof digits});
  }

  char* begin_;
  char* at_;
  char* end_;
};

// Copies text up to the next placeholder and returns what follows the placeholder.
inline const char* write_to_placeholder(Writer& out, const char* format) noexcept {
  const char* from = format;
  for (; *format != '\0'; ++format) {
    if (*format != '{' && *format != '}') continue;
    out.text({from, format});
    if (format[1] == *format) {  // {{ and }} stand for one brace
      from = ++format;
      continue;
    }
    return std::strchr(format, '}') + 1;
  }
  out.text({from, format});
  return format;
}

template <class... Args>
void write_message(Writer& out, const char* format, const Args&... args) noexcept {
  ((format = write_to_placeholder(out, format), out.value(args)), ...);
  write_to_placeholder(out, format);
}

// Deliberately not constexpr: the compiler names the function when it rejects a format.
void log_format_has_too_few_placeholders();
void log_format_has_too_many_placeholders();
void log_format_knows_only_empty_placeholders_and_p_for_pointers();
void log_format_has_a_single_closing_brace();

template <class T>
inline constexpr bool kPrintsAddress =
    std::is_pointer_v<T> && !std::same_as<std::remove_cv_t<std::remove_pointer_t<T>>, char>;

template <class... Args>
consteval void check_format(const char* format) {
  const bool is_pointer[] = {kPrintsAddress<Args>..., false};
  std::size_t used = 0;
  for (; *format != '\0'; ++format) {
    if (*format == '}') {
      if (format[1] != '}') log_format_has_a_single_closing_brace();
      ++format;
    } else if (*format == '{') {
      if (format[1] == '{') {
        ++format;
        continue;
      }
      if (used == sizeof...(Args)) log_format_has_too_many_placeholders();
      const bool pointer = format[1] == ':' && format[2] == 'p' && is_pointer[used];
      format += pointer ? 3 : 1;
      if (*format != '}') log_format_knows_only_empty_placeholders_and_p_for_pointers();
      ++used;
    }
  }
  if (used != sizeof...(Args)) log_format_has_too_few_placeholders();
}

}  // namespace suricata_ffi::detail
