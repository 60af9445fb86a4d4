// Every rule id that a violation may carry: what --suppress accepts.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace surisim::cli {

inline constexpr std::array<std::string_view, 35> kRules = {
    "register-after-finalize",
    "register-duplicate-name",
    "register-invalid-argument",
    "register-dangling-name",
    "register-result-ignored",
    "callback-null-function",
    "callback-registered-late",
    "access-before-finalize",
    "access-invalid-id",
    "access-foreign-slot",
    "access-foreign-thread",
    "access-unmanaged-thread",
    "access-after-free",
    "access-stale-handle",
    "access-invalid-handle",
    "value-overwritten",
    "value-shared",
    "value-leaked",
    "value-freed-in-place",
    "value-command-thread",
    "slot-unset",
    "slot-unused",
    "callback-exception",
    "callback-crash",
    "callback-hang",
    "free-reentrant",
    "free-throws",
    "finish-relied-on",
    "thread-started-in-init",
    "process-exit",
    "load-failed",
    "load-no-entry-point",
    "load-version-mismatch",
    "load-null-field",
    "unsupported-function",
};

inline bool is_rule(std::string_view id) {
  return std::find(kRules.begin(), kRules.end(), id) != kRules.end();
}

}  // namespace surisim::cli
