// strlcpy and strlcat, which Suricata exports where the C library has none, so that its plugins
// call Suricata's. Source: util-strlcpyu.c, util-strlcatu.c.
#include <suricata/suricata-common.h>

#include <algorithm>
#include <cstring>

#include "abi/host_function.hpp"

#if !__GLIBC_PREREQ(2, 38)

SURISIM_ABI size_t strlcpy(char* dst, const char* src, size_t siz) {
  SURISIM_NOT_NULL(src);
  const std::size_t length = std::strlen(src);
  if (siz == 0) return length;
  SURISIM_NOT_NULL(dst);
  const std::size_t copied = std::min(length, siz - 1);
  std::memcpy(dst, src, copied);
  dst[copied] = '\0';
  return length;
}

SURISIM_ABI size_t strlcat(char* dst, const char* src, size_t siz) {
  SURISIM_NOT_NULL(src);
  if (siz == 0) return std::strlen(src);
  SURISIM_NOT_NULL(dst);
  const std::size_t before = ::strnlen(dst, siz);
  if (before == siz) return before + std::strlen(src);
  return before + strlcpy(dst + before, src, siz - before);
}

#endif
