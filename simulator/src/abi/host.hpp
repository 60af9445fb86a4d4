// The Suricata that is simulated: what differs between its versions, as data.
//
// When:    host() once the engine knows its version: at the latest when its plugins are loaded.
// Owner:   constants.
// Threads: any.
// Source:  facts E1 to E59, in docs/facts.md.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/output-json.h>
#include <suricata/threadvars.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "abi/layout_table.h"
#include "decode/decode.hpp"
#include "surisim/options.hpp"

namespace surisim::abi {

// A field whose offset depends on the version.
template <class Object, class T>
class Field {
 public:
  T& operator()(Object& object) const noexcept {
    return *reinterpret_cast<T*>(reinterpret_cast<char*>(&object) + at_);
  }
  const T& operator()(const Object& object) const noexcept {
    return *reinterpret_cast<const T*>(reinterpret_cast<const char*>(&object) + at_);
  }
  std::uint16_t at() const noexcept { return at_; }

 private:
  std::uint16_t at_;
};

// The same tables as struct surisim_layout, with the fields' types.
#define SURISIM_IN_THREAD(type, field) Field<ThreadVars, type> field;
#define SURISIM_IN_FLOW(type, field) Field<Flow, type> field;
#define SURISIM_IN_PACKET(type, field) Field<Packet, type> field;
struct ThreadLayout {
  SURISIM_THREAD_FIELDS(SURISIM_IN_THREAD)
  std::uint16_t size;  // up to the storage
  std::uint16_t group_name_at;
  std::uint16_t counters;  // what counter functions get, within ThreadVars; 0: the whole (E32)
  std::uint16_t counter_list;
  std::uint16_t counter_ids;
  std::uint16_t counter_values;
  // The name of the thread's group; nullptr: this version has no such field (E42).
  char** group_name(ThreadVars& tv) const noexcept {
    return group_name_at == 0
               ? nullptr
               : reinterpret_cast<char**>(reinterpret_cast<char*>(&tv) + group_name_at);
  }
  Storage* storage(const ThreadVars* tv) const noexcept {
    return const_cast<Storage*>(
        reinterpret_cast<const Storage*>(reinterpret_cast<const char*>(tv) + size));
  }
};
struct FlowLayout {
  SURISIM_FLOW_FIELDS(SURISIM_IN_FLOW)
  std::uint16_t size;  // up to the storage
  std::uint16_t livedev;
  std::uint16_t livedev_size;
};
struct PacketLayout {
  SURISIM_PACKET_FIELDS(SURISIM_IN_PACKET)
  std::uint16_t size;
  std::uint16_t l4_sctp;
  std::uint16_t l4_esp;
  Field<Packet, std::uint64_t> pcap_cnt;
  std::uint16_t livedev;
};
#undef SURISIM_IN_THREAD
#undef SURISIM_IN_FLOW
#undef SURISIM_IN_PACKET
struct EveLayout {
  std::uint16_t compress_ipv6;  // 0: this version has no such setting
  std::uint16_t include_suricata_version;
  std::uint16_t community_id_seed;
  bool compresses_ipv6(const OutputJsonCommonSettings& settings) const noexcept {
    return compress_ipv6 != 0 && *at(settings, compress_ipv6);
  }
  bool includes_version(const OutputJsonCommonSettings& settings) const noexcept {
    return *at(settings, include_suricata_version);
  }
  void set_includes_version(OutputJsonCommonSettings& settings, bool include) const noexcept {
    *at(settings, include_suricata_version) = include;
  }
  std::uint16_t& seed(OutputJsonCommonSettings& settings) const noexcept {
    return *reinterpret_cast<std::uint16_t*>(at(settings, community_id_seed));
  }
  std::uint16_t seed(const OutputJsonCommonSettings& settings) const noexcept {
    return *reinterpret_cast<std::uint16_t*>(at(settings, community_id_seed));
  }
  void set_compress_ipv6(OutputJsonCommonSettings& settings, bool compress) const noexcept {
    if (compress_ipv6 != 0) *at(settings, compress_ipv6) = compress;
  }

 private:
  static bool* at(const OutputJsonCommonSettings& settings, std::uint16_t offset) noexcept {
    auto& bytes = const_cast<OutputJsonCommonSettings&>(settings);
    return reinterpret_cast<bool*>(reinterpret_cast<char*>(&bytes) + offset);
  }
};
struct Layout {
  ThreadLayout thread;
  FlowLayout flow;
  PacketLayout packet;
  EveLayout eve;
};
static_assert(sizeof(Layout) == sizeof(surisim_layout));

struct Host {
  Suricata version;
  const char* name;                // "8.0"
  const char* release;             // as SCPlugin.suricata_version has it
  std::uint64_t api_version;       // SC_API_VERSION
  bool caches_thresholds;          // in the thread slot threshold_cache (L19, E12)
  bool always_has_heartbeat;       // thread HB without any setting (E35)
  const char* heartbeat_function;  // creates that thread
  bool shortens_with_dots;         // shortens long device names with ".." instead of "~" (E38)
  std::uint64_t stream_depth;      // default of stream.reassembly.depth in bytes; 0: no limit (E48)
  bool average_has_two_ids;        // a counter of averages takes two ids (E34)
  int prefix;                      // how many characters of "SC" its storage functions lack (E28)
  decode::Dialect decoding;        // E52 to E54
  const Layout& layout;
};

const Host& host_of(Suricata version);

namespace detail {
extern std::atomic<const Host*> running_host;      // read by other threads for a summary
extern std::atomic<const Layout*> running_layout;  // its layout; read for each packet
}  // namespace detail
inline const Host& host() noexcept { return *detail::running_host.load(std::memory_order_relaxed); }
// [main] when an engine is created, and when its plugins are loaded
void set_host(const Host& host);

// The name of a storage function in this version. `function`: its name in 9.0, a string literal.
inline const char* storage_function(const char* function) noexcept {
  return function + host().prefix;
}

inline const Layout& layout() noexcept {
  return *detail::running_layout.load(std::memory_order_relaxed);
}
inline const ThreadLayout& in_thread() noexcept { return layout().thread; }
inline const FlowLayout& in_flow() noexcept { return layout().flow; }
inline const PacketLayout& in_packet() noexcept { return layout().packet; }

}  // namespace surisim::abi
