#include "abi/json_builder.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <new>

namespace surisim::abi {

namespace {

constexpr std::size_t kTextStep = 4096;
constexpr std::size_t kStateStep = 32;

constexpr char kOpen[] = {0, '{', '{', '[', '['};
constexpr char kClose[] = {0, '}', '}', ']', ']'};

constexpr std::size_t index(JsonBuilder::State state) { return static_cast<std::size_t>(state); }

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

std::unique_ptr<JsonBuilder> JsonBuilder::create(State initial) {
  const HostScope host;
  std::unique_ptr<JsonBuilder> made(new (std::nothrow) JsonBuilder(initial));
  if (made == nullptr || !made->text_.set_capacity(kTextStep) ||
      !made->states_.set_capacity(kStateStep))
    return nullptr;
  made->reset();
  return made;
}

std::unique_ptr<JsonBuilder> JsonBuilder::clone() const {
  const HostScope host;
  std::unique_ptr<JsonBuilder> made(new (std::nothrow) JsonBuilder(initial_));
  // Room for what reset() writes: a restored mark may have left less.
  if (made == nullptr || !made->text_.set_capacity(std::max<std::size_t>(text_.size(), 1)) ||
      !made->states_.set_capacity(std::max<std::size_t>(states_.size(), 2)))
    return nullptr;
  std::copy_n(text_.data(), text_.size(), made->text_.extend(text_.size(), 0));
  std::copy_n(states_.data(), states_.size(), made->states_.extend(states_.size(), 0));
  return made;
}

void JsonBuilder::reset() {
  text_.truncate(0);
  states_.truncate(0);
  *text_.extend(1, 0) = kOpen[index(initial_)];
  State* const states = states_.extend(2, 0);
  states[0] = State::none;
  states[1] = initial_;
}

bool JsonBuilder::open_object(std::string_view key) {
  return next_member() && write_key(key) && write("{") && push(State::object_first);
}

bool JsonBuilder::open_array(std::string_view key) {
  return next_member() && write_key(key) && write("[") && push(State::array_first);
}

bool JsonBuilder::start_object() {
  return next_element() && write("{") && push(State::object_first);
}

bool JsonBuilder::close() {
  if (state() == State::none || !write({&kClose[index(state())], 1})) return false;
  states_.truncate(states_.size() - 1);
  return true;
}

JsonBuilder::Mark JsonBuilder::mark() const {
  return {text_.size(), states_.size(), index(state())};
}

bool JsonBuilder::restore(const Mark& mark) {
  if (mark.state > index(State::array_nth)) return false;
  if (mark.position >= text_.size() || mark.state_index >= states_.size()) return true;
  // Suricata ends the process here.
  if (mark.state_index == 0 || !starts_character(text_.data()[mark.position])) return false;
  text_.truncate(mark.position);
  states_.truncate(mark.state_index);
  states_.back() = static_cast<State>(mark.state);
  return true;
}

bool JsonBuilder::set_escaped(std::string_view key, std::string_view bytes, JsonBytes kind) {
  return next_member() && write_key(key) && write_escaped(bytes, kind);
}

bool JsonBuilder::set_base64(std::string_view key, std::string_view bytes) {
  return next_member() && write_key(key) && write_base64(bytes);
}

bool JsonBuilder::set_hex(std::string_view key, std::string_view bytes) {
  return next_member() && write_key(key) && write_hex(bytes);
}

bool JsonBuilder::set_uint(std::string_view key, std::uint64_t value) {
  return next_member() && write_key(key) && write_uint(value);
}

bool JsonBuilder::set_int(std::string_view key, std::int64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, std::end(digits), value).ptr;
  return set_json(key, {digits, static_cast<std::size_t>(end - digits)});
}

bool JsonBuilder::set_float(std::string_view key, double value) {
  return next_member() && write_key(key) && write_float(value);
}

bool JsonBuilder::set_json(std::string_view key, std::string_view json) {
  return next_member() && write_key(key) && write(json);
}

bool JsonBuilder::set_formatted(std::string_view member) { return next_member() && write(member); }

bool JsonBuilder::append_escaped(std::string_view bytes, JsonBytes kind) {
  return next_element() && write_escaped(bytes, kind);
}

bool JsonBuilder::append_base64(std::string_view bytes) {
  return next_element() && write_base64(bytes);
}

bool JsonBuilder::append_uint(std::uint64_t value) { return next_element() && write_uint(value); }

bool JsonBuilder::append_float(double value) { return next_element() && write_float(value); }

bool JsonBuilder::append_json(std::string_view json) { return next_element() && write(json); }

bool JsonBuilder::write(std::string_view json) {
  char* const out = text_.extend(json.size(), kTextStep);
  if (out == nullptr) return false;
  std::copy_n(json.data(), json.size(), out);
  return true;
}

char* JsonBuilder::quoted(std::size_t size) {
  char* const out = text_.extend(size + 2, kTextStep);
  if (out == nullptr) return nullptr;
  out[0] = out[size + 1] = '"';
  return out + 1;
}

bool JsonBuilder::write_escaped(std::string_view bytes, JsonBytes kind) {
  char* const out = quoted(escaped_size(bytes, kind));
  if (out != nullptr) abi::write_escaped(bytes, kind, out);
  return out != nullptr;
}

bool JsonBuilder::write_base64(std::string_view bytes) {
  char* const out = quoted(base64_size(bytes));
  if (out != nullptr) abi::write_base64(bytes, out);
  return out != nullptr;
}

bool JsonBuilder::write_hex(std::string_view bytes) {
  char* const out = quoted(hex_size(bytes));
  if (out != nullptr) abi::write_hex(bytes, out);
  return out != nullptr;
}

bool JsonBuilder::write_uint(std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, std::end(digits), value).ptr;
  return write({digits, static_cast<std::size_t>(end - digits)});
}

bool JsonBuilder::write_float(double value) {
  JsonNumber memory;
  return write(float_text(value, memory));
}

bool JsonBuilder::next_member() {
  if (state() == State::object_nth) return write(",");
  if (state() != State::object_first) return false;
  states_.back() = State::object_nth;
  return true;
}

bool JsonBuilder::next_element() {
  if (state() == State::array_nth) return write(",");
  if (state() != State::array_first) return false;
  states_.back() = State::array_nth;
  return true;
}

bool JsonBuilder::write_key(std::string_view key) {
  return write("\"") && write(key) && write("\":");
}

bool JsonBuilder::push(State state) {
  State* const fresh = states_.extend(1, kStateStep);
  if (fresh == nullptr) return false;
  *fresh = state;
  return true;
}

}  // namespace surisim::abi
