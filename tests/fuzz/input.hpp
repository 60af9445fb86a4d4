// How a fuzz target reads its input and reports a failure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace fuzz {

// Bytes from the front; 0 and empty at the end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : next_(data), left_(size) {}

  bool empty() const { return left_ == 0; }
  std::uint8_t u8() {
    if (left_ == 0) return 0;
    --left_;
    return *next_++;
  }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  std::uint64_t u64() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | u8();
    return value;
  }
  // A copy, so that the sanitizer knows its end.
  std::vector<std::uint8_t> bytes(std::size_t size) {
    size = std::min(size, left_);
    std::vector<std::uint8_t> taken(next_, next_ + size);
    next_ += size;
    left_ -= size;
    return taken;
  }
  // Up to a NUL, which a C string cannot have.
  std::string text(std::size_t size) {
    const std::vector<std::uint8_t> taken = bytes(size);
    return {taken.begin(), std::find(taken.begin(), taken.end(), 0)};
  }

 private:
  const std::uint8_t* next_;
  std::size_t left_;
};

inline void check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::abort();
}

}  // namespace fuzz
