// An IPv4 or IPv6 address.
//
// When:    at any time.
// Owner:   a value.
// Threads: any.
// Source:  flow.rs of the Rust crate, which returns std::net::IpAddr in the same places.
#pragma once

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace suricata_ffi {

class IpAddr {
 public:
  // From octets in network order.
  static IpAddr v4(std::span<const std::uint8_t, 4> octets) noexcept { return IpAddr(octets); }
  static IpAddr v6(std::span<const std::uint8_t, 16> octets) noexcept { return IpAddr(octets); }

  bool is_ipv4() const noexcept { return size_ == 4; }
  bool is_ipv6() const noexcept { return size_ == 16; }

  // 4 or 16 octets in network order.
  std::span<const std::uint8_t> octets() const noexcept { return {octets_.data(), size_}; }

  // "192.0.2.1", "2001:db8::1"
  std::string to_string() const {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(is_ipv4() ? AF_INET : AF_INET6, octets_.data(), text, sizeof text);
    return text;
  }

  friend bool operator==(const IpAddr&, const IpAddr&) noexcept = default;

 private:
  explicit IpAddr(std::span<const std::uint8_t> octets) noexcept : size_(octets.size()) {
    std::copy(octets.begin(), octets.end(), octets_.begin());
  }

  std::array<std::uint8_t, 16> octets_{};
  std::size_t size_;
};

}  // namespace suricata_ffi
