// The plugin's entry point, which Suricata calls right after dlopen.
//
// When:    Suricata calls the entry point, then Init, as soon as it has loaded the file (L1, L38).
// Owner:   the plugin; all strings are literals.
// Threads: main.
// Source:  suricata-plugin.h, util-plugin.c, facts L38 to L40; plugin.rs of the Rust crate, same
//          field names.
//
//   static void init() { ... }
//
//   SURICATA_FFI_PLUGIN({
//       .name = "flow-counter",
//       .version = "1.0.0",
//       .license = "MIT",
//       .author = "Jane Doe",
//       .init = init,
//   });
//
// The same file loads in Suricata 8.0 and 9.0: the entry point returns the version of the host that
// calls it.
//
// Rust's plugin::init() has no counterpart, because the log reads the host's level each time.
#pragma once

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/callback.hpp"
#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/detail/host.hpp"

namespace suricata_ffi::plugin {

struct Plugin {
  const char* name = nullptr;
  const char* version = nullptr;  // of the plugin; optional
  const char* license = nullptr;
  const char* author = nullptr;
  // Registers storage and callbacks. If it throws, the exception is logged at error level and
  // dropped; Suricata continues with what was registered before.
  void (*init)() = nullptr;
};

}  // namespace suricata_ffi::plugin

namespace suricata_ffi::detail {

template <const plugin::Plugin& P>
SURICATA_FFI_LOCAL void plugin_init() noexcept {
  guarded("Init", P.init);
}

// The struct that the host reads. A null field that would abort the engine (L39) does not compile.
template <const plugin::Plugin& P>
RawPlugin raw_plugin() noexcept {
  static_assert(P.name != nullptr, "a plugin needs a .name");
  static_assert(P.license != nullptr, "a plugin needs a .license");
  static_assert(P.author != nullptr, "a plugin needs an .author");
  static_assert(P.init != nullptr, "a plugin needs an .init function");
  bind_host();
  return {host_version,   host_is_80() ? kSuricataVersion80 : kSuricataVersion,
          P.name,         P.version,
          P.license,      P.author,
          &plugin_init<P>};
}

}  // namespace suricata_ffi::detail

// Defines the exported SCPluginRegister. Once in a plugin, outside any namespace.
#define SURICATA_FFI_PLUGIN(...)                                                          \
  static constexpr ::suricata_ffi::plugin::Plugin suricata_ffi_plugin = __VA_ARGS__;      \
  extern "C" SURICATA_FFI_EXPORT ::suricata_ffi::detail::RawPlugin*                       \
  suricata_ffi_plugin_register() noexcept __asm__("SCPluginRegister");                    \
  extern "C" ::suricata_ffi::detail::RawPlugin* suricata_ffi_plugin_register() noexcept { \
    static constinit ::suricata_ffi::detail::RawPlugin plugin{};                          \
    plugin = ::suricata_ffi::detail::raw_plugin<suricata_ffi_plugin>();                   \
    return &plugin;                                                                       \
  }                                                                                       \
  static_assert(true, "the macro needs a semicolon after it")
