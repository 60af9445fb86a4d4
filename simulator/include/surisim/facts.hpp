// What Suricata does, fact by fact, each with advice for plugin authors. Code, rules, the lifecycle
// and tests cite the numbers; `surisim facts` and docs/facts.md print this table.
//
// When:    at any time; nothing needs to run.
// Owner:   the library; the texts live as long as the process.
// Threads: any.
#pragma once

#include <span>
#include <string_view>

namespace surisim {

// Prose is UTF-8, a single paragraph that ends with a full stop.
struct Fact {
  const char* number;     // never given to another fact: "L27"
  const char* section;    // of the page; the facts of a section are adjacent
  const char* title;      // a sentence without its full stop
  const char* what;       // what Suricata does
  const char* advice;     // what a plugin should do about it
  const char* source;     // files of Suricata's sources, or how else it is known
  const char* here = "";  // what surisim does differently; empty: nothing
};

// All facts: L1, L2, … are about the lifecycle, T1, T2, … about traffic, both in Suricata 9.0;
// E1, E2, … are what 8.0 does differently.
std::span<const Fact> facts();
// Finds a fact by its number, in upper or lower case. Null: there is no such fact.
const Fact* find_fact(std::string_view number);

}  // namespace surisim
