// The result of wrapper functions that can fail.
//
// When:    at any time.
// Owner:   values; nothing is allocated.
// Threads: any.
// Source:  the Rust crate, which returns Result<_, &'static str> in the same places.
//
// `expected` is std::expected where the standard library has it (g++ 12 with -std=c++23) and
// tl::expected elsewhere. Both have has_value, operator bool, operator*, operator->, error and
// value_or. Portable code uses only these: g++ 12's std::expected has no and_then yet.
#pragma once

#include <version>

#if defined(__cpp_lib_expected) && __cpp_lib_expected >= 202202L
#include <expected>
#else
#include <tl/expected.hpp>
#endif

namespace suricata_ffi {

enum class Error {
  name_contains_nul,  // a slot name contains a NUL: the host would see a different name
  refused,            // by the host. Slots: after finalize, empty name, name already used (L16)
  unregistered,       // the handle belongs to no slot; the host was not called (L18)
  set_failed,         // the host did not store the value; it has been destroyed (L20)
  null_callback,      // a null function pointer or an empty std::function
  text_contains_nul,  // a JSON key or text contains a NUL: the host would see a different one
  json_refused,       // does not fit the open level, not UTF-8, or the host is out of memory
  out_of_memory,
};

// One sentence, for logs. [any thread]
constexpr const char* to_string(Error error) noexcept {
  switch (error) {
    case Error::name_contains_nul:
      return "the slot name contains a NUL character";
    case Error::refused:
      return "Suricata refused the registration";
    case Error::unregistered:
      return "the storage handle was never registered";
    case Error::set_failed:
      return "Suricata did not store the value";
    case Error::null_callback:
      return "the callback is null";
    case Error::text_contains_nul:
      return "the key or text contains a NUL character";
    case Error::json_refused:
      return "the JSON builder refused the call";
    case Error::out_of_memory:
      return "out of memory";
  }
  return "unknown error";
}

#if defined(__cpp_lib_expected) && __cpp_lib_expected >= 202202L
template <class T>
using expected = std::expected<T, Error>;
using unexpected = std::unexpected<Error>;
#else
template <class T>
using expected = tl::expected<T, Error>;
using unexpected = tl::unexpected<Error>;
#endif

// The result of get_or_insert_with: like an expected<T*> whose value is never null, with the same
// members, and convertible to one. It is a separate type so that the null check is the only check:
// g++ 12 would keep a whole expected in memory on the packet path.
template <class T>
class Inserted {
 public:
  Inserted(T* value) noexcept : value_(value) {}  // NOLINT(google-explicit-constructor)
  Inserted(unexpected error) noexcept             // NOLINT(google-explicit-constructor)
      : error_(expected<T*>(error).error()) {}

  bool has_value() const noexcept { return value_ != nullptr; }
  explicit operator bool() const noexcept { return value_ != nullptr; }
  // Only if has_value().
  T* operator*() const noexcept { return value_; }
  T* const* operator->() const noexcept { return &value_; }
  T* value_or(T* other) const noexcept { return value_ != nullptr ? value_ : other; }
  // Only if not has_value().
  Error error() const noexcept { return error_; }

  operator expected<T*>() const {  // NOLINT(google-explicit-constructor)
    if (value_ != nullptr) return value_;
    return unexpected(error_);
  }

 private:
  T* value_ = nullptr;
  Error error_{};
};

}  // namespace suricata_ffi
