// Makes a Lifecycle from a recording of the probe, and compares two recordings.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "golden/align.hpp"
#include "golden/sections.hpp"
#include "report/format.hpp"
#include "surisim/evidence.hpp"
#include "surisim/lifecycle.hpp"

namespace surisim {

namespace golden {

namespace {

using Kind = ProbeEvent::Kind;

constexpr const char* kFlows = "flows";  // the title of FlowFacts' section

struct Family {
  std::string_view prefix;
  Phase create, free;
};
constexpr std::array<Family, 10> kFamilies = {{
    {"W", Phase::create_packet_threads, Phase::free_packet_threads},
    {"RX", Phase::create_packet_threads, Phase::free_packet_threads},
    {"FM", Phase::create_management_threads, Phase::free_management_threads},
    {"FR", Phase::create_management_threads, Phase::free_management_threads},
    {"FB", Phase::create_management_threads, Phase::free_management_threads},
    {"CW", Phase::create_management_threads, Phase::free_management_threads},
    {"CS", Phase::create_management_threads, Phase::free_management_threads},
    {"HB", Phase::create_management_threads, Phase::free_management_threads},
    {"DL", Phase::create_command_threads, Phase::kill_command_threads},
    {"US", Phase::create_command_threads, Phase::kill_command_threads},
}};

std::string phase_of(std::string_view thread, bool frees) {
  const auto* const family =
      std::find_if(kFamilies.begin(), kFamilies.end(),
                   [&](const Family& one) { return one.prefix == kind_of_thread(thread); });
  if (family == kFamilies.end()) return "threads of no known kind";
  return step_of(frees ? family->free : family->create).name;
}

bool is_flow_event(Kind kind) { return kind >= Kind::flow_init; }

const char* name_of(Kind kind) {
  if (kind == Kind::flow_init) return "flow init";
  if (kind == Kind::flow_update) return "flow update";
  return kind == Kind::flow_finish ? "flow finish" : "Free";
}

class ProbeReader {
 public:
  explicit ProbeReader(const ProbeRecording& recording) : recording_(recording) {
    for (const char* kind : {"flow init", "flow update", "flow finish"}) flows_.registered(kind);
    flows_.slot_registered();
  }

  std::vector<LifecycleSection> read() {
    find_thread_events();
    for (at_ = 0; at_ < recording_.events.size(); ++at_) {
      const ProbeEvent& event = recording_.events[at_];
      is_flow_event(event.kind) ? flow(event) : step(event);
    }
    for (const auto& [number, freed] : freed_)
      if (!freed) fact("a flow that is never freed");
    flows_.write(sections_);
    return sections_.take();
  }

 private:
  // Notes for each event whether threads are being created, all exist, or are being freed.
  void find_thread_events() {
    const auto& events = recording_.events;
    when_.resize(events.size());
    Kind last = Kind::init_exit;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].kind == Kind::thread_init || events[i].kind == Kind::thread_value_freed)
        last = events[i].kind;
      when_[i] = last == Kind::thread_init          ? "while all threads exist"
                 : last == Kind::thread_value_freed ? "after threads' storage was freed"
                                                    : "before threads are created";
    }
    Kind next = Kind::init_exit;
    for (std::size_t i = events.size(); i-- > 0;) {
      if (events[i].kind == Kind::thread_init || events[i].kind == Kind::thread_value_freed)
        next = events[i].kind;
      if (next == Kind::thread_init && when_[i] == "while all threads exist")
        when_[i] = "while threads are still created";
    }
  }

  void fact(std::string text) { sections_.add_fact(0, kFlows, 9, std::move(text)); }

  // A step of the thread that creates and frees the others.
  void order(const ProbeEvent& event, const std::string& text) {
    std::string& last = last_step_[event.os];
    if (last == text) return;
    last = text;
    sections_.add_line(0, "order, on " + escaped(event.os), "", text);
  }

  void init(const ProbeEvent& event, const std::string& text) {
    sections_.add_line(
        0, fmt::format("{}: Init, on {}", step_of(Phase::load_plugins).name, escaped(event.os)), "",
        text);
  }

  void thread(const ProbeEvent& event, const std::string& text) {
    const bool frees = event.kind == Kind::thread_value_freed;
    order(event, (frees ? "free " : "create ") + escaped(event.thread));
    sections_.add_line(0,
                       fmt::format("{}, on {}", phase_of(event.thread, frees), escaped(event.os)),
                       escaped(event.thread), text);
  }

  void step(const ProbeEvent& event) {
    const std::string slot = quoted_name(event.what);
    switch (event.kind) {
      case Kind::init_enter:
        order(event, "Init of the probe");
        break;
      case Kind::slot_registered:
        init(event, fmt::format("{} slot {}: {}", escaped(event.storage), slot,
                                event.result < 0 ? "refused" : fmt::format("id {}", event.result)));
        break;
      case Kind::callback_registered:
        init(event,
             fmt::format("thread init callback: {}", event.result != 0 ? "accepted" : "refused"));
        break;
      case Kind::thread_init:
        thread(event, fmt::format("thread init callback {}{}{}", event.position,
                                  event.fields.empty() ? "" : ": ", escaped(event.fields)));
        break;
      case Kind::thread_value_set:
        thread(event, fmt::format("set {}: {}", slot, event.result));
        break;
      case Kind::thread_value_freed:
        thread(event, fmt::format("Free {}: set on {}", slot, escaped(event.made_on)));
        break;
      default:
        init(event, "the end of Init");
    }
  }

  void flow(const ProbeEvent& from) {
    Activity& activity = activity_[from.os];
    Event event;
    event.os = from.os;
    event.what = from.what;
    event.made_on = from.made_on;
    event.has_flow = true;
    event.flow.flow = from.flow;
    freed_.try_emplace(from.flow, false);
    switch (from.kind) {
      case Kind::flow_init:
        event.kind = EventKind::flow_init;
        activity = Activity::flow_init;
        break;
      case Kind::flow_update:
        event.kind = EventKind::flow_update;
        activity = Activity::flow_update;
        break;
      case Kind::flow_finish:
        event.kind = EventKind::flow_finish;
        activity = Activity::flow_finish;
        break;
      default:
        event.kind = EventKind::flow_cleared;
        activity = Activity::flow_end;
        if (freed_[from.flow]) fact("a flow that is freed twice");
        freed_[from.flow] = true;
    }
    flows_.read(event, activity);
    if (from.kind == Kind::flow_value_freed) {
      event.kind = EventKind::flow_value_freed;
      flows_.read(event, activity);
    } else {
      fact(fmt::format("{}: with {}", name_of(from.kind),
                       from.thread == from.os ? "the ThreadVars of its own thread"
                       : from.thread.empty()  ? "no ThreadVars"
                                              : "the ThreadVars of another thread"));
      if (!from.fields.empty())
        fact(fmt::format("{}: {}", any_of_its_kind(escaped(from.thread)),
                         from.fields.substr(0, from.fields.find(','))));
    }
    fact(fmt::format("{}: {}", name_of(from.kind), when_[at_]));
  }

  const ProbeRecording& recording_;
  std::size_t at_ = 0;
  std::vector<std::string_view> when_;  // by event
  Sections sections_;
  FlowFacts flows_;
  std::map<std::string, Activity> activity_;      // by OS thread
  std::map<std::string, std::string> last_step_;  // by OS thread
  std::map<std::uint64_t, bool> freed_;           // by flow
};

// Which worker gets a packet of a flow depends on the capture and the sender.
void forget_workers(std::vector<std::string>& facts) {
  std::vector<std::string> out;
  for (std::string& fact : facts) {
    for (const std::string_view worker : {"the flow's worker", "another worker"})
      if (fact.ends_with(worker))
        fact.replace(fact.size() - worker.size(), worker.size(), "a worker");
    if (std::find(out.begin(), out.end(), fact) == out.end()) out.push_back(std::move(fact));
  }
  facts = std::move(out);
}

// The lines of two sections side by side, "real | here".
std::vector<std::string> columns(const std::vector<std::string>& real,
                                 const std::vector<std::string>& here) {
  constexpr std::size_t kWidth = 56;
  std::vector<std::string> out;
  for (const Aligned& at : align(real.size(), here.size(), [&](std::size_t r, std::size_t h) {
         return real[r] == here[h];
       })) {
    const std::string& left = at.first == kNone ? "" : real[at.first];
    const std::string& right = at.second == kNone ? "" : here[at.second];
    out.push_back(fmt::format("{:<{}} | {}", left, kWidth, right));
  }
  return out;
}

}  // namespace

}  // namespace golden

Lifecycle lifecycle_of(const ProbeRecording& recording) {
  Lifecycle lifecycle{{}, golden::ProbeReader(recording).read()};
  for (LifecycleSection& section : lifecycle.sections)
    if (section.title == golden::kFlows) golden::forget_workers(section.lines);
  return lifecycle;
}

std::vector<LifecycleDifference> differences(const ProbeRecording& real,
                                             const ProbeRecording& here) {
  std::vector<LifecycleDifference> found = differences(lifecycle_of(real), lifecycle_of(here));
  for (LifecycleDifference& difference : found)
    if (difference.where == golden::kFlows)
      std::erase_if(difference.lines,
                    [](const std::string& line) { return line.starts_with('+'); });
  std::erase_if(found, [](const LifecycleDifference& one) { return one.lines.empty(); });
  return found;
}

std::string side_by_side(const ProbeRecording& real, const ProbeRecording& here) {
  const Lifecycle there = lifecycle_of(real), now = lifecycle_of(here);
  using Lines = std::vector<std::string>;
  const auto lines_of = [](const Lifecycle& lifecycle, const LifecycleSection& wanted) {
    const auto found = std::find_if(
        lifecycle.sections.begin(), lifecycle.sections.end(), [&](const LifecycleSection& section) {
          return section.title == wanted.title && section.thread == wanted.thread;
        });
    return found == lifecycle.sections.end() ? Lines() : found->lines;
  };
  std::vector<LifecycleSection> both;
  for (const LifecycleSection& section : there.sections)
    both.push_back(
        {section.title, section.thread, golden::columns(section.lines, lines_of(now, section))});
  for (const LifecycleSection& section : now.sections)
    if (lines_of(there, section).empty())
      both.push_back({section.title, section.thread, golden::columns({}, section.lines)});
  std::string out;
  for (const golden::Group& group : golden::groups_of(both)) {
    out += report::printable(group.title);
    if (!group.threads.empty()) out += ": " + report::printable(report::compress(group.threads));
    out += '\n';
    for (const std::string& line : *group.lines)
      out += fmt::format("  {}\n", report::printable(line));
  }
  return out;
}

}  // namespace surisim
