// Compares a run with a recorded order.
#include <fnmatch.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "golden/align.hpp"
#include "order.hpp"

namespace surisim::test {

namespace {

constexpr int kShownPerThread = 12;  // differences shown per thread: the first ones tell

bool is_flow_event(EventKind kind) {
  switch (kind) {
    case EventKind::flow_init:
    case EventKind::flow_update:
    case EventKind::flow_finish:
    case EventKind::flow_cleared:
    case EventKind::flow_value_set:
    case EventKind::flow_value_taken:
    case EventKind::flow_value_freed:
    case EventKind::hand_over:  // batches, which differ between runs
    case EventKind::take_over:
      return true;
    default:
      return false;
  }
}

bool glob(const std::string& pattern, const std::string& text) {
  return pattern == "*" || fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool matches(const OrderRef& ref, const OrderLine& line) {
  return glob(ref.os, line.os) && glob(ref.event, line.event) &&
         glob(ref.thread, line.thread ? line.thread->name : std::string());
}

bool same_thread(const OrderThread& recording, const std::optional<OrderThread>& run) {
  if (!run || run->name != recording.name) return false;
  if (!recording.compare_fields) return true;
  if (run->fields != recording.fields) return false;
  for (const auto& [flag, must] : recording.flags)
    if (must && !run->flags.contains(flag)) return false;
  return std::all_of(run->flags.begin(), run->flags.end(),
                     [&](const auto& f) { return recording.flags.contains(f.first); });
}

// The same event at the same place, apart from the ThreadVars' fields.
bool same_event(const OrderLine& recording, const OrderLine& run) {
  if (recording.event != run.event) return false;
  return !recording.thread || (run.thread && run.thread->name == recording.thread->name);
}

bool same_details(const OrderLine& recording, const OrderLine& run) {
  if (recording.arguments && recording.arguments != run.arguments) return false;
  if (recording.result && recording.result != run.result) return false;
  return !recording.thread || same_thread(*recording.thread, run.thread);
}

std::string after(const std::vector<OrderLine>& lines, std::size_t i) {
  return i == 0 ? "  (first)" : "  (after " + lines[i - 1].event + ")";
}

// Aligned, so that one missing event does not make all later ones differ.
std::vector<std::string> line_differences(const std::vector<OrderLine>& recording,
                                          const std::vector<OrderLine>& run, bool prefix) {
  std::vector<std::string> out;
  std::size_t g = 0;  // the next one recorded
  const auto same = [&](std::size_t a, std::size_t b) { return same_event(recording[a], run[b]); };
  for (const auto& [recorded, now] : golden::align(recording.size(), run.size(), same)) {
    if (recorded != golden::kNone) g = recorded + 1;
    if (now == golden::kNone) {
      if (!recording[recorded].may_miss)
        out.push_back("- " + to_string(recording[recorded]) + after(recording, recorded));
    } else if (recorded == golden::kNone) {
      if (prefix && g == recording.size()) break;
      out.push_back("+ " + to_string(run[now]) + after(run, now));
    } else if (!same_details(recording[recorded], run[now])) {
      out.push_back("~ recorded " + to_string(recording[recorded]));
      out.push_back("  run      " + to_string(run[now]));
    }
  }
  return out;
}

using ByThread = std::map<std::string, std::vector<OrderLine>>;

bool left_out(const Recording& recording, const OrderLine& line) {
  return std::any_of(recording.without.begin(), recording.without.end(),
                     [&](const OrderRef& ref) { return matches(ref, line); });
}

ByThread by_thread(const Recording& recording) {
  ByThread out;
  for (const OrderLine& line : recording.lines)
    if (!left_out(recording, line)) out[line.os].push_back(line);
  return out;
}

ByThread by_thread(const EventLog& run, const Recording& recording) {
  ByThread out;
  for (const Event& event : run) {
    if (is_flow_event(event.kind)) continue;
    OrderLine line = order_line(event);
    if (!left_out(recording, line)) out[line.os].push_back(std::move(line));
  }
  return out;
}

// Flow events: what recordings call them.
const char* flow_word(EventKind kind) {
  switch (kind) {
    case EventKind::flow_init:
      return "init";
    case EventKind::flow_update:
      return "update";
    case EventKind::flow_finish:
      return "finish";
    case EventKind::flow_cleared:
      return "cleared";
    case EventKind::flow_value_freed:
      return "freed";
    default:
      return nullptr;  // setting a value is the plugin's business, not the engine's order
  }
}

// "W#02-eth0" -> "W"
std::string kind_of_thread(std::string_view os) { return std::string(os.substr(0, os.find('#'))); }

std::set<std::string> flow_lives(const EventLog& run) {
  struct Life {
    std::string text, last, worker;
  };
  std::map<std::uint64_t, Life> lives;
  std::set<std::string_view> in_flow_loop;
  for (const Event& e : run) {
    if (e.kind == EventKind::flag_set && e.what == "FLOW_LOOP") in_flow_loop.insert(e.os);
    const char* word = flow_word(e.kind);
    if (!word || !e.has_flow) continue;
    Life& life = lives[e.flow.flow];
    if (e.kind == EventKind::flow_init) life.worker = e.os;
    std::string where = kind_of_thread(e.os);
    if (where == "W" && e.os != life.worker) where = "W'";
    if (in_flow_loop.contains(e.os)) where += ".FLOW_LOOP";
    std::string stage = std::string(word) + "@" + where;
    if (e.kind == EventKind::flow_update) stage += "+";
    if (stage == life.last && e.kind == EventKind::flow_update) continue;
    life.text += (life.text.empty() ? "" : " ") + stage;
    life.last = stage;
  }
  std::set<std::string> out;
  for (const auto& [flow, life] : lives) out.insert(life.text);
  return out;
}

// "init b, update b" -> {init,b} {update,b}
std::vector<std::pair<std::string, char>> parse_window(const std::string& text) {
  std::vector<std::pair<std::string, char>> out;
  std::istringstream steps(text);
  for (std::string step; std::getline(steps, step, ',');) {
    std::istringstream words(step);
    std::string what, flow;
    words >> what >> flow;
    out.emplace_back(what, flow.empty() ? ' ' : flow.front());
  }
  return out;
}

using FlowSteps = std::vector<std::pair<std::string, std::uint64_t>>;

bool window_at(const FlowSteps& steps, std::size_t from,
               const std::vector<std::pair<std::string, char>>& window) {
  std::map<char, std::uint64_t> flow_of;
  std::map<std::uint64_t, char> letter_of;
  for (std::size_t i = 0; i < window.size(); ++i) {
    const auto& [what, flow] = steps[from + i];
    const auto letter = window[i].second;
    if (what != window[i].first) return false;
    if (flow_of.try_emplace(letter, flow).first->second != flow) return false;
    if (letter_of.try_emplace(flow, letter).first->second != letter) return false;
  }
  return true;
}

bool shows_window(const std::map<std::string, FlowSteps>& threads, const std::string& text) {
  const auto window = parse_window(text);
  for (const auto& [os, steps] : threads)
    for (std::size_t from = 0; from + window.size() <= steps.size(); ++from)
      if (window_at(steps, from, window)) return true;
  return false;
}

void check_flow_threads(const EventLog& run, const Recording& recording, std::string& problems) {
  int shown = 0;
  for (const Event& e : run) {
    if (!flow_word(e.kind) || !e.has_thread) continue;
    const OrderLine line = order_line(e);
    for (const OrderLine& at : recording.at) {
      if (at.os != line.os || at.event != line.event || same_details(at, line)) continue;
      if (++shown > kShownPerThread) return;
      problems += "  ~ recorded " + to_string(at) + "\n    run      " + to_string(line) + "\n";
    }
  }
}

testing::AssertionResult verdict(const std::string& problems, const Recording& recording) {
  if (problems.empty()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "the run differs from the recorded order\n"
                                     << problems << recording.provenance;
}

}  // namespace

testing::AssertionResult threads_follow(const EventLog& run, const Recording& recording) {
  ByThread want = by_thread(recording);
  ByThread have = by_thread(run, recording);
  std::string problems;
  for (const auto& [os, lines] : want) {
    if (!have.contains(os)) {
      problems += os + ": no such thread in the run, " + std::to_string(lines.size()) +
                  " events recorded\n";
      continue;
    }
    const auto differences = line_differences(lines, have[os], recording.prefix);
    if (differences.empty()) continue;
    problems += os + ":\n";
    for (std::size_t i = 0; i < differences.size(); ++i) {
      if (i == kShownPerThread) {
        problems += "  … and " + std::to_string(differences.size() - i) + " more lines\n";
        break;
      }
      problems += "  " + differences[i] + "\n";
    }
  }
  for (const auto& [os, lines] : have)
    if (!want.contains(os)) problems += os + ": no such thread in the recording\n";
  return verdict(problems, recording);
}

testing::AssertionResult waits_follow(const EventLog& run, const Recording& recording) {
  std::vector<OrderLine> lines;
  lines.reserve(run.size());
  for (const Event& event : run) lines.push_back(order_line(event));
  const auto may_miss = [&](const OrderRef& ref) {
    return std::any_of(recording.lines.begin(), recording.lines.end(),
                       [&](const OrderLine& line) { return line.may_miss && matches(ref, line); });
  };
  std::string problems;
  for (const Recording::Wait& wait : recording.waits) {
    std::optional<std::size_t> last_first, first_then;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (matches(wait.first, lines[i])) last_first = i;
      if (!first_then && matches(wait.then, lines[i])) first_then = i;
    }
    if (!last_first || !first_then) {
      const OrderRef& missing = last_first ? wait.then : wait.first;
      if (!may_miss(missing))
        problems += "  " + wait.text + ": nothing in the run matches " + missing.os + " " +
                    missing.event + "\n";
    } else if (*last_first > *first_then) {
      problems += "  " + wait.text + ": it was the other way round, event " +
                  std::to_string(run[*first_then].seq) + " came before event " +
                  std::to_string(run[*last_first].seq) + "\n";
    }
  }
  return verdict(problems, recording);
}

testing::AssertionResult flows_follow(const EventLog& run, const Recording& recording) {
  std::string problems;
  const auto lives = flow_lives(run);
  bool missing = false;
  for (const std::string& flow : recording.flows) {
    if (lives.contains(flow)) continue;
    missing = true;
    problems += "  no flow of the run lives like this: " + flow + "\n";
  }
  if (missing)
    for (const std::string& life : lives) problems += "    the run has " + life + "\n";
  std::map<std::string, FlowSteps> threads;
  for (const Event& e : run)
    if (const char* word = flow_word(e.kind); word && e.has_flow)
      threads[std::string(e.os)].emplace_back(word, e.flow.flow);
  for (const std::string& window : recording.windows)
    if (!shows_window(threads, window)) problems += "  nowhere in the run: " + window + "\n";
  check_flow_threads(run, recording, problems);
  return verdict(problems, recording);
}

testing::AssertionResult follows(const EventLog& run, const Recording& recording) {
  std::string problems;
  for (const auto& part :
       {threads_follow(run, recording), waits_follow(run, recording), flows_follow(run, recording)})
    if (!part) problems += part.message();
  if (problems.empty()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << problems;
}

}  // namespace surisim::test
