// A parsed scenario: its steps and expectations (ScenarioScript); and the state of one that is
// being played (Playing).
//
// When:    made by parse_scenarios(), played by play_scenario().
// Owner:   a Scenario owns its ScenarioScript.
// Threads: one at a time, except for the EVE records.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/mutex.hpp"
#include "surisim/callback.hpp"
#include "surisim/runtime.hpp"
#include "surisim/scenario.hpp"
#include "surisim/traffic.hpp"

namespace surisim::scenario {

// A thread by its name, or a worker by its number: "FR#01", or 2.
struct ThreadRef {
  std::string name;
  std::uint32_t worker = 0;  // from 1; 0: by its name
  std::uint32_t column = 0;  // in its line
};

// Flows are indexes into ScenarioScript::flows.
using FlowIndex = std::size_t;

struct AddFlow {
  FlowIndex flow;
  FlowSpec spec;
  ThreadRef worker = {};  // the worker of `spec`, with its column
};
struct SendPackets {
  FlowIndex flow;
  std::vector<PacketSpec> packets;
  std::uint32_t times = 1;
};
struct SendExchange {
  FlowIndex flow;
  Exchange what;
};
struct SendRaw {
  ThreadRef worker;
  std::string frame;
};
struct ReuseFlow {
  FlowIndex flow;
};
struct EndFlow {
  FlowIndex flow;
  FlowEnd how;
  ThreadRef worker = {};  // none: the flow's own
};
struct PassTime {
  std::chrono::microseconds time;
  bool unnoticed;
};
// Without a name: any thread, at any point.
struct HoldThread {
  ThreadRef thread;
  std::optional<FlowPoint> point;
};
// Without a name: all.
struct ReleaseThread {
  ThreadRef thread;
};
struct StopRun {};

struct ExpectValue {
  std::optional<FlowIndex> flow;  // nothing: the value is the thread's
  ThreadRef thread;
  std::string slot;
  enum class Is { none, set, bytes } is = Is::set;
  std::size_t offset = 0;
  std::string bytes;
  std::string type;  // "u32", "i8"; empty: bytes
};
struct ExpectCallbacks {
  std::optional<std::uint64_t> count;  // nothing: at least one
  std::string kind;                    // empty: any
  std::uint64_t packet = 0;            // from 1; 0: any
  std::optional<bool> to_server;
  std::optional<FlowIndex> flow;
  ThreadRef thread;  // empty: any
  ThreadRef tv;      // empty: any
};
struct ExpectEve {
  std::optional<std::uint64_t> count;  // nothing: expect a field of the last record
  std::string type;
  std::string path;   // "flow.pkts_toserver"
  std::string value;  // as JSON
};
struct ExpectLog {
  bool some;
  std::string text;
};
struct ExpectFlow {
  FlowIndex flow;
  bool open;
};
// Suricata would exit with status 1, with this text in its message (L14).
struct ExpectFatal {
  std::uint32_t line;
  std::string text;
};
using Expectation = std::variant<ExpectValue, ExpectCallbacks, ExpectEve, ExpectLog, ExpectFlow>;

using Action = std::variant<AddFlow, SendPackets, SendExchange, SendRaw, ReuseFlow, EndFlow,
                            PassTime, HoldThread, ReleaseThread, StopRun, Expectation>;

struct Step {
  std::uint32_t line;
  Action action;
};

// A file that a scenario needs, and where the scenario names it.
struct NamedFile {
  enum class Kind { plugin, config } kind;
  std::string path;
  std::uint32_t line;
  std::uint32_t column;
};

// The EVE records so far, one line of JSON each. [any thread]
class Records {
 public:
  void add(std::string_view line) SURISIM_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    lines_.emplace_back(line);
  }
  std::vector<std::string> all() const SURISIM_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return lines_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> lines_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace surisim::scenario

namespace surisim {

struct ScenarioScript {
  std::vector<std::string> flows;  // their names
  std::vector<scenario::Step> steps;
  std::vector<scenario::NamedFile> files;
  std::uint32_t last_line = 0;
  std::optional<scenario::ExpectFatal> fatal;
  std::shared_ptr<scenario::Records> records = std::make_shared<scenario::Records>();
};

}  // namespace surisim

namespace surisim::scenario {

struct PlayedFlow {
  FlowId id = 0;                    // 0: not added yet
  std::set<std::uint64_t> numbers;  // of all flows that its packets have started
};

// A scenario that is being played. [main]
struct Playing {
  Runtime& runtime;
  const ScenarioScript& script;
  Traffic* traffic = nullptr;
  std::vector<PlayedFlow> flows = {};
  bool stopped = false;
};

// The thread's whole name: "W#02-eth0" for "W#02" or for 2. The error is a sentence.
expected<std::string> name_of(const Playing& playing, const ThreadRef& thread);
// What was expected and what happened; empty: the expectation is met.
std::string unmet(const Playing& playing, const Expectation& expectation);

}  // namespace surisim::scenario
