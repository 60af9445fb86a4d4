// The JSON builder behind SCJb...: text, and a stack of what is open in it.
//
// Owner:   the caller of create() and clone().
// Threads: one at a time.
// Source:  jsonbuilder.rs. Functions return false when they do not fit what is open, and out of
//          memory; out of memory, what was written until then stays, as there. Keys are written as
//          they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "abi/json_memory.hpp"
#include "abi/json_text.hpp"

namespace surisim::abi {

class JsonBuilder {
 public:
  // What is open innermost, and whether it is still empty. The numbers are those of marks.
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

  bool open_object(std::string_view key);
  bool open_array(std::string_view key);
  bool start_object();
  bool close();

  Mark mark() const;
  // False, and nothing is done, for a mark that cannot be of this builder. Nothing is done and true
  // returned unless both the text and the stack have grown: members added to a level that was open
  // at the mark stay.
  bool restore(const Mark& mark);

  bool set_escaped(std::string_view key, std::string_view bytes, JsonBytes kind);
  bool set_base64(std::string_view key, std::string_view bytes);
  bool set_hex(std::string_view key, std::string_view bytes);
  bool set_uint(std::string_view key, std::uint64_t value);
  bool set_int(std::string_view key, std::int64_t value);
  bool set_float(std::string_view key, double value);
  // `"key":` and `json` as it is.
  bool set_json(std::string_view key, std::string_view json);
  // `member` as it is.
  bool set_formatted(std::string_view member);

  bool append_escaped(std::string_view bytes, JsonBytes kind);
  bool append_base64(std::string_view bytes);
  bool append_uint(std::uint64_t value);
  bool append_float(double value);
  bool append_json(std::string_view json);

 private:
  explicit JsonBuilder(State initial) : initial_(initial) {}

  // Innermost; none when a mark has left nothing.
  State state() const { return states_.size() == 0 ? State::none : states_.back(); }

  bool write(std::string_view json);
  // Room for `size` characters between quotes. Null: out of memory.
  char* quoted(std::size_t size);
  bool write_escaped(std::string_view bytes, JsonBytes kind);
  bool write_base64(std::string_view bytes);
  bool write_hex(std::string_view bytes);
  bool write_uint(std::uint64_t value);
  bool write_float(double value);

  // A comma where one is due. False when the innermost level is no object, or no array.
  bool next_member();
  bool next_element();
  bool write_key(std::string_view key);
  bool push(State state);

  const State initial_;
  JsonMemory<char> text_;
  JsonMemory<State> states_;  // starts with none, then `initial_`
};

}  // namespace surisim::abi
