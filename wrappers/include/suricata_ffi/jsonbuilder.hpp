// The JSON builder that a callback adds to a record with.
//
// When:    inside an EVE callback, with the builder it was passed.
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

// How far a builder has got.
using Mark = detail::JsonMark;

// A borrowed builder. Neither copyable nor movable.
//
// Errors, where nothing else is said: json_refused when the call does not fit what is open or the
// text is not UTF-8 (nothing has been written), or the host is out of memory; text_contains_nul;
// out_of_memory.
class JsonBuilder {
 public:
  // `jb` is one that the host passed to a C callback, not NULL. [any thread]
  static JsonBuilder from_raw(SCJsonBuilder* jb) noexcept { return JsonBuilder(jb); }

  JsonBuilder(const JsonBuilder&) = delete;
  JsonBuilder& operator=(const JsonBuilder&) = delete;

  // For C functions that have no wrapper here.
  SCJsonBuilder* as_mut_ptr() noexcept { return jb_; }

  // What follows: [callback]

  Mark get_mark() const noexcept {
    Mark mark{};
    detail::suricata_ffi_jb_get_mark(jb_, &mark);
    return mark;
  }
  // Takes back all that has been written since `mark`, if a level opened since is still open. If
  // none is, this does nothing: members that were added stay, and so do objects that have been
  // closed. Error: json_refused.
  [[nodiscard]] expected<void> restore_mark(const Mark& mark) noexcept {
    Mark copy = mark;
    return result(detail::suricata_ffi_jb_restore_mark(jb_, &copy));
  }

  // Keys are written as they are, here and below: they must need no escaping.
  [[nodiscard]] expected<void> open_object(std::string_view key) noexcept {
    return with_key(key,
                    [this](const char* k) { return detail::suricata_ffi_jb_open_object(jb_, k); });
  }
  // As in Rust, `value` is escaped twice: first as Rust text, \n, \' or \u{e9}, then as JSON, so
  // that a reader of the record sees the Rust text. For other text: as_mut_ptr() and SCJbSetString.
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
  // Not a number, infinite: null.
  [[nodiscard]] expected<void> set_float(std::string_view key, double value) noexcept {
    return with_key(
        key, [=, this](const char* k) { return detail::suricata_ffi_jb_set_float(jb_, k, value); });
  }
  // Ready-made JSON, `"key":value`: written as it is.
  [[nodiscard]] expected<void> set_formatted(std::string_view formatted) noexcept {
    return with_key(
        formatted, [this](const char* f) { return detail::suricata_ffi_jb_set_formatted(jb_, f); });
  }
  // Closes the innermost level. A callback closes what it has opened, and nothing else.
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
  // A bad key counts before a bad value, as in Rust.
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
