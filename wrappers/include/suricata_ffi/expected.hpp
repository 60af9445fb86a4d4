// What the wrappers return when something can fail.
//
// When:    any time.
// Owner:   values; nothing is allocated.
// Threads: any.
// Source:  none; the Rust crate returns Result<_, &'static str> in the same places.
//
// `expected` is std::expected where the standard library has it (g++ 12 with -std=c++23) and
// tl::expected elsewhere. Both have has_value, operator bool, operator*, operator->, error and
// value_or. Code that is to compile with either leaves the rest: g++ 12's has no and_then yet.
#pragma once

#include <version>

#if defined(__cpp_lib_expected) && __cpp_lib_expected >= 202202L
#include <expected>
#else
#include <tl/expected.hpp>
#endif

namespace suricata_ffi {

enum class Error {
  name_contains_nul,  // a slot name has a NUL inside: the host would see another name
  refused,            // the host said no. Slots: after finalize, empty name, name taken (L16)
  unregistered,       // the handle belongs to no slot; the host was not asked (L18)
  set_failed,         // the host did not take the value; it has been destroyed (L20)
  null_callback,      // a null function pointer or an empty std::function
  text_contains_nul,  // a JSON key or text has a NUL inside: the host would see another one
  json_refused,       // it does not fit what is open, is not UTF-8, or the host is out of memory
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
      return "Suricata did not take the value";
    case Error::null_callback:
      return "the callback is null";
    case Error::text_contains_nul:
      return "the key or text contains a NUL character";
    case Error::json_refused:
      return "the JSON builder refused";
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

// What get_or_insert_with returns: an expected<T*> whose value is never null, with the same
// members, and which becomes one when it is returned or assigned as one. Its own type, because the
// null check is then the only one there is: g++ 12 keeps a whole expected in memory on the way of
// every packet.
template <class T>
class Inserted {
 public:
  Inserted(T* value) noexcept : value_(value) {}  // NOLINT(google-explicit-constructor)
  Inserted(unexpected error) noexcept             // NOLINT(google-explicit-constructor)
      : error_(expected<T*>(error).error()) {}

  bool has_value() const noexcept { return value_ != nullptr; }
  explicit operator bool() const noexcept { return value_ != nullptr; }
  // With a value only.
  T* operator*() const noexcept { return value_; }
  T* const* operator->() const noexcept { return &value_; }
  T* value_or(T* other) const noexcept { return value_ != nullptr ? value_ : other; }
  // Without one only.
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
