// The rule catalogue: each mistake that surisim can report, with its page. The checks, reports,
// `surisim rules` and docs/rules.md all use this one table.
//
// When:    at any time; nothing needs to run.
// Owner:   the library; the texts live as long as the process.
// Threads: any.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "surisim/violation.hpp"

namespace surisim {

// The rules, in the order of the catalogue: registration, callbacks, access, values, outputs, the
// process, loading. The names are the ids with underscores for hyphens.
enum class RuleId : std::uint8_t {
  register_after_finalize,
  register_duplicate_name,
  register_invalid_argument,
  register_dangling_name,
  register_result_ignored,
  callback_null_function,
  callback_registered_late,
  callback_exception,
  callback_crash,
  callback_hang,
  callback_slow,
  deadlock,
  data_race,
  lock_order_inverted,
  assertion_failed,
  access_before_finalize,
  access_invalid_id,
  access_foreign_slot,
  access_foreign_thread,
  access_unmanaged_thread,
  access_after_free,
  access_stale_handle,
  access_invalid_handle,
  counter_invalid_id,
  value_overwritten,
  value_shared,
  value_leaked,
  value_freed_in_place,
  value_command_thread,
  slot_unset,
  slot_unused,
  free_reentrant,
  free_throws,
  finish_relied_on,
  value_used_after_free,
  eve_record_unbalanced,
  logger_foreign_data,
  output_changed,
  output_lost,
  thread_started_in_init,
  thread_attributes_changed,
  thread_not_owned,
  foreign_descriptor,
  host_object_overwritten,
  packet_leaked,
  process_exit,
  sanitizer_report,
  unsupported_function,
  load_failed,
  load_no_entry_point,
  load_version_mismatch,
  load_null_field,
};

// Prose is UTF-8 without line breaks inside a paragraph, and with "\n\n" between paragraphs.
// Examples end with a newline.
struct Rule {
  RuleId rule;
  const char* id;           // stable: "register-duplicate-name"
  Severity severity;        // of its violations, unless a check lowers it
  const char* summary;      // what the plugin did, to be read after "the plugin"
  const char* meaning;      // what is a violation, what is not, and related rules
  const char* consequence;  // what happens in a real Suricata
  const char* fix;          // what to do about it
  const char* facts = "";   // about Suricata: "L2, L16"; empty if none is needed
  // surisim's source files that detect it, relative to the repository's root:
  // "simulator/src/check/leaks.cpp"
  const char* detected_in;
  const char* language = "c";  // of the examples: "c" or "cpp"
  const char* bad;             // what triggers it
  const char* good;            // the same, done correctly
};

// All rules, in the order of RuleId.
std::span<const Rule> rules();
// Null if there is no such rule.
const Rule* find_rule(std::string_view id);
const Rule& rule_of(RuleId rule);
// The error for an id that no rule has, with the closest id:
// expected the id of a rule, got "value-leeked"; did you mean value-leaked?
std::string unknown_rule(std::string_view id);

// The C code that precedes each example: the headers that they include, a thread slot `slot`, a
// flow slot `flow_slot`, their type `State`, and `FreeState`.
const char* rule_example_prelude();

}  // namespace surisim
