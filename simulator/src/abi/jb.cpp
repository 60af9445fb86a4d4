// SCJb*: the JSON builder's C functions. They check their arguments, and call the builder.
// Source: jsonbuilder.rs, the functions at its end.
#include <suricata/rust-bindings.h>

#include <functional>
#include <optional>
#include <string_view>

#include "abi/host_function.hpp"
#include "abi/json_builder.hpp"

using std::string_view;
using surisim::abi::JsonBuilder;
using surisim::abi::JsonBytes;

namespace {

SCJsonBuilder* raw(std::unique_ptr<JsonBuilder> made) {
  return reinterpret_cast<SCJsonBuilder*>(made.release());
}

JsonBuilder* builder(SCJsonBuilder* js) { return reinterpret_cast<JsonBuilder*>(js); }
const JsonBuilder* builder(const SCJsonBuilder* js) {
  return reinterpret_cast<const JsonBuilder*>(js);
}

// nullopt for NULL, with which Suricata crashes, and for text that is not UTF-8.
std::optional<string_view> string(const char* text) {
  if (text == nullptr || !surisim::abi::is_utf8(text)) return std::nullopt;
  return text;
}

// nullopt for no bytes.
std::optional<string_view> bytes(const uint8_t* first, uint32_t len) {
  if (first == nullptr || len == 0) return std::nullopt;
  return string_view(reinterpret_cast<const char*>(first), len);
}

// Another builder's text. nullopt for a builder in itself, which is undefined in Rust.
std::optional<string_view> other(const SCJsonBuilder* js, const SCJsonBuilder* val) {
  if (val == nullptr || val == js) return std::nullopt;
  return builder(val)->text();
}

JsonBytes kind_of(const std::optional<string_view>& bytes) {
  return !bytes || surisim::abi::is_utf8(*bytes) ? JsonBytes::utf8 : JsonBytes::hex_high;
}

template <class T>
bool is_given(const T&) {
  return true;
}
bool is_given(const std::optional<string_view>& text) { return text.has_value(); }

template <class T>
const T& value_of(const T& argument) {
  return argument;
}
string_view value_of(const std::optional<string_view>& text) { return *text; }

// Calls `write` on the builder. False: there is no builder, or an argument is nullopt.
template <class Write, class... Arguments>
bool call(Write write, SCJsonBuilder* js, const Arguments&... arguments) {
  return js != nullptr && (is_given(arguments) && ...) &&
         std::invoke(write, *builder(js), value_of(arguments)...);
}

}  // namespace

SURISIM_ABI SCJsonBuilder* SCJbNewObject(void) {
  return raw(JsonBuilder::create(JsonBuilder::State::object_first));
}

SURISIM_ABI SCJsonBuilder* SCJbNewArray(void) {
  return raw(JsonBuilder::create(JsonBuilder::State::array_first));
}

SURISIM_ABI SCJsonBuilder* SCJbClone(SCJsonBuilder* js) {
  return js == nullptr ? nullptr : raw(builder(js)->clone());
}

SURISIM_ABI void SCJbFree(SCJsonBuilder* js) { delete builder(js); }

SURISIM_ABI void SCJbReset(SCJsonBuilder* jb) {
  if (jb != nullptr) builder(jb)->reset();
}

SURISIM_ABI const uint8_t* SCJbPtr(SCJsonBuilder* js) {
  if (js == nullptr) return nullptr;
  return reinterpret_cast<const uint8_t*>(builder(js)->text().data());
}

SURISIM_ABI uintptr_t SCJbLen(const SCJsonBuilder* js) {
  return js == nullptr ? 0 : builder(js)->text().size();
}

SURISIM_ABI uintptr_t SCJbCapacity(SCJsonBuilder* jb) {
  return jb == nullptr ? 0 : builder(jb)->capacity();
}

SURISIM_ABI bool SCJbOpenObject(SCJsonBuilder* js, const char* key) {
  return call(&JsonBuilder::open_object, js, string(key));
}

SURISIM_ABI bool SCJbOpenArray(SCJsonBuilder* js, const char* key) {
  return call(&JsonBuilder::open_array, js, string(key));
}

SURISIM_ABI bool SCJbStartObject(SCJsonBuilder* js) { return call(&JsonBuilder::start_object, js); }

SURISIM_ABI bool SCJbClose(SCJsonBuilder* js) { return call(&JsonBuilder::close, js); }

SURISIM_ABI void SCJbGetMark(SCJsonBuilder* js, SCJsonBuilderMark* mark) {
  if (js == nullptr || mark == nullptr) return;
  const JsonBuilder::Mark now = builder(js)->mark();
  *mark = {now.position, now.state_index, now.state};
}

SURISIM_ABI bool SCJbRestoreMark(SCJsonBuilder* js, SCJsonBuilderMark* mark) {
  if (js == nullptr || mark == nullptr) return false;
  return builder(js)->restore({mark->position, mark->state_index, mark->state});
}

SURISIM_ABI bool SCJbSetString(SCJsonBuilder* js, const char* key, const char* val) {
  return call(&JsonBuilder::set_escaped, js, string(key), string(val), JsonBytes::utf8);
}

SURISIM_ABI bool SCJbSetStringFromBytes(SCJsonBuilder* js, const char* key, const uint8_t* first,
                                        uint32_t len) {
  const auto val = bytes(first, len);
  return call(&JsonBuilder::set_escaped, js, string(key), val, kind_of(val));
}

SURISIM_ABI bool SCJbSetPrintAsciiString(SCJsonBuilder* js, const char* key, const uint8_t* first,
                                         uint32_t len) {
  return call(&JsonBuilder::set_escaped, js, string(key), bytes(first, len), JsonBytes::printable);
}

SURISIM_ABI bool SCJbSetBase64(SCJsonBuilder* js, const char* key, const uint8_t* first,
                               uint32_t len) {
  return call(&JsonBuilder::set_base64, js, string(key), bytes(first, len));
}

SURISIM_ABI bool SCJbSetHex(SCJsonBuilder* js, const char* key, const uint8_t* first,
                            uint32_t len) {
  return call(&JsonBuilder::set_hex, js, string(key), bytes(first, len));
}

SURISIM_ABI bool SCJbSetUint(SCJsonBuilder* js, const char* key, uint64_t val) {
  return call(&JsonBuilder::set_uint, js, string(key), val);
}

SURISIM_ABI bool SCJbSetInt(SCJsonBuilder* js, const char* key, int64_t val) {
  return call(&JsonBuilder::set_int, js, string(key), val);
}

SURISIM_ABI bool SCJbSetFloat(SCJsonBuilder* js, const char* key, double val) {
  return call(&JsonBuilder::set_float, js, string(key), val);
}

SURISIM_ABI bool SCJbSetBool(SCJsonBuilder* js, const char* key, bool val) {
  return call(&JsonBuilder::set_json, js, string(key), string_view(val ? "true" : "false"));
}

SURISIM_ABI bool SCJbSetObject(SCJsonBuilder* js, const char* key, SCJsonBuilder* val) {
  return call(&JsonBuilder::set_json, js, string(key), other(js, val));
}

SURISIM_ABI bool SCJbSetFormatted(SCJsonBuilder* js, const char* formatted) {
  return call(&JsonBuilder::set_formatted, js, string(formatted));
}

SURISIM_ABI bool SCJbAppendString(SCJsonBuilder* js, const char* val) {
  return call(&JsonBuilder::append_escaped, js, string(val), JsonBytes::utf8);
}

SURISIM_ABI bool SCJbAppendStringFromBytes(SCJsonBuilder* js, const uint8_t* first, uint32_t len) {
  const auto val = bytes(first, len);
  return call(&JsonBuilder::append_escaped, js, val, kind_of(val));
}

SURISIM_ABI bool SCJbAppendBase64(SCJsonBuilder* js, const uint8_t* first, uint32_t len) {
  return call(&JsonBuilder::append_base64, js, bytes(first, len));
}

SURISIM_ABI bool SCJbAppendUint(SCJsonBuilder* js, uint64_t val) {
  return call(&JsonBuilder::append_uint, js, val);
}

SURISIM_ABI bool SCJbAppendFloat(SCJsonBuilder* js, double val) {
  return call(&JsonBuilder::append_float, js, val);
}

SURISIM_ABI bool SCJbAppendObject(SCJsonBuilder* jb, const SCJsonBuilder* obj) {
  return call(&JsonBuilder::append_json, jb, other(jb, obj));
}
