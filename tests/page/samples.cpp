// Writes the pages that page_test.py opens in a browser: with no, one, 100,000 and more events,
// with a finding of each rule, and of an exploration.
#include <cstdio>
#include <fstream>
#include <string>

#include "../report/sample_events.hpp"
#include "../report/sample_summary.hpp"

namespace surisim::test {
namespace {

// A name that a plugin may use.
constexpr const char* kNasty = "</script><img src=x onerror=oops()><b>state</b>&amp;";

void write(const std::string& file, const Summary& summary, const ReportOptions& how) {
  std::ofstream(file) << html_report(summary, Options{}, how);
}

void write_events(const std::string& file, const EventLog& events) {
  Summary summary;
  summary.plugins.emplace_back().name = "sample";
  ReportOptions how;
  how.timeline = timeline_of(events, kTimelineEvents);
  write(file, summary, how);
}

Summary with_each_rule() {
  Summary summary = sample_summary();
  summary.plugins[0].name = kNasty;
  summary.violations.clear();
  for (const Rule& rule : rules()) {
    Violation v = violation(rule.id, rule.severity, rule.summary);
    v.clock = 10 + 3 * summary.violations.size();
    v.source = "/src/" + std::string(200, 'x') + "/plugin.c:42";
    v.frames = {{"counter.so!helper+0x4", "/src/plugin.c:40"},
                {"counter.so!on_flow_init+0x24", ""}};
    v.other_frames = v.frames;
    v.other_thread = "FR#01";
    v.thread = summary.violations.size() % 5 == 0 ? "plugin-made" : "W#01-eth0";
    summary.violations.push_back(v);
  }
  summary.violations[0].message = kNasty;
  summary.violations[1].clock = 0;
  summary.schedule.controlled = true;
  summary.schedule.explanation = "W#01 reads before W#02 writes.";
  for (int i = 0; i < 6; ++i)
    summary.schedule.steps.push_back({i % 2 == 0 ? "W#01" : "W#02", "reads `total`",
                                      "plugin.so!on_update+0x12 (/src/plugin.c:41)"});
  return summary;
}

void write_all(const std::string& directory) {
  SampleEvents one;
  one.add("main", EventKind::log, kNasty);
  write_events(directory + "/none.html", EventLog());
  write_events(directory + "/one.html", one.take());
  write_events(directory + "/many.html", SampleEvents::run(99'990));
  write_events(directory + "/more.html", SampleEvents::run(400'000));

  ReportOptions how;
  how.reproduce = "surisim run ./counter.so --seed 1";
  how.timeline = timeline_of(SampleEvents::run(400), kTimelineEvents);
  write(directory + "/findings.html", with_each_rule(), how);

  Summary explored = with_each_rule();
  explored.schedule = {};
  ReportOptions schedules;
  for (const Violation& v : explored.violations)
    schedules.found_in.push_back({"found in schedule 3 of 200", "W#02 writes " + v.rule,
                                  with_each_rule().schedule.steps,
                                  "surisim explore --replay default:0"});
  schedules.tried = "Suricata 9.0.0-dev, 200 schedules";
  write(directory + "/explored.html", explored, schedules);
}

}  // namespace
}  // namespace surisim::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "expected a directory\n");
    return 2;
  }
  surisim::test::write_all(argv[1]);
  return 0;
}
