// What the process with the plugin tells the one that watches it: letters in shared memory, which
// no end of the process can take back, and no closing of file descriptors can keep from coming.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace surisim::cli {

// All zeros at first, as the memory comes. Threads: any number may send at a time.
class Mailbox {
 public:
  enum class Kind : std::uint32_t { none, result, violation };

  struct Letter {
    Kind kind = Kind::none;
    std::string text;
  };

  // False: there is no room left, and the letter is lost.
  bool send(Kind kind, std::string_view text) noexcept {
    const std::size_t bytes = footprint(text.size());
    const std::size_t at = end_.fetch_add(bytes, std::memory_order_relaxed);
    if (at > kBytes || bytes > kBytes - at) return false;
    Header& header = *header_at(at);
    header.size.store(text.size(), std::memory_order_relaxed);
    std::memcpy(data_.data() + at + sizeof(Header), text.data(), text.size());
    header.kind.store(static_cast<std::uint32_t>(kind), std::memory_order_release);
    return true;
  }

  // What has come so far, in order. A letter whose sender died while writing it is left out.
  std::vector<Letter> read() const {
    std::vector<Letter> letters;
    const std::size_t end = end_.load(std::memory_order_relaxed);
    for (std::size_t at = 0; at < end && at <= kBytes - sizeof(Header);) {
      const Header& header = *header_at(at);
      const auto kind = static_cast<Kind>(header.kind.load(std::memory_order_acquire));
      const std::size_t size = header.size.load(std::memory_order_relaxed);
      if (size == 0 || footprint(size) > kBytes - at) break;
      if (kind != Kind::none)
        letters.push_back({kind, std::string(data_.data() + at + sizeof(Header), size)});
      at += footprint(size);
    }
    return letters;
  }

 private:
  struct alignas(16) Header {
    std::atomic<std::uint64_t> size;
    std::atomic<std::uint32_t> kind;
  };
  // Many times what a run with the most threads and slots has to say; pages that nobody uses cost
  // nothing.
  static constexpr std::size_t kBytes = std::size_t{256} << 20;

  static constexpr std::size_t footprint(std::size_t size) {
    return sizeof(Header) + (size + alignof(Header) - 1) / alignof(Header) * alignof(Header);
  }
  Header* header_at(std::size_t at) { return reinterpret_cast<Header*>(data_.data() + at); }
  const Header* header_at(std::size_t at) const {
    return reinterpret_cast<const Header*>(data_.data() + at);
  }

  std::atomic<std::size_t> end_;
  alignas(16) std::array<char, kBytes> data_;
};

}  // namespace surisim::cli
