// PrintInet. Source: util-print.c.
#include <arpa/inet.h>
#include <suricata/util-debug.h>
#include <suricata/util-print.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "abi/export.hpp"

namespace {

constexpr socklen_t kIpv6Text = 40;  // eight groups of four, seven colons, NUL

const char* print_ipv6(const void* src, char* dst, socklen_t size) {
  if (size < kIpv6Text) {
    SCLogErr(SC_LOG_WARNING, __FILE__, "PrintInet", __LINE__, "print",
             "no room for an IPv6 address: %u bytes, %u are needed", size, kIpv6Text);
    return nullptr;
  }
  std::uint8_t b[16];
  std::memcpy(b, src, sizeof b);
  std::memset(dst, 0, size);
  for (std::size_t group = 0; group < 8; ++group)
    std::snprintf(dst + 5 * group, 6, group < 7 ? "%02x%02x:" : "%02x%02x", b[2 * group],
                  b[2 * group + 1]);
  return dst;
}

}  // namespace

SURISIM_ABI const char* PrintInet(int af, const void* src, char* dst, socklen_t size) {
  if (af == AF_INET) return ::inet_ntop(AF_INET, src, dst, size);
  if (af == AF_INET6) return print_ipv6(src, dst, size);
  SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "print", "no address family: %d", af);
  return nullptr;
}
