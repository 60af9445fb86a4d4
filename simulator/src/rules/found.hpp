// The only place that creates violations and decides when two of them are the same.
//
// When:    at any time, in the plugin's process and in the supervisor's.
// Owner:   nothing is kept.
// Threads: any.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "surisim/rules.hpp"

namespace surisim {

// A violation with the rule's id and severity; the caller adds where it happened.
inline Violation found(RuleId rule, std::string message) {
  const Rule& row = rule_of(rule);
  Violation violation;
  violation.rule = row.id;
  violation.severity = row.severity;
  violation.message = std::move(message);
  return violation;
}

inline bool is(const Violation& violation, RuleId rule) {
  return violation.rule == rule_of(rule).id;
}

namespace same {

inline std::string joined(std::initializer_list<std::string_view> parts) {
  std::string key;
  const char* between = "";
  for (const std::string_view part : parts) {
    key += between;
    key += part;
    between = "\n";
  }
  return key;
}

// These keys are equal for violations that count as the same.
//
// In one run, where they are reported as one, with a count: the same rule, broken by the same call
// for the same slot. If the call is unknown, the message distinguishes them. The source line
// distinguishes instances of a generic function in Rust, which have the same name.
inline std::string in_run(const Violation& v) {
  return joined({v.rule, v.call_site, v.source, v.slot, v.function,
                 v.call_site.empty() ? std::string_view(v.message) : std::string_view()});
}

// In runs with different injected faults, which may change the last call and the message.
inline std::string under_other_faults(const Violation& v) {
  return joined({v.rule, v.call_site, v.source, v.slot, v.callback});
}

// In different builds and on other machines: contains nothing that a compiler or linker chooses.
// `plugin_file` has no path; `plugin_function`, where the call is, has no offset.
inline std::string in_other_builds(const Violation& v, std::string_view plugin_file,
                                   std::string_view plugin_function) {
  return joined({v.rule, plugin_file, v.slot, v.function, v.callback, plugin_function});
}

}  // namespace same
}  // namespace surisim
