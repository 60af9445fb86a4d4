// Implements sections.hpp, except align() (compare.cpp).
#include "golden/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace surisim::golden {

namespace {

bool same(const std::vector<LifecycleSection>& a, const std::vector<LifecycleSection>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const LifecycleSection& one, const LifecycleSection& other) {
                      return one.title == other.title && one.thread == other.thread &&
                             one.lines == other.lines;
                    });
}

}  // namespace

std::vector<Group> groups_of(const std::vector<LifecycleSection>& sections) {
  std::vector<Group> groups;
  for (const LifecycleSection& section : sections) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return !section.thread.empty() && !group.threads.empty() && group.title == section.title &&
             *group.lines == section.lines;
    });
    if (same != groups.end()) {
      same->threads.push_back(section.thread);
      continue;
    }
    Group& group = groups.emplace_back(Group{section.title, {}, &section.lines});
    if (!section.thread.empty()) group.threads.push_back(section.thread);
  }
  return groups;
}

void Sections::add_line(std::uint32_t lifecycle, const std::string& title,
                        const std::string& thread, std::string line) {
  Part& part = parts_[lifecycle];
  const auto [place, is_new] = part.places.try_emplace({title, thread}, part.sequences.size());
  if (is_new) part.sequences.push_back({title, thread, {}});
  if (!line.empty()) part.sequences[place->second].lines.push_back(std::move(line));
}

void Sections::add_fact(std::uint32_t lifecycle, const std::string& title, int rank,
                        std::string line) {
  parts_[lifecycle].sets[title].emplace(rank, std::move(line));
}

std::vector<LifecycleSection> Sections::sections_of(Part& part) {
  std::vector<LifecycleSection> out = std::move(part.sequences);
  for (auto& [title, lines] : part.sets) {
    LifecycleSection& section = out.emplace_back();
    section.title = title;
    for (const auto& [rank, line] : lines) section.lines.push_back(line);
  }
  return out;
}

std::vector<LifecycleSection> Sections::take() {
  std::vector<LifecycleSection> out, first;
  for (auto& [lifecycle, part] : parts_) {
    std::vector<LifecycleSection> sections = sections_of(part);
    if (lifecycle == 1) first = sections;
    if (lifecycle > 1) {
      if (same(sections, first)) continue;
      for (LifecycleSection& section : sections)
        section.title = fmt::format("lifecycle {}: {}", lifecycle, section.title);
    }
    out.insert(out.end(), std::make_move_iterator(sections.begin()),
               std::make_move_iterator(sections.end()));
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string quoted_name(std::string_view name) { return '"' + escaped(name) + '"'; }

namespace {

enum Rank { kLife, kInit, kUpdate, kFinish, kSet, kTake, kFree };

}  // namespace

void FlowFacts::fact(const Event& event, int rank, std::string text) {
  facts_[event.lifecycle].emplace(rank, std::move(text));
}

// Any worker may be the one that finds a flow timed out in its bucket (L32).
std::string FlowFacts::where(const Event& event, const Life& life, Activity activity) {
  const bool on_worker = kind_of_thread(event.os) == "W";
  const bool race = activity == Activity::flow_end && !life.finished;
  if (!on_worker || race || activity == Activity::eve || activity == Activity::logger)
    return any_of_its_kind(event.os);
  return event.os == life.worker ? "the flow's worker" : "another worker";
}

void FlowFacts::step(Life& life, std::string_view word, bool registered) {
  constexpr std::string_view kUpdates = "updates";  // one or more
  if (!registered || (word == life.last && word == kUpdates)) return;
  life.steps += (life.steps.empty() ? "" : ", ");
  life.steps += word;
  life.last = word;
}

void FlowFacts::value(const Event& event, Life& life, Activity activity) {
  const std::string slot = quoted_name(event.what);
  std::string text;
  Rank rank = kSet;
  switch (event.kind) {
    case EventKind::flow_value_set:
      text = (life.holding.insert(event.what).second ? "set " : "replace ") + slot;
      break;
    case EventKind::flow_value_taken:
      if (life.holding.erase(event.what) == 0) return;  // NULL was set in an empty slot
      text = "take out " + slot;
      rank = kTake;
      break;
    default:
      rank = kFree;
      life.holding.erase(event.what);
      text = "Free " + slot;
  }
  std::string when = fmt::format("in {}", to_string(activity));
  if (activity == Activity::flow_end) when = life.finished ? "after flow finish" : "without finish";
  if (activity == Activity::nothing) when = "outside of flow callbacks";
  fact(event, rank, fmt::format("{}: {}, on {}", text, when, where(event, life, activity)));
}

void FlowFacts::read(const Event& event, Activity activity) {
  Life& life = lives_[{event.lifecycle, event.flow.flow}];
  const auto callback = [&](Rank rank, const char* kind, const char* word) {
    const bool registered = registered_.contains(kind);
    step(life, word, registered);
    if (registered) fact(event, rank, fmt::format("{}: on {}", kind, where(event, life, activity)));
  };
  switch (event.kind) {
    case EventKind::flow_init:
      life.worker = event.os;
      callback(kInit, "flow init", "init");
      break;
    case EventKind::flow_update:
      callback(kUpdate, "flow update", "updates");
      break;
    case EventKind::flow_finish:
      callback(kFinish, "flow finish", "finish");
      life.finished = true;
      break;
    case EventKind::flow_cleared:
      step(life, "storage freed", has_slots_);
      if (!life.steps.empty()) fact(event, kLife, "a flow's life: " + life.steps);
      break;
    case EventKind::flow_value_set:
    case EventKind::flow_value_taken:
    case EventKind::flow_value_freed:
      value(event, life, activity);
      break;
    default:
      break;
  }
}

void FlowFacts::write(Sections& sections) const {
  for (const auto& [lifecycle, facts] : facts_)
    for (const auto& [rank, text] : facts) sections.add_fact(lifecycle, "flows", rank, text);
}

}  // namespace surisim::golden
