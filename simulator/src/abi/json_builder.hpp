// The JSON builder behind SCJb*: the text, and a stack of its open objects and arrays.
//
// Functions return false if they do not fit the innermost open level, or out of memory; what was
// written before remains, as in Suricata. Keys are written without escaping.
//
// When:    at any time; no engine needs to run.
// Owner:   the caller of create() and clone().
// Threads: one at a time.
// Source:  jsonbuilder.rs, and how the Rust library formats strings and numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "abi/faults.hpp"
#include "abi/host_function.hpp"

namespace surisim::abi {

// An array that grows at its end. It reports running out of memory without exceptions.
template <class T>
class JsonMemory {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  const T* data() const { return data_.get(); }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }

  // Sets the capacity, which must not be below size(). False: out of memory, nothing has changed.
  bool set_capacity(std::size_t capacity) {
    const HostScope host;
    if (fails(FaultPoint::host_alloc, "a JSON builder", nullptr)) return false;
    std::unique_ptr<T[]> grown(new (std::nothrow) T[capacity]);
    if (grown == nullptr) return false;
    std::copy_n(data_.get(), size_, grown.get());
    data_ = std::move(grown);
    capacity_ = capacity;
    return true;
  }

  // Appends `count` elements, for the caller to fill. Grows by at least `step`, and to at least
  // twice the capacity. Null: out of memory, nothing has changed.
  T* extend(std::size_t count, std::size_t step) {
    if (capacity_ - size_ < count &&
        !set_capacity(std::max(2 * capacity_, size_ + std::max(count, step))))
      return nullptr;
    T* const fresh = data_.get() + size_;
    size_ += count;
    return fresh;
  }

  // `size` must not be above size().
  void truncate(std::size_t size) { size_ = size; }

 private:
  std::unique_ptr<T[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// Writes base64_size(bytes) characters of the standard alphabet, padded.
inline std::size_t base64_size(std::string_view bytes) { return (bytes.size() + 2) / 3 * 4; }
void write_base64(std::string_view bytes, char* out);

// True for what Rust accepts as a string: no overlong forms, no surrogates, at most U+10FFFF.
bool is_utf8(std::string_view text);

// How a string's bytes are written; `"` and `\` are always escaped.
enum class JsonBytes {
  utf8,       // control characters are escaped
  hex_high,   // the same, and bytes above 0x7f become the text \xHH
  printable,  // bytes other than printable ASCII, CR and LF become dots
};

class JsonBuilder {
 public:
  // The innermost open level, and whether it is still empty. Marks contain these numbers.
  enum class State : std::uint8_t { none, object_first, object_nth, array_first, array_nth };
  struct Mark {
    std::uint64_t position, state_index, state;
  };

  // `initial`: object_first or array_first. Null: out of memory.
  static std::unique_ptr<JsonBuilder> create(State initial);
  std::unique_ptr<JsonBuilder> clone() const;
  void reset();

  std::string_view text() const { return {text_.data(), text_.size()}; }
  std::size_t capacity() const { return text_.capacity(); }
  // One more than the number of open objects and arrays.
  std::size_t depth() const { return states_.size(); }

  bool open_object(std::string_view key);
  bool open_array(std::string_view key);
  bool start_object();
  bool close();

  Mark mark() const;
  // False, without effect: the mark cannot be of this builder. Returns true without effect unless
  // both the text and the stack have grown since the mark: members added to the level that was open
  // at the mark remain.
  bool restore(const Mark& mark);

  bool set_escaped(std::string_view key, std::string_view bytes, JsonBytes kind);
  bool set_base64(std::string_view key, std::string_view bytes);
  bool set_hex(std::string_view key, std::string_view bytes);
  bool set_uint(std::string_view key, std::uint64_t value);
  bool set_int(std::string_view key, std::int64_t value);
  bool set_float(std::string_view key, double value);
  // `"key":`, then `json` unchanged.
  bool set_json(std::string_view key, std::string_view json);
  // `member` unchanged.
  bool set_formatted(std::string_view member);

  bool append_escaped(std::string_view bytes, JsonBytes kind);
  bool append_base64(std::string_view bytes);
  bool append_uint(std::uint64_t value);
  bool append_float(double value);
  bool append_json(std::string_view json);

 private:
  explicit JsonBuilder(State initial) : initial_(initial) {}

  // Of the innermost level; none if restoring a mark has removed all levels.
  State state() const { return states_.size() == 0 ? State::none : states_.back(); }

  bool write(std::string_view json);
  // Room for `size` characters between quotes. Null: out of memory.
  char* quoted(std::size_t size);
  bool write_escaped(std::string_view bytes, JsonBytes kind);
  bool write_base64(std::string_view bytes);
  bool write_hex(std::string_view bytes);
  bool write_uint(std::uint64_t value);
  bool write_float(double value);

  // Write a comma if one is needed. False if the innermost level is not an object, or not an array.
  bool next_member();
  bool next_element();
  bool write_key(std::string_view key);
  bool push(State state);

  const State initial_;
  JsonMemory<char> text_;
  JsonMemory<State> states_;  // starts with none, then `initial_`
};

}  // namespace surisim::abi
