// Several explorations as one, and one as a part of it.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "surisim/explore.hpp"

namespace surisim {

Exploration merged(std::vector<Exploration> shares) {
  Exploration all;
  for (Exploration& one : shares) {
    // The first schedule is counted once.
    const bool again = &one != &shares.front() && one.run > 0;
    all.run += one.run - (again ? 1 : 0);
    all.points += one.points - (again ? one.first.points : 0);
    all.seconds += one.seconds;
    all.orders.merge(one.orders);
    all.stopped |= one.stopped;
    for (auto [to, from] : {std::pair{&all.cut_short, &one.cut_short},
                            {&all.alone, &one.alone},
                            {&all.not_watched, &one.not_watched},
                            {&all.diverged, &one.diverged}})
      if (to->empty()) *to = std::move(*from);
    if (!again || !one.complete || !all.complete)
      all.complete = again ? std::nullopt : one.complete;
    else
      all.complete->delays = std::min(all.complete->delays, one.complete->delays);
    if (all.not_controlled.empty()) all.not_controlled = std::move(one.not_controlled);
    if (all.plugins.empty()) all.plugins = std::move(one.plugins);
    if (all.first.number == 0) all.first = one.first;
    for (const RanSchedule& ran : one.each)
      if (!again || ran.number != 1) all.each.push_back(ran);
    std::move(one.findings.begin(), one.findings.end(), std::back_inserter(all.findings));
  }
  std::stable_sort(all.findings.begin(), all.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.number < b.number; });
  std::set<std::string> known;
  std::erase_if(all.findings, [&known](const Finding& finding) {
    return !known.insert(finding_key(finding.violation)).second;
  });
  return all;
}

const Finding* first_finding(const Exploration& found, Severity at_least) {
  const auto first = std::find_if(
      found.findings.begin(), found.findings.end(),
      [at_least](const Finding& finding) { return finding.violation.severity >= at_least; });
  return first == found.findings.end() ? nullptr : &*first;
}

Exploration up_to_first_finding(Exploration all, Severity at_least) {
  const Finding* const first = first_finding(all, at_least);
  if (first == nullptr) return all;
  const std::uint64_t last = first->number;
  std::erase_if(all.findings, [last](const Finding& finding) { return finding.number > last; });
  std::erase_if(all.each, [last](const RanSchedule& ran) { return ran.number > last; });
  all.run = all.each.size();
  all.points = 0;
  all.orders.clear();
  for (const RanSchedule& ran : all.each) {
    all.points += ran.points;
    if (ran.order) all.orders.insert(*ran.order);
  }
  return all;
}

}  // namespace surisim
