// Declarations of Suricata's C functions and structs for the wrappers.
//
// When:    included only by the wrappers.
// Threads: as each function's wrapper says.
// Source:  thread-storage.h, thread-callbacks.h, flow-storage.h, flow-callbacks.h, flow.h,
//          output-eve.h, jsonbuilder.rs, conf.h, util-debug.h, suricata-plugin.h of API versions
//          0x0800 and 0x0900; facts E8, E28 and E30.
//
// Each function has another name here, bound to Suricata's symbol by an assembler label. So these
// declarations never conflict with Suricata's headers, in any order of inclusion, and the wrappers
// need none of those headers.
//
// A function that only one version of Suricata has is a weak reference, null in the other version,
// and has the version in its name. The wrappers call it through host.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "suricata_ffi/detail/config.hpp"

// Suricata's own tags; its headers complete the types.
struct ThreadVars_;
struct Flow_;
struct Packet_;
struct SCJsonBuilder;
struct SCConfNode_;

namespace suricata_ffi::detail {

// Passed by value, like SCThreadStorageId and SCFlowStorageId. Negative: no slot (L16).
struct SlotId {
  int id;
};

// The layout of SCPlugin.
struct RawPlugin {
  std::uint64_t version;
  const char* suricata_version;
  const char* name;
  const char* plugin_version;
  const char* license;
  const char* author;
  void (*init)();
};
static_assert(sizeof(RawPlugin) == 56);

// The layout of SCJsonBuilderMark.
struct JsonMark {
  std::uint64_t position;
  std::uint64_t state_index;
  std::uint64_t state;
};

// The layout of SCEveFileType. A C++ exception must not leave the functions.
struct RawEveFileType {
  const char* name;
  int (*init)(const SCConfNode_* conf, bool threaded, void** init_data) noexcept;
  int (*thread_init)(const void* init_data, std::uint32_t thread_id, void** thread_data) noexcept;
  int (*write)(const char* buffer, int buffer_len, const void* init_data,
               void* thread_data) noexcept;
  void (*thread_deinit)(const void* init_data, void* thread_data) noexcept;
  void (*deinit)(void* init_data) noexcept;
  void* entries[2];  // the host's list
};
static_assert(sizeof(RawEveFileType) == 64);

// SC_API_VERSION and SC_PACKAGE_VERSION of the newest version that the wrappers know.
inline constexpr std::uint64_t kApiVersion = 0x0900;
inline constexpr const char* kSuricataVersion = "9.0.0-dev";

using AllocFn = void* (*)(unsigned int size);
using FreeFn = void (*)(void* value);
using ThreadInitFn = void (*)(ThreadVars_* tv, void* user);
using FlowInitFn = void (*)(ThreadVars_* tv, Flow_* f, const Packet_* p, void* user);
using FlowUpdateFn = void (*)(ThreadVars_* tv, Flow_* f, Packet_* p, void* user);
using FlowFinishFn = void (*)(ThreadVars_* tv, Flow_* f, void* user);
using EveFn = void (*)(ThreadVars_* tv, const Packet_* p, Flow_* f, SCJsonBuilder* jb, void* user);

// clang-format off
extern "C" {
// 9.0 only.
SURICATA_FFI_WEAK SlotId suricata_ffi_90_thread_register(const char* name, FreeFn free_value) noexcept __asm__("SCThreadStorageRegister");
SURICATA_FFI_WEAK void* suricata_ffi_90_thread_get(const ThreadVars_* tv, SlotId id) noexcept __asm__("SCThreadGetStorageById");
SURICATA_FFI_WEAK int suricata_ffi_90_thread_set(ThreadVars_* tv, SlotId id, void* value) noexcept __asm__("SCThreadSetStorageById");
SURICATA_FFI_WEAK SlotId suricata_ffi_90_flow_register(const char* name, FreeFn free_value) noexcept __asm__("SCFlowStorageRegister");
SURICATA_FFI_WEAK void* suricata_ffi_90_flow_get(const Flow_* f, SlotId id) noexcept __asm__("SCFlowGetStorageById");
SURICATA_FFI_WEAK int suricata_ffi_90_flow_set(Flow_* f, SlotId id, void* value) noexcept __asm__("SCFlowSetStorageById");
SURICATA_FFI_WEAK void suricata_ffi_90_flow_last_time(const Flow_* f, std::uint64_t* secs, std::uint64_t* usecs) noexcept __asm__("SCFlowGetLastTimeAsParts");
SURICATA_FFI_WEAK std::uint64_t suricata_ffi_90_flow_flags(const Flow_* f) noexcept __asm__("SCFlowGetFlags");
SURICATA_FFI_WEAK bool suricata_ffi_90_flow_is_ipv4(const Flow_* f) noexcept __asm__("SCFlowIsIPv4");
SURICATA_FFI_WEAK bool suricata_ffi_90_flow_is_ipv6(const Flow_* f) noexcept __asm__("SCFlowIsIPv6");
SURICATA_FFI_WEAK std::uint8_t suricata_ffi_90_flow_ip_protocol(const Flow_* f) noexcept __asm__("SCFlowGetIPProtocol");
SURICATA_FFI_WEAK std::uint16_t suricata_ffi_90_flow_app_protocol(const Flow_* f) noexcept __asm__("SCFlowGetAppProtocol");
SURICATA_FFI_WEAK std::uint16_t suricata_ffi_90_flow_source_port(const Flow_* f) noexcept __asm__("SCFlowGetSourcePort");
SURICATA_FFI_WEAK std::uint16_t suricata_ffi_90_flow_destination_port(const Flow_* f) noexcept __asm__("SCFlowGetDestinationPort");
SURICATA_FFI_WEAK const std::uint8_t* suricata_ffi_90_flow_source_address(const Flow_* f) noexcept __asm__("SCFlowGetSourceAddressAsRawPtr");
SURICATA_FFI_WEAK const std::uint8_t* suricata_ffi_90_flow_destination_address(const Flow_* f) noexcept __asm__("SCFlowGetDestinationAddressAsRawPtr");
SURICATA_FFI_WEAK std::uint32_t suricata_ffi_90_flow_to_server_packets(const Flow_* f) noexcept __asm__("SCFlowGetToServerPacketCount");
SURICATA_FFI_WEAK std::uint32_t suricata_ffi_90_flow_to_client_packets(const Flow_* f) noexcept __asm__("SCFlowGetToClientPacketCount");

// 8.0 only.
SURICATA_FFI_WEAK SlotId suricata_ffi_80_thread_register(const char* name, unsigned int size, AllocFn alloc, FreeFn free_value) noexcept __asm__("ThreadStorageRegister");
SURICATA_FFI_WEAK void* suricata_ffi_80_thread_get(const ThreadVars_* tv, SlotId id) noexcept __asm__("ThreadGetStorageById");
SURICATA_FFI_WEAK int suricata_ffi_80_thread_set(ThreadVars_* tv, SlotId id, void* value) noexcept __asm__("ThreadSetStorageById");
SURICATA_FFI_WEAK SlotId suricata_ffi_80_flow_register(const char* name, unsigned int size, AllocFn alloc, FreeFn free_value) noexcept __asm__("FlowStorageRegister");
SURICATA_FFI_WEAK void* suricata_ffi_80_flow_get(const Flow_* f, SlotId id) noexcept __asm__("FlowGetStorageById");
SURICATA_FFI_WEAK int suricata_ffi_80_flow_set(Flow_* f, SlotId id, void* value) noexcept __asm__("FlowSetStorageById");
SURICATA_FFI_WEAK void suricata_ffi_80_flow_last_time(const Flow_* f, std::uint64_t* secs, std::uint64_t* usecs) noexcept __asm__("FlowGetLastTimeAsParts");
SURICATA_FFI_WEAK std::uint32_t suricata_ffi_80_flow_flags(const Flow_* f) noexcept __asm__("FlowGetFlags");
SURICATA_FFI_WEAK std::uint16_t suricata_ffi_80_flow_source_port(const Flow_* f) noexcept __asm__("FlowGetSourcePort");
SURICATA_FFI_WEAK std::uint16_t suricata_ffi_80_flow_destination_port(const Flow_* f) noexcept __asm__("FlowGetDestinationPort");

// Both.
bool suricata_ffi_thread_on_init(ThreadInitFn fn, void* user) noexcept __asm__("SCThreadRegisterInitCallback");
bool suricata_ffi_flow_on_init(FlowInitFn fn, void* user) noexcept __asm__("SCFlowRegisterInitCallback");
bool suricata_ffi_flow_on_update(FlowUpdateFn fn, void* user) noexcept __asm__("SCFlowRegisterUpdateCallback");
bool suricata_ffi_flow_on_finish(FlowFinishFn fn, void* user) noexcept __asm__("SCFlowRegisterFinishCallback");

bool suricata_ffi_eve_on_record(EveFn fn, void* user) noexcept __asm__("SCEveRegisterCallback");
bool suricata_ffi_eve_file_type(RawEveFileType* type) noexcept __asm__("SCRegisterEveFileType");

void suricata_ffi_jb_get_mark(SCJsonBuilder* jb, JsonMark* mark) noexcept __asm__("SCJbGetMark");
bool suricata_ffi_jb_restore_mark(SCJsonBuilder* jb, JsonMark* mark) noexcept __asm__("SCJbRestoreMark");
bool suricata_ffi_jb_open_object(SCJsonBuilder* jb, const char* key) noexcept __asm__("SCJbOpenObject");
bool suricata_ffi_jb_set_string(SCJsonBuilder* jb, const char* key, const char* value) noexcept __asm__("SCJbSetString");
bool suricata_ffi_jb_set_uint(SCJsonBuilder* jb, const char* key, std::uint64_t value) noexcept __asm__("SCJbSetUint");
bool suricata_ffi_jb_set_int(SCJsonBuilder* jb, const char* key, std::int64_t value) noexcept __asm__("SCJbSetInt");
bool suricata_ffi_jb_set_float(SCJsonBuilder* jb, const char* key, double value) noexcept __asm__("SCJbSetFloat");
bool suricata_ffi_jb_set_formatted(SCJsonBuilder* jb, const char* formatted) noexcept __asm__("SCJbSetFormatted");
bool suricata_ffi_jb_close(SCJsonBuilder* jb) noexcept __asm__("SCJbClose");

int suricata_ffi_conf_get(const char* name, const char** value) noexcept __asm__("SCConfGet");

int suricata_ffi_log_level() noexcept __asm__("SCLogGetLogLevel");
int suricata_ffi_log_message(int level, const char* file, unsigned int line, const char* function, const char* module, const char* message) noexcept __asm__("SCLogMessage");
void suricata_ffi_fatal_error(const char* message) noexcept __asm__("SCFatalErrorOnInitStatic");

// surisim only, null in Suricata. SC_API_VERSION of the Suricata that it simulates: it has the
// functions of all versions.
SURICATA_FFI_WEAK std::uint64_t suricata_ffi_surisim_api_version() noexcept __asm__("SurisimApiVersion");
// The offset of the values in a ThreadVars, or a negative number if every read must go through the
// API.
SURICATA_FFI_WEAK std::ptrdiff_t suricata_ffi_surisim_offset() noexcept __asm__("SurisimThreadStorageOffset");
// Passes surisim the log message about an exception that a callback threw.
SURICATA_FFI_WEAK void suricata_ffi_surisim_caught(const char* message) noexcept __asm__("SurisimExceptionCaught");

// Debug builds of Suricata only, whose storage functions end the process before storage is
// finalized.
SURICATA_FFI_WEAK void suricata_ffi_debug_build() noexcept __asm__("FilePrintFlags");
}
// clang-format on

}  // namespace suricata_ffi::detail
