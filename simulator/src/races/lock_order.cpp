// Each lock that is taken inside another is an edge between the two. A new edge that closes a cycle
// is reported if the threads of the cycle can meet there.
#include "races/lock_order.hpp"

#include <algorithm>
#include <utility>

namespace surisim::races {
namespace {

using schedule::Act;
using schedule::Operation;

// How many ways to take two locks are kept; beyond that the earliest are forgotten.
constexpr std::size_t kMostEdges = 64;

// Whether the two operations cannot hold the lock at the same time.
bool exclude(const Operation& a, const Operation& b) {
  return a.object == b.object && (a.act == Act::lock || b.act == Act::lock);
}

bool same_locks(std::span<const Operation> a, std::span<const Operation> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Operation& one, const Operation& other) {
                      return one.object == other.object && one.act == other.act;
                    });
}

}  // namespace

LockOrder::LockOrder(std::function<Moment()> now, std::function<void(const Cycle&)> found)
    : now_(std::move(now)), found_(std::move(found)) {}

void LockOrder::locks(ThreadId thread, const Operation& operation, std::span<const Operation> held,
                      const VectorClock& known) {
  const auto is_it = [&](const Operation& one) { return one.object == operation.object; };
  if (std::any_of(held.begin(), held.end(), is_it)) return;
  known_[{thread, operation.object}] = known;
  if (operation.gives_up || held.empty()) return;
  const Moment now = now_();
  for (const Operation& outer : held) {
    const Nested nested{thread, outer, operation, now.callback, now.phase};
    find_cycles(keep({nested,
                      {held.begin(), held.end()},
                      known.of(thread),
                      known_[{thread, outer.object}],
                      ++edges_seen_}));
  }
}

// Replaces an equal edge: later edges can meet the most other edges.
const LockOrder::Edge& LockOrder::keep(Edge edge) {
  const Nested& mine = edge.nested;
  auto& all = edges_[{mine.outer.object, mine.inner.object}];
  inside_[mine.outer.object].insert(mine.inner.object);
  locks_.insert({mine.outer.object, mine.inner.object});
  const auto same = std::find_if(all.begin(), all.end(), [&](const Edge& other) {
    const Nested& nested = other.nested;
    return nested.thread == mine.thread && nested.outer.caller == mine.outer.caller &&
           nested.inner.caller == mine.inner.caller && nested.inner.act == mine.inner.act &&
           same_locks(other.held, edge.held);
  });
  if (same != all.end()) return *same = std::move(edge);
  if (all.size() == kMostEdges) all.pop_front();
  return all.emplace_back(std::move(edge));
}

void LockOrder::find_cycles(const Edge& latest) {
  const void* const outer = latest.nested.outer.object;
  const void* const inner = latest.nested.inner.object;
  for (const Edge& second : between(inner, outer)) report({&latest, &second});
  const auto further = inside_.find(inner);
  if (further == inside_.end()) return;
  for (const void* const third_lock : further->second)
    for (const Edge& third : between(third_lock, outer))
      for (const Edge& second : between(inner, third_lock)) report({&latest, &second, &third});
}

const std::deque<LockOrder::Edge>& LockOrder::between(const void* outer, const void* inner) const {
  const auto found = edges_.find({outer, inner});
  return found == edges_.end() ? nothing_ : found->second;
}

// Whether the two threads can hold their outer locks and wait for their inner locks at the same
// time. A thread does not meet itself, because it knows its own past.
bool LockOrder::may_meet(const Edge& a, const Edge& b) {
  const Edge& earlier = a.number < b.number ? a : b;
  const Edge& later = a.number < b.number ? b : a;
  if (earlier.time <= later.known.of(earlier.nested.thread)) return false;
  return std::none_of(a.held.begin(), a.held.end(), [&b](const Operation& mine) {
    return std::any_of(b.held.begin(), b.held.end(),
                       [&mine](const Operation& other) { return exclude(mine, other); });
  });
}

// Reports the cycle if its threads may wait for each other, and it is new.
void LockOrder::report(const std::vector<const Edge*>& cycle) {
  Cycle all;
  std::set<std::pair<const void*, const void*>> places;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const Edge& one = *cycle[i];
    const Edge& next = *cycle[(i + 1) % cycle.size()];
    if (!exclude(one.nested.inner, next.nested.outer) || !may_meet(one, next)) return;
    all.push_back(one.nested);
    places.insert({one.nested.outer.caller, one.nested.inner.caller});
  }
  if (!places_.insert(places).second) return;
  const auto first = std::min_element(all.begin(), all.end(), [](const Nested& a, const Nested& b) {
    return a.inner.caller < b.inner.caller;
  });
  std::rotate(all.begin(), first, all.end());
  found_(all);
}

void LockOrder::frees(const void* block, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(block);
  const auto is_inside = [begin, size](const void* lock) {
    return reinterpret_cast<std::uintptr_t>(lock) - begin < size;
  };
  const auto first = locks_.lower_bound(block);
  if (first == locks_.end() || !is_inside(*first)) return;
  std::erase_if(edges_, [&](const auto& one) {
    return is_inside(one.first.first) || is_inside(one.first.second);
  });
}

}  // namespace surisim::races
