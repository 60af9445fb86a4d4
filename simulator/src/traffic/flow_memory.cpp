// Reads the limits of flow memory from the configuration.
#include "traffic/flow_memory.hpp"

#include <fmt/format.h>
#include <strings.h>
#include <suricata/conf.h>
#include <suricata/flow-storage.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "abi/host.hpp"
#include "base/user_input.hpp"

namespace surisim::engine {

namespace {

constexpr std::uint64_t kRow = 64;  // bytes of a row of the hash

tl::unexpected<Error> refuse(const std::string& setting, const std::string& why) {
  return fail(ErrorCode::invalid_option,
              fmt::format("{}: {}; Suricata would not start", setting, why));
}

const char* value_of(const char* setting) {
  const char* value = nullptr;
  return SCConfGet(setting, &value) == 1 ? value : nullptr;
}

// "64mb", "1.5 GiB", "1024". As ParseSizeStringU64.
std::optional<std::uint64_t> size_of(const std::string& text) {
  constexpr double kKilo = 1024;
  constexpr const char* kSpace = " \t\r\n\f\v";
  char* end = nullptr;
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos || text[begin] < '0' || text[begin] > '9') return std::nullopt;
  const double number = std::strtod(text.c_str() + begin, &end);
  std::string unit = end;
  unit.erase(0, std::min(unit.find_first_not_of(kSpace), unit.size()));
  unit.erase(unit.find_last_not_of(kSpace) + 1);
  const auto is = [&unit](const char* two, const char* three) {
    return ::strcasecmp(unit.c_str(), two) == 0 || unit == three;
  };
  const double factor = unit.empty()      ? 1
                        : is("kb", "KiB") ? kKilo
                        : is("mb", "MiB") ? kKilo * kKilo
                        : is("gb", "GiB") ? kKilo * kKilo * kKilo
                                          : 0;
  const double bytes = number * factor;
  if (factor == 0 || !std::isfinite(bytes) || bytes >= std::ldexp(1.0, 64)) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

expected<FlowLimits> read_flow_limits() {
  FlowLimits limits;
  std::uint64_t memcap = std::uint64_t{32} << 20;
  if (const char* const text = value_of("flow.memcap")) {
    const auto size = size_of(text);
    if (!size)
      return refuse("flow.memcap",
                    fmt::format("expected a size such as 64mb, got \"{}\"", base::shown(text)));
    memcap = *size;
  }
  if (const char* const text = value_of("flow.hash-size")) {
    limits.rows = number_of(text).value_or(0);
    if (limits.rows == 0)
      return refuse("flow.hash-size", base::expected_count(1, UINT32_MAX, text));
  }
  std::uint64_t preallocated = 10'000;
  if (const char* const text = value_of("flow.prealloc"))
    preallocated = number_of(text).value_or(static_cast<std::uint32_t>(preallocated));
  if (memcap < limits.rows * kRow)
    return refuse("flow.memcap",
                  fmt::format("its {} bytes are too few for the {} of flow.hash-size", memcap,
                              limits.rows * kRow));
  limits.most = (memcap - limits.rows * kRow) / (abi::in_flow().size + SCFlowStorageSize());
  if (limits.most < preallocated)
    return refuse("flow.memcap", fmt::format("it has room for {} flows, fewer than the {} of "
                                             "flow.prealloc",
                                             limits.most, preallocated));
  std::uint64_t percent = 30;
  if (const char* const text = value_of("flow.emergency-recovery")) {
    const std::uint32_t given = number_of(text).value_or(0);
    if (given >= 1 && given <= 100) percent = given;
  }
  limits.recovered = preallocated * percent / 100;
  return limits;
}

void FlowMemory::searched() {
  const std::uint64_t used = used_.load(std::memory_order_relaxed);
  if (used < limits_.most && limits_.most - used > limits_.recovered)
    emergency_.store(false, std::memory_order_relaxed);
}

}  // namespace surisim::engine
