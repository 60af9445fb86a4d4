// Reads a run's events, and tells its lifecycle.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "golden/flow_facts.hpp"
#include "golden/place.hpp"
#include "golden/sections.hpp"
#include "surisim/event.hpp"
#include "surisim/summary.hpp"

namespace surisim::golden {

class Reader {
 public:
  void see(const Event& event);
  // Once all events have been seen.
  std::vector<LifecycleSection> finish(const Summary& summary);

 private:
  // An OS thread.
  struct Lane {
    std::string title;   // it is within a plugin's Init, or making or freeing a thread; or empty
    std::string thread;  // the one that it makes or frees
    std::uint32_t lifecycle = 0;  // of that thread
    During during = During::nothing;
    bool makes_threads = false;
    // Its own life, which is told when a plugin has a part in it.
    std::vector<std::string> own;
    bool plugin_has_part = false;
    bool created = false, appended = false, joined = false;  // by the thread that made it
  };
  using Value = std::pair<std::string, std::string>;  // thread, slot

  Lane& lane(const Event& event);
  // What a plugin did, or had done to it.
  void tell(const Event& event, const std::string& text);
  // What the engine did, on the thread that makes and frees the others.
  void tell_maker(const Event& event, std::uint32_t lifecycle, const std::string& text);
  void write_own(const std::string& thread);
  std::uint32_t lifecycle_of(std::string_view thread) const;

  void on_engine(const Event& event);
  void on_thread(const Event& event);
  void enter(const Event& event);
  void exit(const Event& event);
  void plugin_init(const Event& event);
  void slot_registered(const Event& event);
  void callback_registered(const Event& event);
  void thread_callback(const Event& event);
  void thread_value(const Event& event);
  bool is_passing(const Event& event, const std::string& thread);
  void output(const Event& event);
  void flag(const Event& event);
  void flow(const Event& event);

  Sections sections_;
  FlowFacts flows_;
  std::map<std::string, Lane, std::less<>> lanes_;
  std::map<std::string, std::uint32_t, std::less<>> born_;  // thread: its lifecycle
  std::map<std::string, int, std::less<>> inits_;           // plugin: how often its Init has run
  std::vector<std::string> thread_callbacks_;               // by position
  std::set<Value> holding_;
  // Set while flows passed, or not: which of several threads gets a flow may be a race.
  std::set<Value> passing_;
  std::uint32_t lifecycles_ = 0;
  bool stopped_ = false;
};

}  // namespace surisim::golden
