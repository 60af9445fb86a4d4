// SCJb*: the JSON builder's C functions. They check what C code passes, and call the builder.
// Source: jsonbuilder.rs, the functions at its end.
#include <suricata/rust-bindings.h>

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

// Nothing for NULL, with which Suricata crashes, and for what is not UTF-8.
std::optional<string_view> string(const char* text) {
  if (text == nullptr || !surisim::abi::is_utf8(text)) return std::nullopt;
  return text;
}

// Nothing for no bytes.
std::optional<string_view> bytes(const uint8_t* first, uint32_t len) {
  if (first == nullptr || len == 0) return std::nullopt;
  return string_view(reinterpret_cast<const char*>(first), len);
}

// Another builder's text. Nothing for a builder in itself: Rust has no meaning for that.
std::optional<string_view> other(const SCJsonBuilder* js, const SCJsonBuilder* val) {
  if (val == nullptr || val == js) return std::nullopt;
  return builder(val)->text();
}

JsonBytes kind_of(string_view bytes) {
  return surisim::abi::is_utf8(bytes) ? JsonBytes::utf8 : JsonBytes::hex_high;
}

// Has `write(builder)` write when there is a builder and all that it needs.
template <class Write, class... Needs>
bool with(SCJsonBuilder* js, Write write, const std::optional<Needs>&... needs) {
  return js != nullptr && (needs.has_value() && ...) && write(*builder(js), *needs...);
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
  return with(
      js, [](JsonBuilder& b, string_view k) { return b.open_object(k); }, string(key));
}

SURISIM_ABI bool SCJbOpenArray(SCJsonBuilder* js, const char* key) {
  return with(
      js, [](JsonBuilder& b, string_view k) { return b.open_array(k); }, string(key));
}

SURISIM_ABI bool SCJbStartObject(SCJsonBuilder* js) {
  return js != nullptr && builder(js)->start_object();
}

SURISIM_ABI bool SCJbClose(SCJsonBuilder* js) { return js != nullptr && builder(js)->close(); }

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
  return with(
      js,
      [](JsonBuilder& b, string_view k, string_view v) {
        return b.set_escaped(k, v, JsonBytes::utf8);
      },
      string(key), string(val));
}

SURISIM_ABI bool SCJbSetStringFromBytes(SCJsonBuilder* js, const char* key, const uint8_t* first,
                                        uint32_t len) {
  return with(
      js,
      [](JsonBuilder& b, string_view k, string_view v) { return b.set_escaped(k, v, kind_of(v)); },
      string(key), bytes(first, len));
}

SURISIM_ABI bool SCJbSetPrintAsciiString(SCJsonBuilder* js, const char* key, const uint8_t* first,
                                         uint32_t len) {
  return with(
      js,
      [](JsonBuilder& b, string_view k, string_view v) {
        return b.set_escaped(k, v, JsonBytes::printable);
      },
      string(key), bytes(first, len));
}

SURISIM_ABI bool SCJbSetBase64(SCJsonBuilder* js, const char* key, const uint8_t* first,
                               uint32_t len) {
  return with(
      js, [](JsonBuilder& b, string_view k, string_view v) { return b.set_base64(k, v); },
      string(key), bytes(first, len));
}

SURISIM_ABI bool SCJbSetHex(SCJsonBuilder* js, const char* key, const uint8_t* first,
                            uint32_t len) {
  return with(
      js, [](JsonBuilder& b, string_view k, string_view v) { return b.set_hex(k, v); }, string(key),
      bytes(first, len));
}

SURISIM_ABI bool SCJbSetUint(SCJsonBuilder* js, const char* key, uint64_t val) {
  return with(
      js, [val](JsonBuilder& b, string_view k) { return b.set_uint(k, val); }, string(key));
}

SURISIM_ABI bool SCJbSetInt(SCJsonBuilder* js, const char* key, int64_t val) {
  return with(
      js, [val](JsonBuilder& b, string_view k) { return b.set_int(k, val); }, string(key));
}

SURISIM_ABI bool SCJbSetFloat(SCJsonBuilder* js, const char* key, double val) {
  return with(
      js, [val](JsonBuilder& b, string_view k) { return b.set_float(k, val); }, string(key));
}

SURISIM_ABI bool SCJbSetBool(SCJsonBuilder* js, const char* key, bool val) {
  return with(
      js, [val](JsonBuilder& b, string_view k) { return b.set_json(k, val ? "true" : "false"); },
      string(key));
}

SURISIM_ABI bool SCJbSetObject(SCJsonBuilder* js, const char* key, SCJsonBuilder* val) {
  return with(
      js, [](JsonBuilder& b, string_view k, string_view v) { return b.set_json(k, v); },
      string(key), other(js, val));
}

SURISIM_ABI bool SCJbSetFormatted(SCJsonBuilder* js, const char* formatted) {
  return with(
      js, [](JsonBuilder& b, string_view f) { return b.set_formatted(f); }, string(formatted));
}

SURISIM_ABI bool SCJbAppendString(SCJsonBuilder* js, const char* val) {
  return with(
      js, [](JsonBuilder& b, string_view v) { return b.append_escaped(v, JsonBytes::utf8); },
      string(val));
}

SURISIM_ABI bool SCJbAppendStringFromBytes(SCJsonBuilder* js, const uint8_t* first, uint32_t len) {
  return with(
      js, [](JsonBuilder& b, string_view v) { return b.append_escaped(v, kind_of(v)); },
      bytes(first, len));
}

SURISIM_ABI bool SCJbAppendBase64(SCJsonBuilder* js, const uint8_t* first, uint32_t len) {
  return with(
      js, [](JsonBuilder& b, string_view v) { return b.append_base64(v); }, bytes(first, len));
}

SURISIM_ABI bool SCJbAppendUint(SCJsonBuilder* js, uint64_t val) {
  return js != nullptr && builder(js)->append_uint(val);
}

SURISIM_ABI bool SCJbAppendFloat(SCJsonBuilder* js, double val) {
  return js != nullptr && builder(js)->append_float(val);
}

SURISIM_ABI bool SCJbAppendObject(SCJsonBuilder* jb, const SCJsonBuilder* obj) {
  return with(
      jb, [](JsonBuilder& b, string_view v) { return b.append_json(v); }, other(jb, obj));
}
