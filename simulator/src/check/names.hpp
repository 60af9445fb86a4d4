// Words that several rules use.
#pragma once

#include <suricata/util-storage.h>

#include <cstdint>

namespace surisim::check {

// Owner of slots that Suricata registers for itself (L19).
inline constexpr std::uint32_t kSuricata = static_cast<std::uint32_t>(-2);

// "thread", "flow", …
constexpr const char* type_name(StorageEnum type) {
  constexpr const char* kNames[] = {"host", "flow", "ippair", "device", "thread"};
  return static_cast<unsigned>(type) < STORAGE_MAX ? kNames[type] : "unknown";
}

}  // namespace surisim::check
