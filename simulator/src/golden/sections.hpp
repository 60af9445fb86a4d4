// What the files of this room share: building the sections of a Lifecycle from events (Sections,
// FlowFacts) and the syntax of its lines.
//
// When:    while a lifecycle is made from events, or a golden file is written, read or compared.
// Owner:   values. They refer to the sections and to the EventLog, which outlive them.
// Threads: one at a time.
// Source:  FlowFacts: L30 to L36.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "surisim/event.hpp"
#include "surisim/golden.hpp"

namespace surisim::golden {

inline constexpr std::string_view kFirstLine = "surisim golden 1";

// Words before a name. A section has a line for each name; in the file they become one list.
inline constexpr std::array<std::string_view, 4> kListWords = {"create ", "join ", "free ",
                                                               "lifecycle "};
// The word that the line begins with, or "".
inline std::string_view list_word(std::string_view line) {
  const auto found = std::find_if(kListWords.begin(), kListWords.end(),
                                  [&](std::string_view word) { return line.starts_with(word); });
  return found == kListWords.end() ? "" : *found;
}

// A line and its result: {"thread slot \"a\"", "id 0"}.
inline std::pair<std::string_view, std::string_view> split_result(std::string_view line) {
  const std::size_t colon = line.rfind(": ");
  if (colon == std::string_view::npos) return {line, ""};
  return {line.substr(0, colon), line.substr(colon + 2)};
}

// Threads with the same lines under the same title, in the order in which they first appear.
struct Group {
  std::string title;
  std::vector<std::string> threads;
  const std::vector<std::string>* lines;
};
std::vector<Group> groups_of(const std::vector<LifecycleSection>& sections);

// Collects lines by section. Thread lifecycles (L28) that equal the first one are left out.
class Sections {
 public:
  // Appends a line to a sequence. `lifecycle`: from 1; 0: not part of a thread lifecycle (L28).
  void add_line(std::uint32_t lifecycle, const std::string& title, const std::string& thread,
                std::string line);
  // Adds a line to a set without repetitions, sorted by rank and then by text.
  void add_fact(std::uint32_t lifecycle, const std::string& title, int rank, std::string line);

  std::vector<LifecycleSection> take();

 private:
  using Key = std::tuple<std::string, std::string>;  // title, thread
  struct Part {
    std::vector<LifecycleSection> sequences;
    std::map<Key, std::size_t> places;
    std::map<std::string, std::set<std::pair<int, std::string>>> sets;
  };
  static std::vector<LifecycleSection> sections_of(Part& part);

  std::map<std::uint32_t, Part> parts_;
};

// Text from a plugin on one line, with control characters escaped; quoted_name(): in quotes.
std::string escaped(std::string_view text);
std::string quoted_name(std::string_view name);

// "W#02-eth0" -> "W"
inline std::string_view kind_of_thread(std::string_view os) { return os.substr(0, os.find('#')); }

// "a worker" for "W#01": which of several threads of a kind does something is often a race.
inline std::string any_of_its_kind(std::string_view os) {
  const std::string_view kind = kind_of_thread(os);
  if (kind == "W") return "a worker";
  if (kind == "FR") return "a recycler";
  if (kind == "FM") return "a flow manager";
  if (kind == "RX") return "a receiver";
  if (kind == "DL") return "a detect loader";
  return std::string(os);
}

// What a thread is calling the plugin for, according to the events.
enum class Activity {
  nothing,
  flow_init,
  flow_update,
  flow_finish,
  flow_end,  // its storage is freed
  eve,       // callbacks on an EVE record
  logger,
};

inline const char* to_string(Activity activity) {
  constexpr const char* kNames[] = {
      "", "flow init", "flow update", "flow finish", "a flow's end", "EVE", "a logger"};
  return kNames[static_cast<std::size_t>(activity)];
}

// Facts about a run's flows that do not depend on scheduling, each once: which callbacks run on
// which kind of thread, in which order in a flow's life, and where values are created and freed.
// How many flows end in which way is not a fact.
class FlowFacts {
 public:
  // A plugin has registered a callback ("flow init"); a flow slot.
  void registered(std::string_view kind) { registered_.emplace(kind); }
  void slot_registered() { has_slots_ = true; }

  // Reads an event about a flow.
  void read(const Event& event, Activity activity);
  void write(Sections& sections) const;

 private:
  struct Life {
    std::string steps;  // "init, updates"
    std::string_view last;
    std::string_view worker;
    bool finished = false;
    std::set<std::string_view> holding;  // slots
  };
  void step(Life& life, std::string_view word, bool registered);
  void value(const Event& event, Life& life, Activity activity);
  void fact(const Event& event, int rank, std::string text);
  static std::string where(const Event& event, const Life& life, Activity activity);

  std::set<std::string, std::less<>> registered_;
  bool has_slots_ = false;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Life> lives_;  // by lifecycle and flow
  std::map<std::uint32_t, std::set<std::pair<int, std::string>>> facts_;
};

}  // namespace surisim::golden
