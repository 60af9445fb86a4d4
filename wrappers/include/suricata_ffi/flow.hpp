// Suricata's flows: callbacks during a flow's life, and a plugin's value on each flow.
//
// When:    register in the plugin's Init, before storage is finalized (L2); use inside flow
//          callbacks.
// Owner:   the host owns stored values and frees them with their flow; the process owns names and
//          callbacks. Flow and Packet are borrowed for the duration of a callback.
// Threads: registration on main. Callbacks run on many threads at once, each with the ThreadVars of
//          the thread it runs on: init and update on a worker, finish on a recycler or a worker
//          (L30, L31). A flow is locked by the host during its callbacks (L35).
// Source:  flow-storage.c, flow-callbacks.c, flow.c; flow.rs of the Rust crate, same names.
//
// The finish callback is not guaranteed (L32): keep what must be cleaned up in a FlowStorage value,
// whose destructor always runs.
#pragma once

// suricata-common.h has a macro `str`, which breaks functions that <chrono> needs.
#pragma push_macro("str")
#undef str
#include <chrono>
#pragma pop_macro("str")
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/callback.hpp"
#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/detail/host.hpp"
#include "suricata_ffi/detail/storage.hpp"
#include "suricata_ffi/expected.hpp"
#include "suricata_ffi/ip_addr.hpp"
#include "suricata_ffi/thread.hpp"

namespace suricata_ffi::flow {

using thread::ThreadVars;

// A borrowed Flow, valid during the callback that it was passed to: afterwards the same pointer may
// be used for another flow (L33). Neither copyable nor movable.
class Flow {
 public:
  // `flow` was passed to a C callback by the host, and is not NULL. [any thread]
  static Flow from_ptr(Flow_* flow) noexcept { return Flow(flow); }

  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  // For identity, logs, and C functions.
  const Flow_* as_ptr() const noexcept { return flow_; }
  Flow_* as_mut_ptr() noexcept { return flow_; }

  // The following may be called in a flow callback for this flow. [callback]

  // Time of the last packet, since the epoch.
  std::chrono::microseconds last_time() const noexcept {
    std::uint64_t secs = 0;
    std::uint64_t usecs = 0;
    detail::suricata_ffi_flow_last_time(flow_, &secs, &usecs);
    return std::chrono::seconds(secs) + std::chrono::microseconds(usecs);
  }
  // FLOW_... bits of flow.h; a few differ between 8.0 and 9.0 (E26).
  std::uint64_t flags() const noexcept { return detail::suricata_ffi_flow_flags(flow_); }
  bool is_ipv4() const noexcept { return detail::suricata_ffi_flow_is_ipv4(flow_); }
  bool is_ipv6() const noexcept { return detail::suricata_ffi_flow_is_ipv6(flow_); }
  // IPPROTO_... number. A packet of the flow may have a different one (L37).
  std::uint8_t ip_protocol() const noexcept { return detail::suricata_ffi_flow_ip_protocol(flow_); }
  // ALPROTO_... number, 0 while unknown.
  std::uint16_t app_protocol() const noexcept {
    return detail::suricata_ffi_flow_app_protocol(flow_);
  }
  // Ports in host order.
  std::uint16_t source_port() const noexcept {
    return detail::suricata_ffi_flow_source_port(flow_);
  }
  std::uint16_t destination_port() const noexcept {
    return detail::suricata_ffi_flow_destination_port(flow_);
  }
  // Copies of the addresses; nothing if the flow is neither IPv4 nor IPv6.
  std::optional<IpAddr> source_address() const noexcept {
    return address(detail::suricata_ffi_flow_source_address(flow_));
  }
  std::optional<IpAddr> destination_address() const noexcept {
    return address(detail::suricata_ffi_flow_destination_address(flow_));
  }
  // Packets so far; in an update callback this includes the current one (L30).
  std::uint32_t to_server_packet_count() const noexcept {
    return detail::suricata_ffi_flow_to_server_packets(flow_);
  }
  std::uint32_t to_client_packet_count() const noexcept {
    return detail::suricata_ffi_flow_to_client_packets(flow_);
  }

 private:
  explicit Flow(Flow_* flow) noexcept : flow_(flow) {}

  std::optional<IpAddr> address(const std::uint8_t* octets) const noexcept {
    if (octets == nullptr) return std::nullopt;
    if (is_ipv4()) return IpAddr::v4(std::span<const std::uint8_t, 4>(octets, 4));
    if (is_ipv6()) return IpAddr::v6(std::span<const std::uint8_t, 16>(octets, 16));
    return std::nullopt;
  }

  Flow_* flow_;
};

// A borrowed Packet, valid during the callback that it was passed to. Neither copyable nor movable.
// Suricata has no functions that read its fields; with Suricata's headers use as_ptr().
class Packet {
 public:
  // `packet` was passed to a C callback by the host, and is not NULL. [any thread]
  static Packet from_ptr(Packet_* packet) noexcept { return Packet(packet); }
  // Read-only, for the init callback.
  static const Packet from_ptr(const Packet_* packet) noexcept {
    return Packet(const_cast<Packet_*>(packet));
  }

  Packet(const Packet&) = delete;
  Packet& operator=(const Packet&) = delete;

  const Packet_* as_ptr() const noexcept { return packet_; }
  Packet_* as_mut_ptr() noexcept { return packet_; }

 private:
  explicit Packet(Packet_* packet) noexcept : packet_(packet) {}

  Packet_* packet_;
};

}  // namespace suricata_ffi::flow

namespace suricata_ffi::detail {

struct FlowHost {
  using Object = Flow_;
  using Handle = SlotId;
  // No padding: there are many flows, and one thread at a time handles a flow.
  static constexpr std::size_t kLine = 1;
  static constexpr const char* kFreeName = "Free of a flow value";
  static int id(SlotId slot) noexcept { return slot.id; }
  // The host would read out of bounds for an id that it never gave out (L18).
  static void* get(const Object* f, SlotId slot) noexcept {
    return slot.id < 0 ? nullptr : suricata_ffi_flow_get(f, slot);
  }
  static void* peek(const Object* f, SlotId slot) noexcept { return get(f, slot); }
  static int set(Object* f, SlotId slot, void* value) noexcept {
    return suricata_ffi_flow_set(f, slot, value);
  }
};

template <class F>
SURICATA_FFI_LOCAL void on_flow_init(ThreadVars_* raw_tv, Flow_* raw_flow,
                                     const Packet_* raw_packet, void* user) noexcept {
  thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw_tv);
  flow::Flow f = flow::Flow::from_ptr(raw_flow);
  const flow::Packet p = flow::Packet::from_ptr(raw_packet);
  call<F>("flow init callback", user, tv, f, p);
}

template <class F>
SURICATA_FFI_LOCAL void on_flow_update(ThreadVars_* raw_tv, Flow_* raw_flow, Packet_* raw_packet,
                                       void* user) noexcept {
  thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw_tv);
  flow::Flow f = flow::Flow::from_ptr(raw_flow);
  flow::Packet p = flow::Packet::from_ptr(raw_packet);
  call<F>("flow update callback", user, tv, f, p);
}

template <class F>
SURICATA_FFI_LOCAL void on_flow_finish(ThreadVars_* raw_tv, Flow_* raw_flow, void* user) noexcept {
  thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw_tv);
  flow::Flow f = flow::Flow::from_ptr(raw_flow);
  call<F>("flow finish callback", user, tv, f);
}

}  // namespace suricata_ffi::detail

namespace suricata_ffi::flow {

// A slot that holds one T on each flow. A handle is an id that can be copied and captured in
// callbacks. A default-constructed handle is unregistered, and makes no calls to the host.
//
// T may be move-only, immovable, over-aligned, of any size. A value is destroyed with its flow, on
// a worker, a recycler or main (L31, L32, L34). Its destructor is the only reliable notice of a
// flow's end; it must not use thread storage, which may have been freed (L34). If it throws, the
// exception is logged at error level and dropped.
template <class T>
class FlowStorage {
 public:
  FlowStorage() noexcept = default;

  // Registers a slot with a copy of `name`, which no other flow slot may have.
  // Errors: name_contains_nul; refused: empty name, name already used, storage finalized (L16);
  // out_of_memory. [main] in Init
  [[nodiscard]] SURICATA_FFI_LOCAL static expected<FlowStorage> register_slot(
      std::string_view name) {
    const auto id = detail::register_slot(detail::suricata_ffi_flow_register, name,
                                          &detail::Slot<T, detail::FlowHost>::free_value);
    if (!id) return unexpected(id.error());
    return FlowStorage(*id);
  }

  // The flow's value, or nullptr if it has none. [callback]
  [[nodiscard]] const T* get(const Flow& f SURICATA_FFI_LIFETIMEBOUND) const noexcept {
    return Slot::get(f.as_ptr(), id_);
  }
  [[nodiscard]] T* get_mut(Flow& f SURICATA_FFI_LIFETIMEBOUND) const noexcept {
    return Slot::get(f.as_ptr(), id_);
  }

  // The flow's value; if it has none, stores the result of `make()`, constructed in place. `make`
  // is not called otherwise. Errors: unregistered, out_of_memory, set_failed. If `make` or T's
  // constructor throws, the exception is passed on, the slot stays empty, and nothing leaks.
  // [callback]
  template <detail::Makes<T> Make>
  [[nodiscard]] Inserted<T> get_or_insert_with(Flow& f SURICATA_FFI_LIFETIMEBOUND,
                                               Make&& make) const {
    return Slot::get_or_insert_with(f.as_mut_ptr(), id_, std::forward<Make>(make));
  }

  // The host's id of the slot; -1 if unregistered.
  int id() const noexcept { return id_.id; }

 private:
  using Slot = detail::Slot<T, detail::FlowHost>;

  explicit FlowStorage(detail::SlotId id) noexcept : id_(id) {}

  detail::SlotId id_{-1};
};

// Each of these registers a callback, which is called for every flow from now on. Any callable is
// accepted, including move-only ones and function pointers; it is called as const, because it runs
// on many threads at once. It is kept until the process ends; if the function returns an error, it
// has been destroyed. If it throws, the exception is logged at error level and dropped. Errors:
// null_callback, refused (out of memory in the host), out_of_memory. [main] in Init

// `callback(ThreadVars&, Flow&, const Packet&)` for a flow's first packet, before update. [worker]
template <class F>
[[nodiscard]] SURICATA_FFI_LOCAL expected<void> register_init_callback(F&& callback) {
  using Callback = const std::decay_t<F>;
  static_assert(std::is_invocable_v<Callback&, ThreadVars&, Flow&, const Packet&>,
                "a flow init callback is called as callback(ThreadVars&, Flow&, const Packet&), on "
                "several threads at once and therefore as const: not a mutable lambda");
  return detail::register_callback<Callback>(detail::suricata_ffi_flow_on_init,
                                             &detail::on_flow_init<Callback>,
                                             std::forward<F>(callback));
}

// `callback(ThreadVars&, Flow&, Packet&)` for every packet of a flow, including the first. [worker]
template <class F>
[[nodiscard]] SURICATA_FFI_LOCAL expected<void> register_update_callback(F&& callback) {
  using Callback = const std::decay_t<F>;
  static_assert(std::is_invocable_v<Callback&, ThreadVars&, Flow&, Packet&>,
                "a flow update callback is called as callback(ThreadVars&, Flow&, Packet&), on "
                "several threads at once and therefore as const: not a mutable lambda");
  return detail::register_callback<Callback>(detail::suricata_ffi_flow_on_update,
                                             &detail::on_flow_update<Callback>,
                                             std::forward<F>(callback));
}

// `callback(ThreadVars&, Flow&)` at the end of a flow, but not of every flow (L32). Runs on a
// recycler or a worker (L31).
template <class F>
[[nodiscard]] SURICATA_FFI_LOCAL expected<void> register_finish_callback(F&& callback) {
  using Callback = const std::decay_t<F>;
  static_assert(std::is_invocable_v<Callback&, ThreadVars&, Flow&>,
                "a flow finish callback is called as callback(ThreadVars&, Flow&), on several "
                "threads at once and therefore as const: not a mutable lambda");
  return detail::register_callback<Callback>(detail::suricata_ffi_flow_on_finish,
                                             &detail::on_flow_finish<Callback>,
                                             std::forward<F>(callback));
}

}  // namespace suricata_ffi::flow
