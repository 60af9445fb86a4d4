// What the flows of a run have in common, whichever thread handles which of them when.
//
// When:    while a lifecycle is read from events.
// Owner:   a value; lives no longer than the EventLog whose events it has read.
// Threads: one at a time.
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

// Which of several threads of a kind does something is often a race: "a worker", "a recycler".
inline std::string any_of_its_kind(std::string_view os) {
  const std::string_view kind = kind_of_thread(os);
  if (kind == "W") return "a worker";
  if (kind == "FR") return "a recycler";
  if (kind == "FM") return "a flow manager";
  if (kind == "RX") return "a receiver";
  if (kind == "DL") return "a detect loader";
  return std::string(os);
}

// What a thread last called the plugin for, as far as events show.
enum class During {
  nothing,
  flow_init,
  flow_update,
  flow_finish,
  flow_end,  // its storage is freed
  eve,       // on a record that any thread of its kind may make
  logger,
};

inline const char* to_string(During during) {
  switch (during) {
    case During::nothing:
      return "";
    case During::flow_init:
      return "flow init";
    case During::flow_update:
      return "flow update";
    case During::flow_finish:
      return "flow finish";
    case During::flow_end:
      return "a flow's end";
    case During::eve:
      return "EVE";
    case During::logger:
      return "a logger";
  }
  return "";
}

// Facts, each once: which callbacks, on which kind of thread, in which order over a flow's
// life, and where values are made and freed. How many flows end how is not among them.
class FlowFacts {
 public:
  // A plugin has registered a callback, "flow init", or a flow slot.
  void registered(std::string_view kind) { registered_.emplace(kind); }
  void slot_registered() { has_slots_ = true; }

  // An event with a flow; `during` is what its thread is doing.
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
