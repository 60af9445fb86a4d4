// Compares the fields that callbacks must not change, from tables for the running version. First
// the whole objects are compared, which is faster: nearly always they are unchanged.
#include "abi/host_fields.hpp"

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace surisim::abi {
namespace {

constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

struct HostField {
  const char* name;
  std::size_t at;
  std::size_t size;
  std::uint64_t bits = kAllBits;  // which bits of a number are compared
};

// Flags that no other thread changes while a callback runs.
constexpr std::uint64_t kOwnThreadFlags = THV_INIT_DONE | THV_PAUSED | THV_FAILED | THV_CLOSED |
                                          THV_RUNNING_DONE | THV_FLOW_LOOP | THV_RUNNING;
// Plugins may set other flags, for example to bypass the flow.
constexpr std::uint64_t kOwnFlowFlags =
    FLOW_TO_SRC_SEEN | FLOW_TO_DST_SEEN | FLOW_IPV4 | FLOW_IPV6 | FLOW_DIR_REVERSED;
constexpr std::uint64_t kOwnPacketFlags =
    PKT_STREAM_EST | PKT_HAS_FLOW | PKT_PSEUDO_STREAM_END | PKT_IS_INVALID | PKT_WANTS_FLOW;

// NOLINTBEGIN(bugprone-macro-parentheses,bugprone-sizeof-expression): types, and whole pointers
#define SURISIM_SIZE(type, field) sizeof(static_cast<type*>(nullptr)->field)
// Fields at the same offset in all versions, the same but only some bits, fields at another offset.
#define SURISIM_SAME(type, field) \
  HostField { #type "." #field, offsetof(type, field), SURISIM_SIZE(type, field) }
#define SURISIM_BITS(type, field, bits) \
  HostField { #type "." #field, offsetof(type, field), SURISIM_SIZE(type, field), bits }
#define SURISIM_MOVED(type, layout, field) \
  HostField { #type "." #field, layout.field.at(), SURISIM_SIZE(type, field) }

std::vector<HostField> fields_of_thread() {
  const ThreadLayout& layout = in_thread();
  return {SURISIM_SAME(ThreadVars, t),
          SURISIM_SAME(ThreadVars, tm_func),
          SURISIM_SAME(ThreadVars, name),
          SURISIM_SAME(ThreadVars, printable_name),
          SURISIM_MOVED(ThreadVars, layout, type),
          SURISIM_MOVED(ThreadVars, layout, id),
          SURISIM_MOVED(ThreadVars, layout, inq),
          SURISIM_MOVED(ThreadVars, layout, tmqh_in),
          {"ThreadVars.flags", layout.flags.at(), sizeof(std::uint32_t), kOwnThreadFlags},
          SURISIM_MOVED(ThreadVars, layout, tm_slots),
          SURISIM_MOVED(ThreadVars, layout, tm_flowworker),
          SURISIM_MOVED(ThreadVars, layout, outq),
          SURISIM_MOVED(ThreadVars, layout, tmqh_out),
          SURISIM_MOVED(ThreadVars, layout, next),
          SURISIM_MOVED(ThreadVars, layout, ctrl_mutex),
          SURISIM_MOVED(ThreadVars, layout, ctrl_cond),
          SURISIM_MOVED(ThreadVars, layout, flow_queue),
          SURISIM_MOVED(ThreadVars, layout, iface_name)};
}

std::vector<HostField> fields_of_flow() {
  const FlowLayout& layout = in_flow();
  return {SURISIM_SAME(Flow, src),
          SURISIM_SAME(Flow, dst),
          SURISIM_SAME(Flow, sp),
          SURISIM_SAME(Flow, dp),
          SURISIM_SAME(Flow, proto),
          SURISIM_SAME(Flow, recursion_level),
          SURISIM_SAME(Flow, vlan_id),
          SURISIM_SAME(Flow, vlan_idx),
          SURISIM_SAME(Flow, thread_id),
          SURISIM_MOVED(Flow, layout, flow_hash),
          {layout.livedev_size == sizeof(void*) ? "Flow.livedev" : "Flow.livedev_id",
           layout.livedev, layout.livedev_size},
          SURISIM_MOVED(Flow, layout, next),
          {"Flow.flags", layout.flags.at(), sizeof(std::uint32_t), kOwnFlowFlags},
          SURISIM_MOVED(Flow, layout, lastts),
          SURISIM_MOVED(Flow, layout, flow_state),
          SURISIM_MOVED(Flow, layout, protoctx),
          SURISIM_SAME(Flow, flow_end_flags),
          SURISIM_SAME(Flow, alproto),
          SURISIM_SAME(Flow, alproto_ts),
          SURISIM_SAME(Flow, alproto_tc),
          SURISIM_SAME(Flow, alparser),
          SURISIM_SAME(Flow, alstate),
          SURISIM_SAME(Flow, sgh_toclient),
          SURISIM_SAME(Flow, sgh_toserver),
          SURISIM_SAME(Flow, fb),
          SURISIM_SAME(Flow, startts),
          SURISIM_SAME(Flow, todstpktcnt),
          SURISIM_SAME(Flow, tosrcpktcnt),
          SURISIM_SAME(Flow, todstbytecnt),
          SURISIM_SAME(Flow, tosrcbytecnt)};
}

std::vector<HostField> fields_of_packet() {
  const PacketLayout& layout = in_packet();
  return {SURISIM_SAME(Packet, src),
          SURISIM_SAME(Packet, dst),
          SURISIM_SAME(Packet, sp),
          SURISIM_SAME(Packet, dp),
          SURISIM_SAME(Packet, proto),
          SURISIM_SAME(Packet, recursion_level),
          SURISIM_SAME(Packet, vlan_id),
          SURISIM_SAME(Packet, vlan_idx),
          SURISIM_SAME(Packet, flowflags),
          SURISIM_BITS(Packet, flags, kOwnPacketFlags),
          SURISIM_SAME(Packet, flow),
          SURISIM_SAME(Packet, flow_hash),
          SURISIM_SAME(Packet, ts),
          SURISIM_SAME(Packet, ReleasePacket),
          SURISIM_SAME(Packet, l2.type),
          SURISIM_SAME(Packet, l2.hdrs),
          SURISIM_SAME(Packet, l3.type),
          SURISIM_SAME(Packet, l3.hdrs),
          SURISIM_SAME(Packet, l4.type),
          SURISIM_SAME(Packet, l4.hdrs),
          SURISIM_MOVED(Packet, layout, payload),
          SURISIM_MOVED(Packet, layout, payload_len),
          SURISIM_MOVED(Packet, layout, pktlen),
          SURISIM_MOVED(Packet, layout, ext_pkt)};
}
// NOLINTEND(bugprone-macro-parentheses,bugprone-sizeof-expression)

// Atomic, because other threads may change other bits meanwhile.
std::uint64_t number_at(const unsigned char* at, std::size_t size) {
  return size == sizeof(std::uint64_t)
             ? __atomic_load_n(reinterpret_cast<const std::uint64_t*>(at), __ATOMIC_RELAXED)
             : __atomic_load_n(reinterpret_cast<const std::uint32_t*>(at), __ATOMIC_RELAXED);
}

void change_bits(unsigned char* at, std::size_t size, std::uint64_t bits) {
  if (size == sizeof(std::uint64_t))
    __atomic_fetch_xor(reinterpret_cast<std::uint64_t*>(at), bits, __ATOMIC_RELAXED);
  else
    __atomic_fetch_xor(reinterpret_cast<std::uint32_t*>(at), static_cast<std::uint32_t>(bits),
                       __ATOMIC_RELAXED);
}

// If the field has changed, restores it and appends its name.
void restore_field(const HostField& field, const unsigned char* before, unsigned char* now,
                   std::string& names) {
  if (field.bits == kAllBits) {
    if (std::memcmp(before + field.at, now + field.at, field.size) == 0) return;
    std::memcpy(now + field.at, before + field.at, field.size);
  } else {
    const std::uint64_t changed =
        (number_at(before + field.at, field.size) ^ number_at(now + field.at, field.size)) &
        field.bits;
    if (changed == 0) return;
    change_bits(now + field.at, field.size, changed);
  }
  names += (names.empty() ? "" : ", ") + std::string(field.name);
}

// An object without one field, which may change meanwhile.
struct Around {
  std::size_t at;
  std::size_t size;
  std::size_t end;  // of what is copied
};

void copy(Around around, unsigned char* to, const unsigned char* from) {
  std::memcpy(to, from, around.at);
  const std::size_t after = around.at + around.size;
  std::memcpy(to + after, from + after, around.end - after);
}

bool differs(Around around, const unsigned char* a, const unsigned char* b) {
  const std::size_t after = around.at + around.size;
  return std::memcmp(a, b, around.at) != 0 ||
         std::memcmp(a + after, b + after, around.end - after) != 0;
}

Around around_flags() { return {in_thread().flags.at(), sizeof(std::uint32_t), in_thread().size}; }
Around around_lock() { return {in_flow().m.at(), sizeof(pthread_mutex_t), in_flow().size}; }
// Most fields after ext_pkt are not set here, and are not compared.
Around around_plugins_own() {
  return {offsetof(Packet, plugin_v), sizeof(Packet::plugin_v),
          in_packet().ext_pkt.at() + sizeof(void*)};
}

unsigned char* bytes_of(void* object) { return static_cast<unsigned char*>(object); }

// Which callbacks of this thread are checked.
struct Sampling {
  std::uint32_t count = 0;
  std::uint32_t random = 1;
};
thread_local Sampling sampling;

}  // namespace

std::uint32_t HostFields::next_interval() noexcept {
  constexpr std::uint32_t kFirst = 256;
  constexpr std::uint32_t kMost = 63;  // 32 on average
  if (sampling.count < kFirst) {
    ++sampling.count;
    return 1;
  }
  sampling.random = sampling.random * 1664525 + 1013904223;  // its high bits are random enough
  return 1 + (sampling.random >> 16) % kMost;
}

HostFields::HostFields(ThreadVars* tv, Flow* flow, Packet* packet) noexcept
    : tv_(tv), flow_(flow), packet_(packet) {
  if (tv_ == nullptr) return;
  const Around flags = around_flags();
  copy(flags, tv_before_, bytes_of(tv_));
  const auto now = static_cast<std::uint32_t>(number_at(bytes_of(tv_) + flags.at, flags.size));
  std::memcpy(tv_before_ + flags.at, &now, sizeof now);
  if (flow_ != nullptr) copy(around_lock(), flow_before_, bytes_of(flow_));
  if (packet_ != nullptr) copy(around_plugins_own(), packet_before_, bytes_of(packet_));
}

bool HostFields::is_changed() const noexcept {
  const Around flags = around_flags();
  const std::uint64_t changed = number_at(tv_before_ + flags.at, flags.size) ^
                                number_at(bytes_of(tv_) + flags.at, flags.size);
  if ((changed & kOwnThreadFlags) != 0) return true;
  if (differs(flags, tv_before_, bytes_of(tv_))) return true;
  if (flow_ != nullptr && differs(around_lock(), flow_before_, bytes_of(flow_))) return true;
  return packet_ != nullptr && differs(around_plugins_own(), packet_before_, bytes_of(packet_));
}

void HostFields::restore() noexcept {
  const HostScope host;
  std::string names;
  const auto restore_all = [&names](const std::vector<HostField>& fields,
                                    const unsigned char* before, void* now) {
    if (now == nullptr) return;
    for (const HostField& field : fields) restore_field(field, before, bytes_of(now), names);
  };
  restore_all(fields_of_thread(), tv_before_, tv_);
  restore_all(fields_of_flow(), flow_before_, flow_);
  restore_all(fields_of_packet(), packet_before_, packet_);
  if (!names.empty()) notify(HostFieldsChanged{names.c_str()});
}

}  // namespace surisim::abi
