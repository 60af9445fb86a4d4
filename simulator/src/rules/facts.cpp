// The facts as one table, and the search in it.
#include "surisim/facts.hpp"

#include <algorithm>
#include <vector>

#include "rules/facts_by_topic.hpp"

namespace surisim {
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
