// Facts about a run's flows that do not depend on which thread handles which flow when.
//
// When:    while a lifecycle is made from events.
// Owner:   a value; the EventLog that it reads outlives it.
// Threads: one at a time.
// Source:  L30 to L36.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "golden/sections.hpp"
#include "surisim/event.hpp"

namespace surisim::golden {

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

// What a thread last called the plugin for, according to the events.
enum class During {
  nothing,
  flow_init,
  flow_update,
  flow_finish,
  flow_end,  // its storage is freed
  eve,       // callbacks on an EVE record, which any thread of its kind may make
  logger,
};

inline const char* to_string(During during) {
  constexpr const char* kNames[] = {
      "", "flow init", "flow update", "flow finish", "a flow's end", "EVE", "a logger"};
  return kNames[static_cast<std::size_t>(during)];
}

// Collects facts, each once: which callbacks run on which kind of thread, in which order in a
// flow's life, and where values are made and freed. How many flows end in which way is not a fact.
class FlowFacts {
 public:
  // A plugin has registered a callback ("flow init"), or a flow slot.
  void registered(std::string_view kind) { registered_.emplace(kind); }
  void slot_registered() { has_slots_ = true; }

  // Reads an event with a flow; `during`: what its thread is doing.
  void read(const Event& event, During during);
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
  void value(const Event& event, Life& life, During during);
  void fact(const Event& event, int rank, std::string text);
  static std::string where(const Event& event, const Life& life, During during);

  std::set<std::string, std::less<>> registered_;
  bool has_slots_ = false;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Life> lives_;  // by lifecycle and flow
  std::map<std::uint32_t, std::set<std::pair<int, std::string>>> facts_;
};

}  // namespace surisim::golden
