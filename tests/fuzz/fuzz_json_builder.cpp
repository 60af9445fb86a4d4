// The JSON builder of SCJb*. Input: calls, one byte each, and their arguments. Oracle: if
// everything is closed, the text is JSON, unless something was written unchecked (a member, a key,
// another builder that is still open) or a mark was restored.
#include <suricata/rust-bindings.h>

#include <array>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "input.hpp"

namespace {

struct Builder {
  SCJsonBuilder* js = nullptr;
  bool raw = false;  // then the text need not be JSON
  int open = 0;

  Builder() = default;
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;
  ~Builder() { SCJbFree(js); }

  void make(bool object) {
    SCJbFree(js);
    js = object ? SCJbNewObject() : SCJbNewArray();
    fuzz::check(js != nullptr, "no builder");
    restart();
  }
  void restart() {
    raw = false;
    open = 1;
  }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(SCJbPtr(js)), SCJbLen(js)};
  }
};

bool is_plain(std::string_view key) {
  for (const char c : key) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') return false;
  }
  return true;
}

double number(std::uint64_t bits) {
  double value = 0;
  static_assert(sizeof value == sizeof bits);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

class Calls {
 public:
  Calls(const std::uint8_t* data, std::size_t size) : input_(data, size) {
    for (Builder& one : builders_) one.make(true);
  }

  void run() {
    while (!input_.empty()) {
      Builder& b = builders_[input_.u8() % builders_.size()];
      const std::uint8_t call = input_.u8();
      if (call < 0x60) {
        set(b, call % 9);
      } else if (call < 0xa0) {
        append(b, call % 5);
      } else {
        change(b, call % 11);
      }
    }
    for (Builder& one : builders_) finish(one);
  }

 private:
  std::string key(Builder& b) {
    std::string text = input_.text(input_.u8() % 16);
    b.raw |= !is_plain(text);
    return text;
  }
  std::vector<std::uint8_t> value() { return input_.bytes(input_.u8()); }

  void set(Builder& b, int call) {
    const std::string k = key(b);
    const std::vector<std::uint8_t> v = value();
    const auto size = static_cast<std::uint32_t>(v.size());
    const std::string text(v.begin(), std::find(v.begin(), v.end(), 0));
    switch (call) {
      case 0:
        SCJbSetString(b.js, k.c_str(), text.c_str());
        break;
      case 1:
        SCJbSetStringFromBytes(b.js, k.c_str(), v.data(), size);
        break;
      case 2:
        SCJbSetPrintAsciiString(b.js, k.c_str(), v.data(), size);
        break;
      case 3:
        SCJbSetBase64(b.js, k.c_str(), v.data(), size);
        break;
      case 4:
        SCJbSetHex(b.js, k.c_str(), v.data(), size);
        break;
      case 5:
        SCJbSetUint(b.js, k.c_str(), input_.u64());
        break;
      case 6:
        SCJbSetInt(b.js, k.c_str(), static_cast<std::int64_t>(input_.u64()));
        break;
      case 7:
        SCJbSetFloat(b.js, k.c_str(), number(input_.u64()));
        break;
      default:
        SCJbSetBool(b.js, k.c_str(), size % 2 != 0);
        break;
    }
  }

  void append(Builder& b, int call) {
    const std::vector<std::uint8_t> v = value();
    const auto size = static_cast<std::uint32_t>(v.size());
    const std::string text(v.begin(), std::find(v.begin(), v.end(), 0));
    switch (call) {
      case 0:
        SCJbAppendString(b.js, text.c_str());
        break;
      case 1:
        SCJbAppendStringFromBytes(b.js, v.data(), size);
        break;
      case 2:
        SCJbAppendBase64(b.js, v.data(), size);
        break;
      case 3:
        SCJbAppendUint(b.js, input_.u64());
        break;
      default:
        SCJbAppendFloat(b.js, number(input_.u64()));
        break;
    }
  }

  void change(Builder& b, int call) {
    Builder& other = builders_[input_.u8() % builders_.size()];
    switch (call) {
      case 0:
        b.open += SCJbOpenObject(b.js, key(b).c_str()) ? 1 : 0;
        break;
      case 1:
        b.open += SCJbOpenArray(b.js, key(b).c_str()) ? 1 : 0;
        break;
      case 2:
        b.open += SCJbStartObject(b.js) ? 1 : 0;
        break;
      case 3:
        b.open -= SCJbClose(b.js) ? 1 : 0;
        break;
      case 4:
        nest(b, other, [&] { return SCJbSetObject(b.js, key(b).c_str(), other.js); });
        break;
      case 5:
        nest(b, other, [&] { return SCJbAppendObject(b.js, other.js); });
        break;
      case 6:
        b.raw |= SCJbSetFormatted(b.js, input_.text(input_.u8()).c_str());
        break;
      case 7:
        SCJbReset(b.js);
        b.restart();
        break;
      case 8:
        SCJbGetMark(b.js, &mark_);
        break;
      case 9:
        if (SCJbRestoreMark(b.js, &mark_)) b.raw = true;
        break;
      default:
        copy(b, other);
        break;
    }
  }

  template <class Write>
  void nest(Builder& b, const Builder& other, Write write) {
    // Only small ones, as each doubles the other's text.
    const bool small = SCJbLen(other.js) < 4096 && SCJbLen(b.js) < 65536;
    if (small && write()) b.raw |= other.raw || other.open != 0;
  }

  void copy(Builder& b, const Builder& other) {
    if (&b == &other || SCJbLen(other.js) > 65536) return;
    SCJsonBuilder* const made = SCJbClone(other.js);
    fuzz::check(made != nullptr, "no clone");
    SCJbFree(b.js);
    b.js = made;
    b.raw = other.raw;
    b.open = other.open;
    fuzz::check(b.text() == other.text(), "a clone has another text");
  }

  static void finish(Builder& b) {
    while (SCJbClose(b.js)) --b.open;
    fuzz::check(SCJbCapacity(b.js) >= SCJbLen(b.js), "a text longer than its capacity");
    if (b.raw) return;
    fuzz::check(b.open == 0, "levels are open that cannot be closed");
    fuzz::check(nlohmann::json::accept(b.text()), "not JSON");
  }

  fuzz::Input input_;
  std::array<Builder, 3> builders_;
  SCJsonBuilderMark mark_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Calls(data, size).run();
  return 0;
}
