// The Suricata that has loaded the plugin: its version, and the functions that differ between
// versions.
//
// When:    determined when the plugin is loaded, and again at each registration: in a test, one
//          process can run several versions, one after the other.
// Owner:   the plugin: the state is hidden, so each shared library has its own.
// Threads: bind_host() on main; the rest on any thread.
// Source:  facts E8, E23, E28 to E31; thread-storage.h, flow-storage.h, flow.h of 8.0 and 9.0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/config.hpp"

namespace suricata_ffi::detail {

inline constexpr std::uint64_t kApiVersion80 = 0x0800;
inline constexpr const char* kSuricataVersion80 = "8.0.6";

// A real Suricata only has the functions of its version. surisim has those of all versions, and
// says which version it simulates.
inline std::uint64_t running_version() noexcept {
  if (suricata_ffi_surisim_api_version != nullptr) return suricata_ffi_surisim_api_version();
  const bool is_80 =
      suricata_ffi_90_thread_register == nullptr && suricata_ffi_80_thread_register != nullptr;
  return is_80 ? kApiVersion80 : kApiVersion;
}

// SC_API_VERSION of the host.
SURICATA_FFI_LOCAL inline std::uint64_t host_version = running_version();
inline bool host_is_80() noexcept { return host_version == kApiVersion80; }

// Call it before anything is registered. [main]
inline void bind_host() noexcept {
  const std::uint64_t running = running_version();
  if (host_version != running) host_version = running;
}

// The functions of one kind of storage. Reading a pointer from here and calling it takes as many
// instructions as a call through the PLT.
template <class Object>
struct StorageFunctions {
  SlotId (*register_slot)(const char* name, FreeFn free_value) noexcept;
  void* (*get)(const Object* object, SlotId id) noexcept;
  int (*set)(Object* object, SlotId id, void* value) noexcept;
};

SURICATA_FFI_LOCAL inline constexpr StorageFunctions<ThreadVars_> kThreadStorage90 = {
    suricata_ffi_90_thread_register, suricata_ffi_90_thread_get, suricata_ffi_90_thread_set};
SURICATA_FFI_LOCAL inline constexpr StorageFunctions<Flow_> kFlowStorage90 = {
    suricata_ffi_90_flow_register, suricata_ffi_90_flow_get, suricata_ffi_90_flow_set};

// Without an Alloc 8.0 accepts only the size of a pointer (E9).
SURICATA_FFI_LOCAL inline SlotId register_thread_slot_80(const char* name,
                                                         FreeFn free_value) noexcept {
  return suricata_ffi_80_thread_register(name, sizeof(void*), nullptr, free_value);
}
SURICATA_FFI_LOCAL inline SlotId register_flow_slot_80(const char* name,
                                                       FreeFn free_value) noexcept {
  return suricata_ffi_80_flow_register(name, sizeof(void*), nullptr, free_value);
}
SURICATA_FFI_LOCAL inline constexpr StorageFunctions<ThreadVars_> kThreadStorage80 = {
    register_thread_slot_80, suricata_ffi_80_thread_get, suricata_ffi_80_thread_set};
SURICATA_FFI_LOCAL inline constexpr StorageFunctions<Flow_> kFlowStorage80 = {
    register_flow_slot_80, suricata_ffi_80_flow_get, suricata_ffi_80_flow_set};

// The host's functions, set when the first slot is registered: without a slot there are no values.
SURICATA_FFI_LOCAL inline constinit const StorageFunctions<ThreadVars_>* thread_storage =
    &kThreadStorage90;
SURICATA_FFI_LOCAL inline constinit const StorageFunctions<Flow_>* flow_storage = &kFlowStorage90;

// Registers a slot with the running host's function. [main] in Init
template <class Object>
SlotId register_in(const StorageFunctions<Object>*& storage, const StorageFunctions<Object>& of_80,
                   const StorageFunctions<Object>& of_90, const char* name,
                   FreeFn free_value) noexcept {
  bind_host();
  const StorageFunctions<Object>* const running = host_is_80() ? &of_80 : &of_90;
  if (storage != running) storage = running;
  return running->register_slot(name, free_value);
}

inline SlotId suricata_ffi_thread_register(const char* name, FreeFn free_value) noexcept {
  return register_in(thread_storage, kThreadStorage80, kThreadStorage90, name, free_value);
}
inline void* suricata_ffi_thread_get(const ThreadVars_* tv, SlotId id) noexcept {
  return thread_storage->get(tv, id);
}
inline int suricata_ffi_thread_set(ThreadVars_* tv, SlotId id, void* value) noexcept {
  return thread_storage->set(tv, id, value);
}

inline SlotId suricata_ffi_flow_register(const char* name, FreeFn free_value) noexcept {
  return register_in(flow_storage, kFlowStorage80, kFlowStorage90, name, free_value);
}
inline void* suricata_ffi_flow_get(const Flow_* f, SlotId id) noexcept {
  return flow_storage->get(f, id);
}
inline int suricata_ffi_flow_set(Flow_* f, SlotId id, void* value) noexcept {
  return flow_storage->set(f, id, value);
}

// 8.0 has no functions for these fields of a Flow (E31). They are in the same place in all 8.0
// releases, and no option of its configure script moves them (E23).
namespace flow_80 {
inline constexpr std::ptrdiff_t kSource = 0;
inline constexpr std::ptrdiff_t kDestination = 16;
inline constexpr std::ptrdiff_t kIpProtocol = 38;
inline constexpr std::ptrdiff_t kAppProtocol = 170;
inline constexpr std::ptrdiff_t kToServerPackets = 248;
inline constexpr std::ptrdiff_t kToClientPackets = 252;
inline constexpr std::uint32_t kIpv4 = 1u << 20;  // flags
inline constexpr std::uint32_t kIpv6 = 1u << 21;

inline const std::uint8_t* address_of(const Flow_* f, std::ptrdiff_t field) noexcept {
  return reinterpret_cast<const std::uint8_t*>(f) + field;
}
template <class T>
T read(const Flow_* f, std::ptrdiff_t field) noexcept {
  T value;
  std::memcpy(&value, address_of(f, field), sizeof value);
  return value;
}
}  // namespace flow_80

inline void suricata_ffi_flow_last_time(const Flow_* f, std::uint64_t* secs,
                                        std::uint64_t* usecs) noexcept {
  host_is_80() ? suricata_ffi_80_flow_last_time(f, secs, usecs)
               : suricata_ffi_90_flow_last_time(f, secs, usecs);
}
inline std::uint64_t suricata_ffi_flow_flags(const Flow_* f) noexcept {
  return host_is_80() ? suricata_ffi_80_flow_flags(f) : suricata_ffi_90_flow_flags(f);
}
inline bool suricata_ffi_flow_is_ipv4(const Flow_* f) noexcept {
  return host_is_80() ? (suricata_ffi_80_flow_flags(f) & flow_80::kIpv4) != 0
                      : suricata_ffi_90_flow_is_ipv4(f);
}
inline bool suricata_ffi_flow_is_ipv6(const Flow_* f) noexcept {
  return host_is_80() ? (suricata_ffi_80_flow_flags(f) & flow_80::kIpv6) != 0
                      : suricata_ffi_90_flow_is_ipv6(f);
}
inline std::uint8_t suricata_ffi_flow_ip_protocol(const Flow_* f) noexcept {
  return host_is_80() ? flow_80::read<std::uint8_t>(f, flow_80::kIpProtocol)
                      : suricata_ffi_90_flow_ip_protocol(f);
}
inline std::uint16_t suricata_ffi_flow_app_protocol(const Flow_* f) noexcept {
  return host_is_80() ? flow_80::read<std::uint16_t>(f, flow_80::kAppProtocol)
                      : suricata_ffi_90_flow_app_protocol(f);
}
inline std::uint16_t suricata_ffi_flow_source_port(const Flow_* f) noexcept {
  return host_is_80() ? suricata_ffi_80_flow_source_port(f) : suricata_ffi_90_flow_source_port(f);
}
inline std::uint16_t suricata_ffi_flow_destination_port(const Flow_* f) noexcept {
  return host_is_80() ? suricata_ffi_80_flow_destination_port(f)
                      : suricata_ffi_90_flow_destination_port(f);
}
inline const std::uint8_t* suricata_ffi_flow_source_address(const Flow_* f) noexcept {
  return host_is_80() ? flow_80::address_of(f, flow_80::kSource)
                      : suricata_ffi_90_flow_source_address(f);
}
inline const std::uint8_t* suricata_ffi_flow_destination_address(const Flow_* f) noexcept {
  return host_is_80() ? flow_80::address_of(f, flow_80::kDestination)
                      : suricata_ffi_90_flow_destination_address(f);
}
inline std::uint32_t suricata_ffi_flow_to_server_packets(const Flow_* f) noexcept {
  return host_is_80() ? flow_80::read<std::uint32_t>(f, flow_80::kToServerPackets)
                      : suricata_ffi_90_flow_to_server_packets(f);
}
inline std::uint32_t suricata_ffi_flow_to_client_packets(const Flow_* f) noexcept {
  return host_is_80() ? flow_80::read<std::uint32_t>(f, flow_80::kToClientPackets)
                      : suricata_ffi_90_flow_to_client_packets(f);
}

}  // namespace suricata_ffi::detail
