// The fields that are looked at, in tables. Nearly always nothing has changed in the whole object,
// which takes less time to find out.
#include "abi/host_fields.hpp"

#include <cstddef>
#include <cstring>
#include <span>
#include <string>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace surisim::abi {
namespace {

constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

struct Field {
  const char* name;
  std::size_t at;
  std::size_t size;
  std::uint64_t bits;  // of a number: those that are looked at
};

// NOLINTBEGIN(bugprone-macro-parentheses,bugprone-sizeof-expression): types, and whole pointers
#define SURISIM_BITS(type, field, bits)                                                        \
  Field {                                                                                      \
#type "." #field, offsetof(type, field), sizeof(static_cast <type*>(nullptr)->field), bits \
  }
#define SURISIM_FIELD(type, field) SURISIM_BITS(type, field, kAllBits)

// Changed by no other thread while a callback runs.
constexpr std::uint64_t kOwnThreadFlags = THV_INIT_DONE | THV_PAUSED | THV_FAILED | THV_CLOSED |
                                          THV_RUNNING_DONE | THV_FLOW_LOOP | THV_RUNNING;

constexpr Field kOfThread[] = {
    SURISIM_FIELD(ThreadVars, t),
    SURISIM_FIELD(ThreadVars, tm_func),
    SURISIM_FIELD(ThreadVars, name),
    SURISIM_FIELD(ThreadVars, printable_name),
    SURISIM_FIELD(ThreadVars, type),
    SURISIM_FIELD(ThreadVars, id),
    SURISIM_FIELD(ThreadVars, inq),
    SURISIM_FIELD(ThreadVars, tmqh_in),
    SURISIM_BITS(ThreadVars, flags, kOwnThreadFlags),
    SURISIM_FIELD(ThreadVars, tm_slots),
    SURISIM_FIELD(ThreadVars, tm_flowworker),
    SURISIM_FIELD(ThreadVars, outq),
    SURISIM_FIELD(ThreadVars, tmqh_out),
    SURISIM_FIELD(ThreadVars, next),
    SURISIM_FIELD(ThreadVars, ctrl_mutex),
    SURISIM_FIELD(ThreadVars, ctrl_cond),
    SURISIM_FIELD(ThreadVars, flow_queue),
    SURISIM_FIELD(ThreadVars, iface_name),
};

// Plugins may set others, as to bypass the flow.
constexpr std::uint64_t kOwnFlowFlags =
    FLOW_TO_SRC_SEEN | FLOW_TO_DST_SEEN | FLOW_IPV4 | FLOW_IPV6 | FLOW_DIR_REVERSED;

constexpr Field kOfFlow[] = {
    SURISIM_FIELD(Flow, src),
    SURISIM_FIELD(Flow, dst),
    SURISIM_FIELD(Flow, sp),
    SURISIM_FIELD(Flow, dp),
    SURISIM_FIELD(Flow, proto),
    SURISIM_FIELD(Flow, recursion_level),
    SURISIM_FIELD(Flow, vlan_id),
    SURISIM_FIELD(Flow, vlan_idx),
    SURISIM_FIELD(Flow, thread_id),
    SURISIM_FIELD(Flow, flow_hash),
    SURISIM_FIELD(Flow, livedev_id),
    SURISIM_FIELD(Flow, next),
    SURISIM_BITS(Flow, flags, kOwnFlowFlags),
    SURISIM_FIELD(Flow, lastts),
    SURISIM_FIELD(Flow, flow_state),
    SURISIM_FIELD(Flow, protoctx),
    SURISIM_FIELD(Flow, flow_end_flags),
    SURISIM_FIELD(Flow, alproto),
    SURISIM_FIELD(Flow, alproto_ts),
    SURISIM_FIELD(Flow, alproto_tc),
    SURISIM_FIELD(Flow, alparser),
    SURISIM_FIELD(Flow, alstate),
    SURISIM_FIELD(Flow, sgh_toclient),
    SURISIM_FIELD(Flow, sgh_toserver),
    SURISIM_FIELD(Flow, fb),
    SURISIM_FIELD(Flow, startts),
    SURISIM_FIELD(Flow, todstpktcnt),
    SURISIM_FIELD(Flow, tosrcpktcnt),
    SURISIM_FIELD(Flow, todstbytecnt),
    SURISIM_FIELD(Flow, tosrcbytecnt),
};

constexpr std::uint64_t kOwnPacketFlags =
    PKT_STREAM_EST | PKT_HAS_FLOW | PKT_PSEUDO_STREAM_END | PKT_IS_INVALID | PKT_WANTS_FLOW;

constexpr Field kOfPacket[] = {
    SURISIM_FIELD(Packet, src),       SURISIM_FIELD(Packet, dst),
    SURISIM_FIELD(Packet, sp),        SURISIM_FIELD(Packet, dp),
    SURISIM_FIELD(Packet, proto),     SURISIM_FIELD(Packet, recursion_level),
    SURISIM_FIELD(Packet, vlan_id),   SURISIM_FIELD(Packet, vlan_idx),
    SURISIM_FIELD(Packet, flowflags), SURISIM_BITS(Packet, flags, kOwnPacketFlags),
    SURISIM_FIELD(Packet, flow),      SURISIM_FIELD(Packet, flow_hash),
    SURISIM_FIELD(Packet, ts),        SURISIM_FIELD(Packet, ReleasePacket),
    SURISIM_FIELD(Packet, l3.type),   SURISIM_FIELD(Packet, l3.hdrs),
};
// NOLINTEND(bugprone-macro-parentheses,bugprone-sizeof-expression)

// Other threads change other bits of it meanwhile.
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

// Puts back what differs, and appends its name.
void restore_field(const Field& field, const unsigned char* before, unsigned char* now,
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

// What lies around a field that others write to meanwhile.
template <std::size_t kAt, std::size_t kSize, std::size_t kEnd>
void copy_around(unsigned char* to, const unsigned char* from) {
  std::memcpy(to, from, kAt);
  std::memcpy(to + kAt + kSize, from + kAt + kSize, kEnd - kAt - kSize);
}

template <std::size_t kAt, std::size_t kSize, std::size_t kEnd>
bool differs_around(const unsigned char* a, const unsigned char* b) {
  return std::memcmp(a, b, kAt) != 0 ||
         std::memcmp(a + kAt + kSize, b + kAt + kSize, kEnd - kAt - kSize) != 0;
}

unsigned char* bytes_of(void* object) { return static_cast<unsigned char*>(object); }

// Which callbacks of this thread are checked.
struct Sampling {
  std::uint32_t count = 0;
  std::uint32_t random = 1;
};
thread_local Sampling sampling;

constexpr std::size_t kFlags = offsetof(ThreadVars, flags);
constexpr std::size_t kLock = offsetof(Flow, m);
constexpr std::size_t kPluginOwn = offsetof(Packet, plugin_v);
constexpr std::size_t kRest = offsetof(Packet, rest);

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
  copy_around<kFlags, sizeof tv->flags, sizeof *tv>(tv_before_, bytes_of(tv_));
  const auto flags =
      static_cast<std::uint32_t>(number_at(bytes_of(tv_) + kFlags, sizeof tv->flags));
  std::memcpy(tv_before_ + kFlags, &flags, sizeof flags);
  if (flow_ != nullptr)
    copy_around<kLock, sizeof flow->m, sizeof *flow>(flow_before_, bytes_of(flow_));
  if (packet_ != nullptr)
    copy_around<kPluginOwn, sizeof packet->plugin_v, kRest>(packet_before_, bytes_of(packet_));
}

bool HostFields::is_changed() const noexcept {
  const std::uint64_t flags = number_at(tv_before_ + kFlags, sizeof tv_->flags) ^
                              number_at(bytes_of(tv_) + kFlags, sizeof tv_->flags);
  if ((flags & kOwnThreadFlags) != 0) return true;
  if (differs_around<kFlags, sizeof tv_->flags, sizeof *tv_>(tv_before_, bytes_of(tv_)))
    return true;
  if (flow_ != nullptr &&
      differs_around<kLock, sizeof flow_->m, sizeof *flow_>(flow_before_, bytes_of(flow_)))
    return true;
  return packet_ != nullptr && differs_around<kPluginOwn, sizeof packet_->plugin_v, kRest>(
                                   packet_before_, bytes_of(packet_));
}

void HostFields::restore() noexcept {
  const HostScope host;
  std::string names;
  const auto restore_all = [&names](std::span<const Field> fields, const unsigned char* before,
                                    void* now) {
    if (now == nullptr) return;
    for (const Field& field : fields) restore_field(field, before, bytes_of(now), names);
  };
  restore_all(kOfThread, tv_before_, tv_);
  restore_all(kOfFlow, flow_before_, flow_);
  restore_all(kOfPacket, packet_before_, packet_);
  if (!names.empty()) notify(HostFieldsChanged{names.c_str()});
}

}  // namespace surisim::abi
