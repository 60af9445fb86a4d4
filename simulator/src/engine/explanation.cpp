// Finds the steps of different threads whose order makes the mistake, and describes them.
#include "engine/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/source_line.hpp"

namespace surisim::engine {
namespace {

using schedule::Act;

constexpr int kNear = 4;  // how many of the thread's own steps to look back

std::string source_of(const schedule::Operation& operation) {
  return operation.act == Act::access ? base::instruction_place(operation.caller).source
                                      : base::source_of(operation.caller);
}

std::string in_brackets(const std::string& source) {
  return source.empty() ? "" : fmt::format(" ({})", source);
}

void join(std::string& sentences, const std::string& one) {
  if (one.empty() || sentences.find(one) != std::string::npos) return;
  sentences += (sentences.empty() ? "" : ", and ") + one;
}

}  // namespace

Explanation::Explanation(const WatchedCode& code, const Names& names, const Sites& sites,
                         std::vector<schedule::Step> steps)
    : code_(code), names_(names), sites_(sites), steps_(std::move(steps)) {}

const std::string& Explanation::name_of(schedule::ThreadId thread) const {
  static const std::string unknown = "a thread";
  const auto name = names_.find(thread);
  return name == names_.end() ? unknown : name->second;
}

// "reads `total`"; as a noun "read of `total`".
std::string Explanation::describe(const schedule::Operation& operation, bool as_noun) const {
  if (operation.act != Act::access) {
    const char* const act = to_string(operation.act);
    if (operation.act == Act::once) return as_noun ? "one-time call" : "makes a one-time call";
    return as_noun ? act : fmt::format("{}s", act);
  }
  const auto known = sites_.find(operation.caller);
  const bool reads = known == sites_.end() || known->second.reads;
  const bool writes = known != sites_.end() && known->second.writes;
  const char* const noun = reads && writes ? "update" : writes ? "write" : "read";
  const std::string name = base::symbol_at(operation.object);
  const std::string object = name.empty() ? "memory" : fmt::format("`{}`", name);
  return as_noun ? fmt::format("{} of {}", noun, object) : fmt::format("{}s {}", noun, object);
}

// "W#01's read of `total` (/src/plugin.c:41)".
std::string Explanation::describe(const Step& step) const {
  return fmt::format("{}'s {}{}", name_of(step.thread), describe(step.operation, true),
                     in_brackets(source_of(step.operation)));
}

bool Explanation::is_plugins(const Step& step) const {
  return step.operation.caller != nullptr && code_.site_of(step.operation.place()).has_value();
}

// Describes the last time that a thread reached the second place after another had reached the
// first.
std::string Explanation::of(const SiteOrder& order) const {
  const auto first = code_.place_of(order.first);
  const auto second = code_.place_of(order.second);
  std::vector<const Step*> came;  // steps at the first place since the last one at the second
  const Step* before = nullptr;
  const Step* after = nullptr;
  for (const Step& step : steps_) {
    const schedule::Place place = step.operation.place();
    if (place == second) {
      const auto other = std::find_if(came.rbegin(), came.rend(), [&step](const Step* one) {
        return one->thread != step.thread;
      });
      if (other != came.rend()) {
        before = *other;
        after = &step;
      }
      came.clear();
    }
    if (place == first) came.push_back(&step);
  }
  if (after == nullptr) return "";
  const auto site = sites_.find(after->operation.caller);
  const bool is_split = site != sites_.end() && site->second.function == nullptr &&
                        site->second.reads && site->second.writes && !site->second.locked;
  return fmt::format("{} comes {} {}", describe(*before),
                     is_split ? "between the load and the store of" : "before", describe(*after));
}

std::size_t Explanation::step_after(const ScheduleTurn& turn) const {
  const auto at = std::find_if(steps_.begin(), steps_.end(), [&turn](const Step& step) {
    return step.thread == turn.thread && step.times_resumed > turn.times;
  });
  return static_cast<std::size_t>(at - steps_.begin());
}

// Describes what others did to the memory or lock that the thread uses after the turn.
std::string Explanation::of(const ScheduleTurn& turn) const {
  const std::size_t next = step_after(turn);
  if (next == steps_.size() || !is_plugins(steps_[next])) return "";
  const Step& stopped = steps_[next];
  const auto is_same = [&stopped, this](const Step& one) {
    return one.operation.object == stopped.operation.object && is_plugins(one);
  };
  std::size_t at = next;
  while (at > 0 && steps_[at - 1].thread != turn.thread && !is_same(steps_[at - 1])) --at;
  if (at == 0 || steps_[at - 1].thread == turn.thread) return "";
  const std::string other = describe(steps_[at - 1]);
  for (int own = 0; own < kNear && at > 0; --at) {
    if (steps_[at - 1].thread != turn.thread) continue;
    if (is_same(steps_[at - 1])) break;
    ++own;
  }
  if (at == 0 || !is_same(steps_[at - 1]) || steps_[at - 1].thread != turn.thread)
    return fmt::format("{} comes before {}", other, describe(stopped));
  return fmt::format("{} comes between {} and its {}{}", other, describe(steps_[at - 1]),
                     describe(stopped.operation, true), in_brackets(source_of(stopped.operation)));
}

std::string Explanation::of(const ScheduleOptions& schedule) const {
  std::string sentences;
  for (const SiteOrder& order : schedule.orders) join(sentences, of(order));
  for (const ScheduleTurn& turn : schedule.turns) join(sentences, of(turn));
  return sentences;
}

std::vector<ScheduleStep> Explanation::last_steps(std::size_t most) const {
  std::vector<ScheduleStep> last;
  for (auto step = steps_.rbegin(); step != steps_.rend() && last.size() < most; ++step) {
    const schedule::Operation& operation = step->operation;
    if (!is_plugins(*step)) continue;
    last.push_back({name_of(step->thread), describe(operation, false),
                    operation.act == Act::access ? base::describe_instruction(operation.caller)
                                                 : base::describe_call(operation.caller)});
  }
  std::reverse(last.begin(), last.end());
  return last;
}

}  // namespace surisim::engine
