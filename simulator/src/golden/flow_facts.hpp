// What flows of a run have in common, whatever thread gets which of them when.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "golden/place.hpp"
#include "golden/sections.hpp"
#include "surisim/event.hpp"

namespace surisim::golden {

// Facts, each told once: which callbacks, on which kind of thread, in which order over a flow's
// life, and where values are made and freed. How many flows end how is not among them.
class FlowFacts {
 public:
  // A plugin has registered a callback, "flow init", or a flow slot.
  void registered(std::string_view kind) { registered_.emplace(kind); }
  void slot_registered() { has_slots_ = true; }

  // An event with a flow; `during` is what its thread is doing.
  void see(const Event& event, During during);
  void write(Sections& sections) const;

 private:
  struct Life {
    std::string steps;  // "init, updates"
    std::string_view last;
    std::string_view worker;
    bool finished = false;
    std::set<std::string_view> holding;  // slots
  };
  void step(Life& life, std::string_view word, bool told);
  void value(const Event& event, Life& life, During during);
  void fact(const Event& event, int rank, std::string text);
  static std::string where(const Event& event, const Life& life, During during);

  std::set<std::string, std::less<>> registered_;
  bool has_slots_ = false;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Life> lives_;  // by lifecycle and flow
  std::map<std::uint32_t, std::set<std::pair<int, std::string>>> facts_;
};

}  // namespace surisim::golden
