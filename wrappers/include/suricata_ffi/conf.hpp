// Suricata's configuration: what suricata.yaml and --set say.
//
// When:    any time from Init on.
// Owner:   the host owns values. One stays until the setting is changed, which Suricata does before
//          threads run.
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

// The value of a setting, "outputs.0.fast.enabled", as it is written there. Nothing if there is no
// such setting, or it has no value of its own: a mapping, a list. A NUL follows the text.
// [any thread]
inline std::optional<std::string_view> conf_get(std::string_view key) noexcept {
  detail::CText name;
  if (!name.copy(key)) return std::nullopt;  // no setting has such a name, or out of memory
  const char* value = nullptr;
  if (detail::suricata_ffi_conf_get(name.c_str(), &value) != 1 || value == nullptr)
    return std::nullopt;
  return value;
}

// Whether a setting is exactly "1", "yes", "true" or "on"; false when it is missing. Suricata's own
// SCConfGetBool takes YES and On, too; this, as in Rust, does not. [any thread]
inline bool conf_get_bool(std::string_view key) noexcept {
  const std::string_view value = conf_get(key).value_or("");
  return value == "1" || value == "yes" || value == "true" || value == "on";
}

}  // namespace suricata_ffi::conf
