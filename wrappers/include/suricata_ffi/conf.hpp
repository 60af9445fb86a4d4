// Suricata's configuration, from suricata.yaml and --set.
//
// When:    at any time from Init on.
// Owner:   the host owns values. A value is valid until its setting is changed, which Suricata does
//          only before threads run.
// Threads: any.
// Source:  conf.c, SCConfGet; conf.rs of the Rust crate, same names.
//
//   if (suricata_ffi::conf::conf_get_bool("plugin-settings.verbose")) ...
#pragma once

#include <optional>
#include <string_view>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/c_text.hpp"

namespace suricata_ffi::conf {

// The text of a setting such as "outputs.0.fast.enabled". Nothing if there is no such setting, or
// if it is a mapping or a list. A NUL follows the text. [any thread]
inline std::optional<std::string_view> conf_get(std::string_view key) noexcept {
  detail::CText name;
  if (!name.copy(key)) return std::nullopt;  // no setting has such a name, or out of memory
  const char* value = nullptr;
  if (detail::suricata_ffi_conf_get(name.c_str(), &value) != 1 || value == nullptr)
    return std::nullopt;
  return value;
}

// Whether a setting is exactly "1", "yes", "true" or "on"; false if it is missing. Suricata's
// SCConfGetBool also accepts YES and On; this function, as in Rust, does not. [any thread]
inline bool conf_get_bool(std::string_view key) noexcept {
  const std::string_view value = conf_get(key).value_or("");
  return value == "1" || value == "yes" || value == "true" || value == "on";
}

}  // namespace suricata_ffi::conf
