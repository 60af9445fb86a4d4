// Makes the timeline of a run, which the page and the trace show: spans, values, and arrows between
// threads, from the run's events.
//
// It is one JSON object. Its arrays hold rows of numbers, flattened to stay small with 100,000
// events. Texts are indices into "strings", 0 for none; lanes are indices into "lanes"; times are
// logical.
//   events, shown  how many events there were, and how many of them are items
//   items    lane, begin, end, depth, name, text, flow, slot, kind (Kind)
//   values   lane, begin, end, lane of the end, slot, flow, how it ended (ValueEnd), text
//   arrows   from lane, begin, to lane, end, text
//   sums     lane, begin, end, number of events that are not items
//   lost     number of values and arrows left out because their events are not items
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "surisim/report.hpp"

namespace surisim {
namespace {

using Json = nlohmann::ordered_json;

enum class Kind : std::uint8_t { engine, callback, value, other };
enum class ValueEnd : std::uint8_t { left, freed, taken };

constexpr std::uint32_t kNone = ~0U;
constexpr std::size_t kMaxText = 200;
constexpr std::size_t kColumns = 1000;  // stretches of time for counting events that are not items

Kind kind_of(const Event& event) {
  switch (event.kind) {
    case EventKind::thread_init_callback:
    case EventKind::plugin_init_enter:
    case EventKind::flow_init:
    case EventKind::flow_update:
    case EventKind::flow_finish:
    case EventKind::logging_ready:
    case EventKind::logger_thread_init:
    case EventKind::logger_run:
    case EventKind::logger_thread_deinit:
    case EventKind::eve_callback:
    case EventKind::eve_filetype:
      return Kind::callback;
    case EventKind::thread_value_set:
    case EventKind::thread_value_taken:
    case EventKind::thread_value_freed:
    case EventKind::flow_value_set:
    case EventKind::flow_value_taken:
    case EventKind::flow_value_freed:
      return Kind::value;
    case EventKind::enter:
    case EventKind::exit:
    case EventKind::plugin_init_exit:
    case EventKind::flow_cleared:
      return Kind::engine;
    default:
      return Kind::other;
  }
}

// Whether it may be recorded while a callback runs. Any other event means that the callback has
// ended.
bool is_inside(const Event& event) {
  return kind_of(event) == Kind::value || event.kind == EventKind::log ||
         event.kind == EventKind::storage_register || event.kind == EventKind::callback_registered;
}

// Whether its end is an event, too.
bool has_exit(EventKind kind) {
  return kind == EventKind::enter || kind == EventKind::plugin_init_enter;
}

// Whether there can be any number of these without a flow.
bool is_unlimited(EventKind kind) {
  return kind == EventKind::log || kind == EventKind::logger_run ||
         kind == EventKind::eve_callback || kind == EventKind::eve_filetype ||
         kind == EventKind::hand_over || kind == EventKind::take_over;
}

// "INIT_DONE|RUNNING" has RUNNING.
bool has_flag(std::string_view flags, std::string_view flag) {
  return fmt::format("|{}|", flags).find(fmt::format("|{}|", flag)) != std::string::npos;
}

std::string shown_name(const Event& event) {
  std::string name = name_of(event);
  for (const std::string_view ending : {".enter", ".exit"})
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  return name;
}

std::string text_of(const Event& event) {
  std::string text;
  const auto add = [&text](std::string_view more) {
    if (!more.empty()) (text += text.empty() ? "" : " ") += more;
  };
  if (event.kind != EventKind::enter && event.kind != EventKind::exit) add(event.what);
  if (event.kind == EventKind::flag_unset) text = "no longer " + text;
  if (event.kind == EventKind::hand_over) text = fmt::format("{} {} to", event.value, event.what);
  add(event.detail);
  if (event.kind == EventKind::take_over)
    add(fmt::format("from {}", event.made_on));
  else if (!event.made_on.empty())
    add(fmt::format("made on {}", event.made_on));
  if (event.has_thread && event.tv.name != event.os) add(fmt::format("of {}", event.tv.name));
  if (event.has_flow)
    add(fmt::format("flow {} ({}/{}/{})", event.flow.flow, event.flow.proto, event.flow.sp,
                    event.flow.dp));
  if (text.size() > kMaxText) {
    text.resize(kMaxText);
    text += "…";
  }
  return text;
}

// Identifies a flow over all lifecycles; 0 for events without one.
std::uint64_t flow_key(const Event& event) {
  return event.has_flow && event.flow.flow != 0
             ? (std::uint64_t{event.lifecycle} << 44) ^ event.flow.flow
             : 0;
}

// Chooses the events that are shown one by one: those without a flow first, the unlimited ones only
// up to half of the room that is left; then whole flows, the earliest first.
std::vector<bool> chosen(const EventLog& events, std::size_t max) {
  std::vector<bool> is_item(events.size(), events.size() <= max);
  if (events.size() <= max) return is_item;
  std::unordered_map<std::uint64_t, std::size_t> sizes;
  for (const Event& event : events) ++sizes[flow_key(event)];
  std::size_t left = max;
  for (const bool unlimited : {false, true}) {
    std::size_t room = unlimited ? left / 2 : left;
    for (std::size_t i = 0; i < events.size() && room > 0; ++i) {
      const Event& event = events[i];
      if (flow_key(event) != 0 || is_unlimited(event.kind) != unlimited) continue;
      is_item[i] = true;
      --left;
      --room;
    }
  }
  std::unordered_map<std::uint64_t, bool> flows;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::uint64_t flow = flow_key(events[i]);
    if (flow == 0) continue;
    const auto [at, is_new] = flows.try_emplace(flow, sizes[flow] <= left);
    if (is_new && at->second) left -= sizes[flow];
    is_item[i] = at->second;
  }
  return is_item;
}

class Timeline {
 public:
  Timeline(const EventLog& events, std::size_t max) : is_item_(chosen(events, max)) {
    if (!events.empty())
      column_ = std::max<std::uint64_t>(1, events[events.size() - 1].clock / kColumns + 1);
    for (const Event& event : events) add(event);
    for (Lane& lane : lanes_) close_all(lane);
    for (const auto& [key, value] : open_values_) put_value(value, ValueEnd::left, {});
  }

  std::string text() const {
    Json out = {{"events", is_item_.size()}, {"shown", items_.size()}, {"lost", lost_},
                {"strings", strings_},       {"lanes", Json::array()}, {"items", Json::array()},
                {"values", values_},         {"arrows", arrows_},      {"sums", Json::array()}};
    for (const Lane& lane : lanes_) out["lanes"].push_back(lane.name);
    Json& rows = out["items"];
    for (const Item& i : items_)
      for (const std::uint64_t n : {std::uint64_t{i.lane}, i.at, i.end, std::uint64_t{i.depth},
                                    std::uint64_t{i.name}, std::uint64_t{i.text}, i.flow,
                                    std::uint64_t{i.slot}, static_cast<std::uint64_t>(i.kind)})
        rows.push_back(n);
    for (const auto& [where, sum] : sums_)
      for (const std::uint64_t n : {std::uint64_t{where.first}, sum.from, sum.to + 1, sum.count})
        out["sums"].push_back(n);
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  struct Item {
    std::uint32_t lane = 0;
    std::uint64_t at = 0;
    std::uint64_t end = 0;
    std::uint32_t depth = 0;
    std::uint32_t name = 0;
    std::uint32_t text = 0;
    std::uint64_t flow = 0;
    std::uint32_t slot = 0;
    Kind kind = Kind::other;
  };
  // A span that has not ended; `item`: kNone if it is not shown.
  struct Open {
    std::uint32_t item;
    bool until_exit;
    std::string_view what;
  };
  struct Lane {
    std::string name;
    std::vector<Open> open;
    std::uint64_t last = 0;  // clock of its last event
    bool last_shown = false;
  };
  struct Place {
    std::uint32_t lane = 0;
    std::uint64_t at = 0;
    bool shown = false;
  };
  struct Value {
    Place set;
    std::uint32_t slot;
    std::uint64_t flow;
    std::uint32_t text;
  };
  struct Sum {
    std::uint64_t from = 0, to = 0, count = 0;
  };

  std::uint32_t string(std::string_view text) {
    if (text.empty()) return 0;
    const auto [at, is_new] =
        known_.try_emplace(std::string(text), static_cast<std::uint32_t>(strings_.size()));
    if (is_new) strings_.emplace_back(text);
    return at->second;
  }

  std::uint32_t lane_of(std::string_view os) {
    const auto [at, is_new] =
        lane_of_.try_emplace(std::string(os), static_cast<std::uint32_t>(lanes_.size()));
    if (is_new) lanes_.push_back({std::string(os), {}, 0, false});
    return at->second;
  }

  void close(const Open& open, std::uint64_t at) {
    if (open.item != kNone) items_[open.item].end = at;
  }
  void close_all(Lane& lane) {
    for (const Open& open : lane.open) close(open, lane.last + 1);
    lane.open.clear();
  }
  // The end of a callback is not an event: it is assumed right after its last event.
  void close_callbacks(Lane& lane) {
    while (!lane.open.empty() && !lane.open.back().until_exit) {
      close(lane.open.back(), lane.last + 1);
      lane.open.pop_back();
    }
  }
  void close_until(Lane& lane, std::string_view what, std::uint64_t at) {
    const bool is_open = std::any_of(lane.open.begin(), lane.open.end(),
                                     [what](const Open& open) { return open.what == what; });
    while (is_open && !lane.open.empty()) {
      const Open open = lane.open.back();
      close(open, at);
      lane.open.pop_back();
      if (open.what == what) break;
    }
  }

  void add(const Event& event) {
    const bool shown = is_item_[next_++];
    const std::uint32_t number = lane_of(event.os);
    Lane& lane = lanes_[number];
    const Place here{number, event.clock, shown};
    if (!is_inside(event)) close_callbacks(lane);
    const bool is_exit = event.kind == EventKind::exit || event.kind == EventKind::plugin_init_exit;
    if (is_exit) close_until(lane, event.what, event.clock);
    if (shown)
      put_item(event, number, is_exit);
    else
      count(number, event.clock);
    const Kind kind = kind_of(event);
    const bool is_span =
        has_exit(event.kind) || kind == Kind::callback || event.kind == EventKind::flow_cleared;
    if (is_span)
      lane.open.push_back({shown ? static_cast<std::uint32_t>(items_.size() - 1) : kNone,
                           has_exit(event.kind), event.what});
    follow(event, here);
    if (kind == Kind::value) follow_value(event, here);
    lane.last = event.clock;
    last_ = std::max(last_, event.clock);
    lane.last_shown = shown;
  }

  void put_item(const Event& event, std::uint32_t lane, bool is_exit) {
    Item item;
    item.lane = lane;
    item.at = event.clock;
    item.end = event.clock + (is_exit ? 0 : 1);
    item.depth = static_cast<std::uint32_t>(lanes_[lane].open.size());
    item.name = string(shown_name(event));
    item.text = string(is_exit ? "returns" : text_of(event));
    item.flow = event.has_flow ? event.flow.flow : 0;
    item.kind = kind_of(event);
    if (item.kind == Kind::value) item.slot = string(event.what);
    items_.push_back(item);
  }

  void count(std::uint32_t lane, std::uint64_t at) {
    Sum& sum = sums_[{lane, at / column_}];
    if (sum.count++ == 0) sum.from = at;
    sum.to = std::max(sum.to, at);
  }

  void arrow(const Place& from, const Place& to, const std::string& text) {
    if (!from.shown || !to.shown) {
      ++lost_;
      return;
    }
    if (from.at >= to.at) return;
    for (const std::uint64_t n : {std::uint64_t{from.lane}, from.at, std::uint64_t{to.lane}, to.at,
                                  std::uint64_t{string(text)}})
      arrows_.push_back(n);
  }

  // The begin of an arrow: this thread signals what another one waits for, named by `what` and
  // `of`.
  void signal(const char* what, std::string_view of, const Place& here) {
    signalled_[{what, std::string(of)}] = here;
  }
  // Its end: this thread has waited for it.
  void wait(const char* what, std::string_view of, const Place& here, const std::string& text) {
    const auto from = signalled_.find({what, std::string(of)});
    if (from == signalled_.end()) return;
    arrow(from->second, here, text);
    signalled_.erase(from);
  }

  // A thread's start, its initialisation, its release from a pause, its end and its join.
  void follow_thread(const Event& event, const Place& here) {
    const std::string_view tv = event.tv.name;
    const bool own = event.os == tv;
    switch (event.kind) {
      case EventKind::pthread_create:
        return signal("start", tv, here);
      case EventKind::os_thread_start:
        return wait("start", event.os, here, fmt::format("starts {}", event.os));
      case EventKind::thread_append:
        return wait("INIT_DONE", tv, here, fmt::format("{} is initialised", tv));
      case EventKind::flag_set:
        if (own && has_flag(event.what, "INIT_DONE")) signal("INIT_DONE", tv, here);
        if (!own && has_flag(event.what, "DEINIT")) signal("DEINIT", tv, here);
        if (own && has_flag(event.what, "CLOSED"))
          wait("DEINIT", tv, here, fmt::format("lets {} close", tv));
        return;
      case EventKind::flag_unset:
        if (!own && has_flag(event.what, "PAUSE")) signal("PAUSE", tv, here);
        if (own && has_flag(event.what, "PAUSED"))
          wait("PAUSE", tv, here, fmt::format("resumes {}", tv));
        return;
      case EventKind::pthread_join:
        if (const auto ended = lane_of_.find(std::string(event.what)); ended != lane_of_.end()) {
          const Lane& lane = lanes_[ended->second];
          arrow({ended->second, lane.last, lane.last_shown}, here,
                fmt::format("{} has ended", event.what));
        }
        return;
      default:
        return;
    }
  }

  // Adds the arrows that end at this event: of threads, of batches, of a flow that changes threads.
  void follow(const Event& event, const Place& here) {
    follow_thread(event, here);
    if (event.kind == EventKind::hand_over) {
      sent_[{here.lane, event.clock}] = here;
    } else if (event.kind == EventKind::take_over) {
      const auto sent =
          sent_.find({lane_of(event.made_on), static_cast<std::uint64_t>(event.value)});
      if (sent != sent_.end()) {
        arrow(sent->second, here, fmt::format("hands {} over", event.what));
        sent_.erase(sent);
      }
    }
    const std::uint64_t flow = flow_key(event);
    if (flow == 0) return;
    const auto [last, is_new] = flows_.try_emplace(flow, here);
    if (!is_new && last->second.lane != here.lane)
      arrow(last->second, here, fmt::format("hands flow {} over", event.flow.flow));
    last->second = here;
  }

  void follow_value(const Event& event, const Place& here) {
    const std::uint64_t flow = flow_key(event);
    const auto key = std::tuple(
        flow, flow != 0 ? std::string() : fmt::format("{}/{}", event.lifecycle, event.tv.name),
        std::string(event.what));
    const auto open = open_values_.find(key);
    if (event.kind == EventKind::thread_value_set || event.kind == EventKind::flow_value_set) {
      if (event.value != 0) return;  // refused
      if (open != open_values_.end()) put_value(open->second, ValueEnd::taken, here);
      open_values_.insert_or_assign(key,
                                    Value{here, string(event.what), flow != 0 ? event.flow.flow : 0,
                                          string(flow != 0 ? fmt::format("flow {}", event.flow.flow)
                                                           : std::string(event.tv.name))});
      return;
    }
    if (open == open_values_.end()) return;
    const bool freed =
        event.kind == EventKind::thread_value_freed || event.kind == EventKind::flow_value_freed;
    if (freed && flow == 0 && open->second.set.lane != here.lane)
      arrow(open->second.set, here, fmt::format("value of {}, freed here", event.what));
    put_value(open->second, freed ? ValueEnd::freed : ValueEnd::taken, here);
    open_values_.erase(open);
  }

  void put_value(const Value& value, ValueEnd how, const Place& end) {
    if (!value.set.shown) {
      ++lost_;
      return;
    }
    const bool left = how == ValueEnd::left;
    for (const std::uint64_t n :
         {std::uint64_t{value.set.lane}, value.set.at, left ? last_ + 1 : end.at,
          std::uint64_t{left ? value.set.lane : end.lane}, std::uint64_t{value.slot}, value.flow,
          static_cast<std::uint64_t>(how), std::uint64_t{value.text}})
      values_.push_back(n);
  }

  std::vector<bool> is_item_;
  std::size_t next_ = 0;      // in is_item_
  std::uint64_t last_ = 0;    // the latest clock
  std::uint64_t column_ = 1;  // ticks in a column
  std::vector<std::string> strings_ = {""};
  std::unordered_map<std::string, std::uint32_t> known_;
  std::unordered_map<std::string, std::uint32_t> lane_of_;
  std::deque<Lane> lanes_;
  std::vector<Item> items_;
  std::vector<std::uint64_t> values_;
  std::vector<std::uint64_t> arrows_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Sum> sums_;
  std::uint64_t lost_ = 0;
  std::map<std::pair<std::string, std::string>, Place> signalled_;  // by `what` and `of`
  std::map<std::pair<std::uint32_t, std::uint64_t>, Place> sent_;   // batches, by lane and clock
  std::unordered_map<std::uint64_t, Place> flows_;                  // last event of each
  std::map<std::tuple<std::uint64_t, std::string, std::string>, Value> open_values_;
};

}  // namespace

std::string timeline_of(const EventLog& events, std::size_t max) {
  return Timeline(events, max).text();
}

}  // namespace surisim
