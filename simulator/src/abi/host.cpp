// The versions of Suricata that can be run.
#include "abi/host.hpp"

extern "C" {
extern const surisim::abi::Layout layout_8_0;
extern const surisim::abi::Layout layout_9_0;
}

namespace surisim::abi {

namespace {

const Host kSuricata80 = {
    .version = Suricata::v8_0,
    .name = "8.0",
    .release = "8.0.6",
    .api_version = 0x0800,
    .caches_thresholds = false,
    .always_has_heartbeat = false,
    .heartbeat_function = "LogFlushThreads",
    .shortens_with_dots = true,
    .stream_depth = 0,
    .average_has_two_ids = false,
    .prefix = 2,
    .decoding = {.etag = false, .sctp_chunks = false, .vxlan_strict = false, .vxlan_frame = false},
    .layout = layout_8_0};

const Host kSuricata90 = {
    .version = Suricata::v9_0,
    .name = "9.0",
    .release = "9.0.0-dev",
    .api_version = 0x0900,
    .caches_thresholds = true,
    .always_has_heartbeat = true,
    .heartbeat_function = "LogMaintenanceThreadSpawn",
    .shortens_with_dots = false,
    .stream_depth = 1'048'576,
    .average_has_two_ids = true,
    .prefix = 0,
    .decoding = {.etag = true, .sctp_chunks = true, .vxlan_strict = true, .vxlan_frame = true},
    .layout = layout_9_0};

}  // namespace

constinit std::atomic<const Host*> detail::running_host{&kSuricata90};
constinit std::atomic<const Layout*> detail::running_layout{&layout_9_0};

}  // namespace surisim::abi

namespace surisim {

const char* to_string(Suricata version) { return abi::host_of(version).name; }
const char* release_of(Suricata version) { return abi::host_of(version).release; }
std::uint64_t api_version_of(Suricata version) { return abi::host_of(version).api_version; }

}  // namespace surisim

namespace surisim::abi {

const Host& host_of(Suricata version) {
  return version == Suricata::v8_0 ? kSuricata80 : kSuricata90;
}

void set_host(const Host& host) {
  detail::running_host.store(&host, std::memory_order_relaxed);
  detail::running_layout.store(&host.layout, std::memory_order_relaxed);
}

}  // namespace surisim::abi
