// The rule catalogue: each mistake that surisim can name, with its page. The checker, reports,
// `surisim rules` and docs/rules.md all read this one table.
//
// When:    at any time; nothing needs to run.
// Owner:   the library; the texts live as long as the process.
// Threads: any.
#pragma once

#include <span>
#include <string_view>

#include "surisim/violation.hpp"

namespace surisim {

// Prose is UTF-8 without line breaks inside a paragraph; "\n\n" stands between paragraphs.
// Examples end in a newline.
struct Rule {
  const char* id;           // stable: "register-duplicate-name"
  Severity severity;        // of its violations, where the call site has no reason to soften it
  const char* summary;      // what the plugin did, to be read after "the plugin"
  const char* meaning;      // what counts, what does not, and which rule is its neighbour
  const char* consequence;  // in a real Suricata
  const char* fix;          // what to do about it
  const char* facts;        // about Suricata, "L2, L16"; empty when none is needed
  const char* language;     // of the examples: "c" or "cpp"
  const char* bad;          // what triggers it
  const char* good;         // the same, done right
};

// All rules, in the order of the catalogue: registration, callbacks, access, values, the end of
// the process, loading.
std::span<const Rule> rules();
// Null when there is no such rule.
const Rule* find_rule(std::string_view id);
// The severity in the table; error for an id that is not in it.
Severity severity_of(std::string_view id);
// The id that `text` was most likely meant to be; empty when none is near.
std::string_view closest_rule(std::string_view text);

// What the examples take for granted, as C that comes before each of them: the headers they
// include, a thread slot `slot`, a flow slot `flow_slot`, their type `State` and `FreeState`.
const char* rule_example_prelude();

}  // namespace surisim
