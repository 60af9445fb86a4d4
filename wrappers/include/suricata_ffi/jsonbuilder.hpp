// The JSON builder with which an EVE callback adds to a record.
//
// When:    inside an EVE callback, with the builder that it was passed.
// Owner:   the host owns the builder; keys and texts are copied.
// Threads: the callback's.
// Source:  jsonbuilder.rs of Suricata, and jsonbuilder.rs of the Rust crate, same names.
//
//   return jb.open_object("my-plugin") && jb.set_uint("packets", n) && jb.close();
#pragma once

#include <cstdint>
#include <string_view>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/c_text.hpp"
#include "suricata_ffi/expected.hpp"

namespace suricata_ffi::jsonbuilder {

// A position in a builder's text.
using Mark = detail::JsonMark;

// A borrowed builder. Neither copyable nor movable.
//
// Errors, unless stated otherwise: json_refused if the call does not fit the innermost open level
// or the text is not UTF-8 (nothing is written then), or if the host is out of memory;
// text_contains_nul; out_of_memory.
class JsonBuilder {
 public:
  // `jb` was passed to a C callback by the host, and is not NULL. [any thread]
  static JsonBuilder from_raw(SCJsonBuilder* jb) noexcept { return JsonBuilder(jb); }

  JsonBuilder(const JsonBuilder&) = delete;
  JsonBuilder& operator=(const JsonBuilder&) = delete;

  // For C functions without a wrapper.
  SCJsonBuilder* as_mut_ptr() noexcept { return jb_; }

  // The following: [callback]

  Mark get_mark() const noexcept {
    Mark mark{};
    detail::suricata_ffi_jb_get_mark(jb_, &mark);
    return mark;
  }
  // Removes everything that was written after `mark`, if a level that was opened after it is still
  // open. Otherwise does nothing: added members and closed objects stay. Error: json_refused.
  [[nodiscard]] expected<void> restore_mark(const Mark& mark) noexcept {
    Mark copy = mark;
    return result(detail::suricata_ffi_jb_restore_mark(jb_, &copy));
  }

  // Here and below, keys are written without escaping.
  [[nodiscard]] expected<void> open_object(std::string_view key) noexcept {
    return with_key(key,
                    [this](const char* k) { return detail::suricata_ffi_jb_open_object(jb_, k); });
  }
  // As in Rust, `value` is escaped twice: first in Rust's syntax (\n, \', \u{e9}), then as JSON, so
  // that a reader of the record sees Rust's syntax. To avoid that: as_mut_ptr() and SCJbSetString.
  [[nodiscard]] expected<void> set_string(std::string_view key, std::string_view value) noexcept {
    detail::CText v;
    return with_key(key, v.escape(value), [&](const char* k) {
      return detail::suricata_ffi_jb_set_string(jb_, k, v.c_str());
    });
  }
  [[nodiscard]] expected<void> set_uint(std::string_view key, std::uint64_t value) noexcept {
    return with_key(
        key, [=, this](const char* k) { return detail::suricata_ffi_jb_set_uint(jb_, k, value); });
  }
  [[nodiscard]] expected<void> set_int(std::string_view key, std::int64_t value) noexcept {
    return with_key(
        key, [=, this](const char* k) { return detail::suricata_ffi_jb_set_int(jb_, k, value); });
  }
  // Writes null for NaN and infinity.
  [[nodiscard]] expected<void> set_float(std::string_view key, double value) noexcept {
    return with_key(
        key, [=, this](const char* k) { return detail::suricata_ffi_jb_set_float(jb_, k, value); });
  }
  // Writes JSON, `"key":value`, unchanged.
  [[nodiscard]] expected<void> set_formatted(std::string_view formatted) noexcept {
    return with_key(
        formatted, [this](const char* f) { return detail::suricata_ffi_jb_set_formatted(jb_, f); });
  }
  // Closes the innermost level. A callback must close what it has opened, and nothing else.
  [[nodiscard]] expected<void> close() noexcept {
    return result(detail::suricata_ffi_jb_close(jb_));
  }

 private:
  explicit JsonBuilder(SCJsonBuilder* jb) noexcept : jb_(jb) {}

  static expected<void> result(bool done) noexcept {
    if (!done) return unexpected(Error::json_refused);
    return {};
  }

  template <class Call>
  static expected<void> with_key(std::string_view key, Call call) noexcept {
    return with_key(key, {}, call);
  }
  // As in Rust, an invalid key is reported before an invalid value.
  template <class Call>
  static expected<void> with_key(std::string_view key, const expected<void>& value,
                                 Call call) noexcept {
    detail::CText k;
    if (auto copied = k.copy(key); !copied) return copied;
    if (!value) return value;
    return result(call(k.c_str()));
  }

  SCJsonBuilder* jb_;
};

}  // namespace suricata_ffi::jsonbuilder
