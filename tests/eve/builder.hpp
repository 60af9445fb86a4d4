// A JSON builder that frees itself, for tests.
#pragma once

#include <suricata/rust.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace test {

class Builder {
 public:
  static Builder object() { return Builder(SCJbNewObject()); }
  static Builder array() { return Builder(SCJbNewArray()); }

  explicit Builder(SCJsonBuilder* js) : js_(js) {}
  ~Builder() { SCJbFree(js_); }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  operator SCJsonBuilder*() const { return js_; }  // NOLINT: it stands for one
  std::string text() const { return {reinterpret_cast<const char*>(SCJbPtr(js_)), SCJbLen(js_)}; }

 private:
  SCJsonBuilder* const js_;
};

inline const std::uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}
inline std::uint32_t length(std::string_view text) {
  return static_cast<std::uint32_t>(text.size());
}

}  // namespace test
