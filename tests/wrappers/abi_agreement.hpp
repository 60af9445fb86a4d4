// Compares the wrappers' declarations of the C ABI with the C headers. Included by a file that
// includes the C headers before the wrappers, and by one that includes them after.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>

namespace abi_agreement {

namespace ffi = suricata_ffi::detail;

// The wrappers' counterpart of a C type.
template <class T>
struct Ours {
  using type = T;
};
template <>
struct Ours<SCThreadStorageId> {
  using type = ffi::SlotId;
};
template <>
struct Ours<SCFlowStorageId> {
  using type = ffi::SlotId;
};
template <>
struct Ours<SCLogLevel> {
  using type = int;
};
template <>
struct Ours<SCJsonBuilderMark*> {
  using type = ffi::JsonMark*;
};
template <>
struct Ours<SCEveFileType*> {
  using type = ffi::RawEveFileType*;
};
template <class R, class... Args>
struct Ours<R(Args...)> {
  using type = typename Ours<R>::type(typename Ours<Args>::type...);
};
template <class R, class... Args>
struct Ours<R(Args...) noexcept> {
  using type = R(Args...);
};

template <class C, class Cpp>
inline constexpr bool kSame = std::is_same_v<typename Ours<C>::type, typename Ours<Cpp>::type>;

#define SURISIM_SAME_FUNCTION(c, cpp) \
  static_assert(kSame<decltype(c), decltype(ffi::suricata_ffi_##cpp)>, #c)

SURISIM_SAME_FUNCTION(SCThreadStorageRegister, thread_register);
SURISIM_SAME_FUNCTION(SCThreadGetStorageById, thread_get);
SURISIM_SAME_FUNCTION(SCThreadSetStorageById, thread_set);
SURISIM_SAME_FUNCTION(SCThreadRegisterInitCallback, thread_on_init);
SURISIM_SAME_FUNCTION(SCFlowStorageRegister, flow_register);
SURISIM_SAME_FUNCTION(SCFlowGetStorageById, flow_get);
SURISIM_SAME_FUNCTION(SCFlowSetStorageById, flow_set);
SURISIM_SAME_FUNCTION(SCFlowRegisterInitCallback, flow_on_init);
SURISIM_SAME_FUNCTION(SCFlowRegisterUpdateCallback, flow_on_update);
SURISIM_SAME_FUNCTION(SCFlowRegisterFinishCallback, flow_on_finish);
SURISIM_SAME_FUNCTION(SCFlowGetLastTimeAsParts, flow_last_time);
SURISIM_SAME_FUNCTION(SCFlowGetFlags, flow_flags);
SURISIM_SAME_FUNCTION(SCFlowIsIPv4, flow_is_ipv4);
SURISIM_SAME_FUNCTION(SCFlowIsIPv6, flow_is_ipv6);
SURISIM_SAME_FUNCTION(SCFlowGetIPProtocol, flow_ip_protocol);
SURISIM_SAME_FUNCTION(SCFlowGetAppProtocol, flow_app_protocol);
SURISIM_SAME_FUNCTION(SCFlowGetSourcePort, flow_source_port);
SURISIM_SAME_FUNCTION(SCFlowGetDestinationPort, flow_destination_port);
SURISIM_SAME_FUNCTION(SCFlowGetSourceAddressAsRawPtr, flow_source_address);
SURISIM_SAME_FUNCTION(SCFlowGetDestinationAddressAsRawPtr, flow_destination_address);
SURISIM_SAME_FUNCTION(SCFlowGetToServerPacketCount, flow_to_server_packets);
SURISIM_SAME_FUNCTION(SCFlowGetToClientPacketCount, flow_to_client_packets);
SURISIM_SAME_FUNCTION(SCEveRegisterCallback, eve_on_record);
SURISIM_SAME_FUNCTION(SCRegisterEveFileType, eve_file_type);
SURISIM_SAME_FUNCTION(SCJbGetMark, jb_get_mark);
SURISIM_SAME_FUNCTION(SCJbRestoreMark, jb_restore_mark);
SURISIM_SAME_FUNCTION(SCJbOpenObject, jb_open_object);
SURISIM_SAME_FUNCTION(SCJbSetString, jb_set_string);
SURISIM_SAME_FUNCTION(SCJbSetUint, jb_set_uint);
SURISIM_SAME_FUNCTION(SCJbSetInt, jb_set_int);
SURISIM_SAME_FUNCTION(SCJbSetFloat, jb_set_float);
SURISIM_SAME_FUNCTION(SCJbSetFormatted, jb_set_formatted);
SURISIM_SAME_FUNCTION(SCJbClose, jb_close);
SURISIM_SAME_FUNCTION(SCConfGet, conf_get);
SURISIM_SAME_FUNCTION(SCFatalErrorOnInitStatic, fatal_error);
SURISIM_SAME_FUNCTION(SCLogGetLogLevel, log_level);
SURISIM_SAME_FUNCTION(SCLogMessage, log_message);

#undef SURISIM_SAME_FUNCTION

// Passed by value in the same register.
template <class C>
inline constexpr bool kIsSlotId =
    sizeof(C) == sizeof(ffi::SlotId) &&
    std::is_trivially_copyable_v<C>&& std::is_same_v<decltype(C::id),
                                                     decltype(ffi::SlotId::id)>&& offsetof(C, id) ==
        0;
static_assert(kIsSlotId<SCThreadStorageId> && kIsSlotId<SCFlowStorageId>);
static_assert(std::is_same_v<std::underlying_type_t<SCLogLevel>, int>);

static_assert(sizeof(SCPlugin) == 56 && sizeof(ffi::RawPlugin) == 56);
static_assert(offsetof(ffi::RawPlugin, version) == offsetof(SCPlugin, version));
static_assert(offsetof(ffi::RawPlugin, suricata_version) == offsetof(SCPlugin, suricata_version));
static_assert(offsetof(ffi::RawPlugin, name) == offsetof(SCPlugin, name));
static_assert(offsetof(ffi::RawPlugin, plugin_version) == offsetof(SCPlugin, plugin_version));
static_assert(offsetof(ffi::RawPlugin, license) == offsetof(SCPlugin, license));
static_assert(offsetof(ffi::RawPlugin, author) == offsetof(SCPlugin, author));
static_assert(offsetof(ffi::RawPlugin, init) == offsetof(SCPlugin, Init));
static_assert(std::is_same_v<decltype(ffi::RawPlugin::init), decltype(SCPlugin::Init)>);
static_assert(sizeof(SCJsonBuilderMark) == sizeof(ffi::JsonMark));
static_assert(offsetof(ffi::JsonMark, position) == offsetof(SCJsonBuilderMark, position));
static_assert(offsetof(ffi::JsonMark, state_index) == offsetof(SCJsonBuilderMark, state_index));
static_assert(offsetof(ffi::JsonMark, state) == offsetof(SCJsonBuilderMark, state));

// The wrappers' declarations match the C functions, and are noexcept.
template <class Ours, class C>
inline constexpr bool kFits =
    std::is_convertible_v<Ours, C> && !std::is_same_v<Ours, C> && sizeof(Ours) == sizeof(C);
#define SURISIM_SAME_FIELD(ours, c)                                                       \
  static_assert(kFits<decltype(ffi::RawEveFileType::ours), decltype(SCEveFileType::c)> && \
                    offsetof(ffi::RawEveFileType, ours) == offsetof(SCEveFileType, c),    \
                #c)
SURISIM_SAME_FIELD(init, Init);
SURISIM_SAME_FIELD(thread_init, ThreadInit);
SURISIM_SAME_FIELD(write, Write);
SURISIM_SAME_FIELD(thread_deinit, ThreadDeinit);
SURISIM_SAME_FIELD(deinit, Deinit);
#undef SURISIM_SAME_FIELD
static_assert(offsetof(ffi::RawEveFileType, name) == offsetof(SCEveFileType, name));
static_assert(offsetof(ffi::RawEveFileType, entries) == offsetof(SCEveFileType, entries));
static_assert(sizeof(ffi::RawEveFileType) == sizeof(SCEveFileType));

static_assert(ffi::kApiVersion == SC_API_VERSION);
static_assert(std::string_view(ffi::kSuricataVersion) == SC_PACKAGE_VERSION);

using suricata_ffi::log::Level;
static_assert(static_cast<int>(Level::error) == SC_LOG_ERROR);
static_assert(static_cast<int>(Level::warning) == SC_LOG_WARNING);
static_assert(static_cast<int>(Level::notice) == SC_LOG_NOTICE);
static_assert(static_cast<int>(Level::info) == SC_LOG_INFO);
static_assert(static_cast<int>(Level::perf) == SC_LOG_PERF);
static_assert(static_cast<int>(Level::config) == SC_LOG_CONFIG);
static_assert(static_cast<int>(Level::debug) == SC_LOG_DEBUG);

}  // namespace abi_agreement
