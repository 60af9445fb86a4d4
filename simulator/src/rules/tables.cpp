// Joins the tables of rules and those of facts, and searches them.
#include "rules/tables.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/user_input.hpp"
#include "surisim/facts.hpp"

namespace surisim {
namespace {

std::vector<Rule> all_rules() {
  std::vector<Rule> all;
  for (const auto family :
       {catalogue::registration_rules(), catalogue::callback_rules(), catalogue::access_rules(),
        catalogue::value_rules(), catalogue::output_rules(), catalogue::process_rules(),
        catalogue::loading_rules()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

}  // namespace

const char* to_string(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

std::span<const Rule> rules() {
  // Never destroyed: plugins' destructors may still break rules.
  static const auto& all = *new std::vector<Rule>(all_rules());
  return all;
}

const Rule* find_rule(std::string_view id) {
  const auto all = rules();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Rule& r) { return r.id == id; });
  return found == all.end() ? nullptr : &*found;
}

const Rule& rule_of(RuleId rule) { return rules()[static_cast<std::size_t>(rule)]; }

std::string unknown_rule(std::string_view id) {
  std::vector<std::string_view> ids;
  for (const Rule& rule : rules()) ids.emplace_back(rule.id);
  const std::string_view closest = base::closest(id, ids);
  return "expected the id of a rule, got \"" + base::shown(id) + "\"; " +
         (closest.empty() ? "surisim rules lists them"
                          : "did you mean " + std::string(closest) + "?");
}

const char* rule_example_prelude() {
  return R"(#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "counters.h"
#include "flow-callbacks.h"
#include "flow-storage.h"
#include "suricata-plugin.h"
#include "thread-callbacks.h"
#include "thread-storage.h"
#include "util-debug.h"

typedef struct State {
    uint64_t flows;
} State;

static SCThreadStorageId slot = {-1};
static SCFlowStorageId flow_slot = {-1};

static void FreeState(void *value)
{
    free(value);
}
)";
}

namespace {

std::vector<Fact> all_facts() {
  std::vector<Fact> all;
  for (const auto topic :
       {catalogue::thread_facts(), catalogue::storage_facts(), catalogue::flow_callback_facts(),
        catalogue::traffic_facts(), catalogue::version_storage_facts(),
        catalogue::version_abi_facts(), catalogue::version_run_facts()})
    all.insert(all.end(), topic.begin(), topic.end());
  return all;
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::span<const Fact> facts() {
  static const auto& all = *new std::vector<Fact>(all_facts());  // never destroyed, as the rules
  return all;
}

const Fact* find_fact(std::string_view number) {
  const auto all = facts();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Fact& fact) {
    const std::string_view known = fact.number;
    return std::equal(known.begin(), known.end(), number.begin(), number.end(),
                      [](char a, char b) { return a == upper(b); });
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace surisim
