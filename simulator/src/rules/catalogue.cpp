// Joins the families' tables into one, and searches it.
#include "rules/catalogue.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace surisim {
namespace {

std::vector<Rule> all_rules() {
  std::vector<Rule> all;
  for (const auto family :
       {catalogue::registration_rules(), catalogue::callback_rules(), catalogue::access_rules(),
        catalogue::value_rules(), catalogue::process_rules()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

// The Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
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

std::string_view closest_rule(std::string_view text) {
  constexpr std::size_t kLongest = 64;  // a longer text is not a misspelt id
  if (text.empty() || text.size() > kLongest) return {};
  const Rule* best = nullptr;
  std::size_t least = SIZE_MAX;
  for (const Rule& rule : rules()) {
    const std::string_view id = rule.id;
    // A part of an id, such as "leaked" or "value-leak", counts more than the distance.
    const bool part = text.size() >= 4 && id.find(text) != std::string_view::npos;
    const std::size_t far = part ? 0 : distance(text, id);
    if (far < least) {
      least = far;
      best = &rule;
    }
  }
  const std::size_t limit = std::max<std::size_t>(3, text.size() / 3);
  return best != nullptr && least <= limit ? std::string_view(best->id) : std::string_view();
}

const char* rule_example_prelude() {
  return R"(#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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

}  // namespace surisim
