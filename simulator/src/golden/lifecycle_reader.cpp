// Makes the Lifecycle of a run from its EventLog.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "golden/sections.hpp"

namespace surisim {

namespace golden {

namespace {

std::string logger_kind(std::string_view what) {
  std::string words(what);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

constexpr const char* kPassing = "while flows pass";

// Whether Suricata registers this slot itself (L19).
bool is_suricatas(const Event& event) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kOwn = {
      {{"flow", "bypass_counters"},
       {"flow", "expectation"},
       {"flow", "tag"},
       {"ippair", "expectation"},
       {"ippair", "bit"},
       {"host", "tag"},
       {"host", "bit"},
       {"thread", "threshold_cache"}}};
  return std::find(kOwn.begin(), kOwn.end(), std::pair(event.storage, event.what)) != kOwn.end();
}

// A thread's name in lists, which are separated by commas.
std::string name_in_list(std::string_view thread) {
  std::string name = escaped(thread);
  std::replace(name.begin(), name.end(), ',', '.');
  return name;
}

class Reader {
 public:
  void read(const Event& event);
  // Call it once, after all events.
  std::vector<LifecycleSection> finish(const Summary& summary);

 private:
  // What an OS thread is doing.
  struct OsThread {
    std::string title;   // section, while in a plugin's Init or creating or freeing a thread
    std::string thread;  // the thread that it creates or frees
    std::uint32_t lifecycle = 0;  // of that thread
    Activity activity = Activity::nothing;
    bool creates_threads = false;
    // Lines about its own life, written only if plugins' code runs on it.
    std::vector<std::string> own;
    bool concerns_plugin = false;
    bool created = false, appended = false, joined = false;  // by its creator
  };
  using Value = std::pair<std::string, std::string>;  // thread, slot

  OsThread& os_thread(const Event& event);
  // Adds what a plugin does, or what is done to it.
  void add(const Event& event, const std::string& text);
  // Adds what the engine does on a thread that creates and frees others.
  void add_for_creator(const Event& event, std::uint32_t lifecycle, const std::string& text);
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
  std::map<std::string, OsThread, std::less<>> threads_;
  std::map<std::string, std::uint32_t, std::less<>> born_;  // thread: its lifecycle
  std::map<std::string, int, std::less<>> inits_;           // plugin: how often its Init has run
  std::vector<std::string> thread_callbacks_;               // by position
  std::set<Value> holding_;
  // Values set while flows pass, on whichever thread got the flow.
  std::set<Value> passing_;
  std::uint32_t lifecycles_ = 0;
  bool stopped_ = false;
};

Reader::OsThread& Reader::os_thread(const Event& event) {
  const auto found = threads_.find(event.os);
  if (found != threads_.end()) return found->second;
  OsThread& made = threads_[std::string(event.os)];
  made.creates_threads = event.os == "main";
  return made;
}

std::uint32_t Reader::lifecycle_of(std::string_view thread) const {
  const auto found = born_.find(thread);
  return found == born_.end() ? 0 : found->second;
}

void Reader::add_for_creator(const Event& event, std::uint32_t lifecycle, const std::string& text) {
  OsThread& mine = os_thread(event);
  mine.creates_threads = true;
  mine.activity = Activity::nothing;
  for (; lifecycles_ < lifecycle; ++lifecycles_)
    sections_.add_line(0, "main", "", fmt::format("lifecycle #{}", lifecycles_ + 1));
  const std::string title =
      lifecycle == 0 ? escaped(event.os) : fmt::format("lifecycle, on {}", escaped(event.os));
  sections_.add_line(lifecycle, title, "", text);
}

void Reader::add(const Event& event, const std::string& text) {
  OsThread& mine = os_thread(event);
  if (!mine.title.empty()) {
    sections_.add_line(mine.lifecycle, mine.title, mine.thread, text);
  } else if (mine.activity != Activity::nothing) {
    sections_.add_fact(
        event.lifecycle, kPassing, 0,
        fmt::format("{}, in {}: {}", any_of_its_kind(event.os), to_string(mine.activity), text));
  } else if (mine.creates_threads) {
    add_for_creator(event, event.lifecycle, text);
  } else {
    mine.concerns_plugin = true;
    mine.own.push_back(text);
  }
}

void Reader::write_own(const std::string& thread) {
  OsThread& theirs = threads_[thread];
  if (theirs.concerns_plugin) {
    for (std::string& line : theirs.own)
      sections_.add_line(lifecycle_of(thread), "on its own thread", name_in_list(thread),
                         std::move(line));
  }
  theirs.own.clear();
  theirs.concerns_plugin = false;
}

void Reader::enter(const Event& event) {
  OsThread& mine = os_thread(event);
  if (event.what == "TmThreadCreate") {
    const std::string thread(event.detail.substr(0, event.detail.rfind(' ')));
    born_[thread] = event.lifecycle;
    threads_.insert_or_assign(thread, OsThread());
    add_for_creator(event, event.lifecycle, "create " + name_in_list(thread));
    mine.title = fmt::format("creating, on {}", escaped(event.os));
    mine.thread = name_in_list(thread);
    mine.lifecycle = event.lifecycle;
  } else if (event.what == "SCThreadFreeStorage") {
    const std::string thread(event.tv.name);
    mine.lifecycle = lifecycle_of(thread);
    add_for_creator(event, mine.lifecycle, "free " + name_in_list(thread));
    mine.title = fmt::format("freeing, on {}", escaped(event.os));
    mine.thread = name_in_list(thread);
  } else if (event.what == "FlowShutdown") {
    add_for_creator(event, event.lifecycle, "flows that are left");
  } else if (event.what == "RunModeShutDown") {
    add_for_creator(event, event.lifecycle, "outputs are closed");
  }
}

void Reader::exit(const Event& event) {
  if (event.what != "TmThreadCreate" && event.what != "SCThreadFreeStorage") return;
  OsThread& mine = os_thread(event);
  mine.title.clear();
  mine.thread.clear();
}

void Reader::plugin_init(const Event& event) {
  OsThread& mine = os_thread(event);
  if (event.kind == EventKind::plugin_init_exit) {
    mine.title.clear();
    return;
  }
  std::string title = fmt::format("Init of {}", escaped(event.what));
  const int times = ++inits_[std::string(event.what)];
  if (times > 1) title += fmt::format(", time {}", times);
  add_for_creator(event, 0, title);
  std::replace(title.begin(), title.end(), ']', ')');  // titles stand in brackets
  mine.title = title + ", on " + escaped(event.os);
  mine.lifecycle = 0;
  sections_.add_line(0, mine.title, "", "");
}

void Reader::slot_registered(const Event& event) {
  const bool in_init = os_thread(event).title.starts_with("Init of ");
  if (!in_init && is_suricatas(event)) return;
  if (event.storage == "flow" && event.value >= 0) flows_.slot_registered();
  add(event, fmt::format("{} slot {}: {}", event.storage, quoted_name(event.what),
                         event.value < 0 ? "refused" : fmt::format("id {}", event.value)));
}

void Reader::callback_registered(const Event& event) {
  flows_.registered(event.what);
  std::string text = fmt::format("{} callback", event.what);
  if (event.what.ends_with("logger") || event.what.ends_with("type")) text = event.what;
  if (!event.detail.empty()) text += fmt::format(": {}", escaped(event.detail));
  if (event.what == "thread init") {
    const std::string& title = os_thread(event).title;
    thread_callbacks_.push_back(title.starts_with("Init of ")
                                    ? title.substr(8, title.rfind(", on ") - 8)
                                    : "nobody's Init");
  }
  add(event, text);
}

void Reader::thread_callback(const Event& event) {
  const auto position = static_cast<std::size_t>(event.value);
  std::string text = fmt::format("thread init callback {}", position + 1);
  if (position < thread_callbacks_.size())
    text += fmt::format(", of {}", thread_callbacks_[position]);
  add(event, text);
}

// Remembers values set while flows pass; true when such a value is freed with its thread.
bool Reader::is_passing(const Event& event, const std::string& thread) {
  const Value value(thread, event.what);
  if (event.kind == EventKind::thread_value_set) {
    if (os_thread(event).activity != Activity::nothing && os_thread(event).title.empty())
      passing_.insert(value);
    return false;
  }
  return passing_.contains(value) && os_thread(event).title.starts_with("freeing");
}

void Reader::thread_value(const Event& event) {
  const OsThread& mine = os_thread(event);
  const std::string thread(event.has_thread ? event.tv.name : "");
  const Value value(thread, event.what);
  std::string text;
  if (event.kind == EventKind::thread_value_set) {
    text = (holding_.insert(value).second ? "set " : "replace ") + quoted_name(event.what);
  } else if (event.kind == EventKind::thread_value_taken) {
    if (holding_.erase(value) == 0) return;  // NULL was set in an empty slot
    text = "take out " + quoted_name(event.what);
  } else {
    holding_.erase(value);
    text = fmt::format("Free {}, set on {}", quoted_name(event.what),
                       event.made_on == thread ? "its own thread" : escaped(event.made_on));
  }
  if (thread.empty()) {
    text += ", of another thread";
  } else if (thread != event.os && name_in_list(thread) != mine.thread) {
    text += ", of " + escaped(thread);
  }
  if (is_passing(event, thread)) {
    passing_.erase(value);
    sections_.add_fact(mine.lifecycle, kPassing, 1,
                       fmt::format("{} of {}, when {} is freed, on {}", text, kPassing,
                                   any_of_its_kind(thread), escaped(event.os)));
    return;
  }
  add(event, text);
}

void Reader::output(const Event& event) {
  OsThread& mine = os_thread(event);
  const std::string where = any_of_its_kind(event.os);
  switch (event.kind) {
    case EventKind::logging_ready:
      add(event, "logging ready callback");
      break;
    case EventKind::logger_thread_init:
    case EventKind::logger_thread_deinit:
      mine.activity = Activity::nothing;
      add(event,
          fmt::format("{} of {} {}",
                      event.kind == EventKind::logger_thread_init ? "thread init" : "thread deinit",
                      logger_kind(event.what), quoted_name(event.detail)));
      break;
    case EventKind::logger_run:
      mine.activity = Activity::logger;
      sections_.add_fact(
          event.lifecycle, kPassing, 0,
          fmt::format("{}: {} {}", where, logger_kind(event.what), quoted_name(event.detail)));
      break;
    case EventKind::eve_callback:
      mine.activity = Activity::eve;
      sections_.add_fact(event.lifecycle, kPassing, 0,
                         fmt::format("{}: EVE callbacks on records of type {}", where, event.what));
      break;
    default:
      mine.activity = Activity::nothing;
      add(event, fmt::format("EVE file type {}", event.what));
  }
}

// The flags that the thread's creator waits for: initialised, and ended (L7, L24).
void Reader::flag(const Event& event) {
  if (event.os != event.tv.name) return;
  OsThread& mine = os_thread(event);
  mine.activity = Activity::nothing;
  if (event.what.starts_with("INIT_DONE")) {
    mine.own.emplace_back(mine.appended ? "initialised, though its maker went on before"
                                        : "initialised");
    mine.appended = false;  // US sets the flag twice
  }
  if (event.what.starts_with("RUNNING_DONE")) mine.own.emplace_back("its loop has ended");
  if (event.what.ends_with("CLOSED"))
    mine.own.emplace_back(mine.joined ? "closed, though it was joined before" : "closed");
}

void Reader::on_thread(const Event& event) {
  switch (event.kind) {
    case EventKind::pthread_create:
      threads_[std::string(event.tv.name)].created = true;
      break;
    case EventKind::os_thread_start:
      os_thread(event).own.emplace_back(
          os_thread(event).created ? "starts" : "starts, though nobody created it");
      break;
    case EventKind::thread_append: {
      OsThread& theirs = threads_[std::string(event.tv.name)];
      const auto& own = theirs.own;
      theirs.appended = std::find(own.begin(), own.end(), "initialised") == own.end();
      break;
    }
    case EventKind::flag_set:
      flag(event);
      break;
    case EventKind::pthread_join: {
      const std::string thread(event.what);
      add_for_creator(event, lifecycle_of(thread), "join " + name_in_list(thread));
      write_own(thread);
      threads_[thread].joined = true;
      break;
    }
    default:
      break;
  }
}

void Reader::flow(const Event& event) {
  OsThread& mine = os_thread(event);
  if (event.kind == EventKind::flow_init) mine.activity = Activity::flow_init;
  if (event.kind == EventKind::flow_update) mine.activity = Activity::flow_update;
  if (event.kind == EventKind::flow_finish) mine.activity = Activity::flow_finish;
  if (event.kind == EventKind::flow_cleared) mine.activity = Activity::flow_end;
  flows_.read(event, mine.activity);
}

void Reader::on_engine(const Event& event) {
  switch (event.kind) {
    case EventKind::enter:
      enter(event);
      break;
    case EventKind::exit:
      exit(event);
      break;
    case EventKind::storage_finalize:
      add_for_creator(event, 0, event.value == 0 ? "storage finalized" : "storage not finalized");
      break;
    case EventKind::fatal:
      stopped_ = true;
      add_for_creator(event, event.lifecycle,
                      fmt::format("the engine stops: {}", escaped(event.what)));
      break;
    default:
      on_thread(event);
  }
}

void Reader::read(const Event& event) {
  switch (event.kind) {
    case EventKind::plugin_init_enter:
    case EventKind::plugin_init_exit:
      return plugin_init(event);
    case EventKind::storage_register:
      return slot_registered(event);
    case EventKind::callback_registered:
      return callback_registered(event);
    case EventKind::thread_init_callback:
      return thread_callback(event);
    case EventKind::thread_value_set:
    case EventKind::thread_value_taken:
    case EventKind::thread_value_freed:
      return thread_value(event);
    case EventKind::flow_init:
    case EventKind::flow_update:
    case EventKind::flow_finish:
    case EventKind::flow_cleared:
    case EventKind::flow_value_set:
    case EventKind::flow_value_taken:
    case EventKind::flow_value_freed:
      return flow(event);
    case EventKind::logging_ready:
    case EventKind::logger_thread_init:
    case EventKind::logger_run:
    case EventKind::logger_thread_deinit:
    case EventKind::eve_callback:
    case EventKind::eve_filetype:
      return output(event);
    case EventKind::hand_over:
    case EventKind::take_over:
      return;  // their number depends on the threads' speed
    default:
      return on_engine(event);
  }
}

std::vector<LifecycleSection> Reader::finish(const Summary& summary) {
  for (auto& [thread, theirs] : threads_) write_own(thread);
  for (const ListedInfo& entry : summary.registrations) {
    const std::string who = entry.plugin.empty() ? "nobody" : escaped(entry.plugin);
    sections_.add_line(0, fmt::format("listed only, of {}", who), "",
                       fmt::format("{} {}{}", entry.kind, quoted_name(entry.name),
                                   entry.id < 0 ? "" : fmt::format(": id {}", entry.id)));
  }
  if (!stopped_) flows_.write(sections_);
  std::vector<LifecycleSection> out = sections_.take();
  // How far flows get before the engine stops depends on scheduling.
  if (stopped_)
    std::erase_if(out, [](const auto& section) { return section.title.ends_with(kPassing); });
  return out;
}

}  // namespace

}  // namespace golden

Lifecycle lifecycle_of(const EventLog& events, const Summary& summary, const Options& options) {
  golden::Reader reader;
  for (const Event& event : events) reader.read(event);
  Options as_run = options;
  if (summary.suricata != Suricata::v9_0) as_run.suricata = summary.suricata;
  return {settings_of(as_run), reader.finish(summary)};
}

}  // namespace surisim
