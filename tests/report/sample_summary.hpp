// The summary of an invented run, with every field set.
#pragma once

#include "surisim/report.hpp"

namespace surisim::test {

inline Violation violation(const std::string& rule, Severity severity, const std::string& message) {
  Violation v;
  v.rule = rule;
  v.severity = severity;
  v.message = message;
  v.phase = "traffic";
  v.thread = "W#01-eth0";
  v.tv = "W#01-eth0";
  v.callback = "flow init";
  v.function = "SCThreadSetStorageById";
  v.call_site = "counter.so!on_flow_init+0x24";
  return v;
}

inline Summary sample_summary() {
  Summary s;
  PluginInfo plugin;
  plugin.path = "./counter.so";
  plugin.name = "counter";
  plugin.version = "1.0";
  plugin.license = "MIT";
  plugin.author = "A. Tester";
  plugin.suricata_version = "9.0.0-dev";
  plugin.api_version = 0x0900;
  plugin.loaded = true;
  plugin.slots = {{"thread", "counter", 0}, {"flow", "state", 3}, {"flow", "state", -1}};
  plugin.callbacks = {{"thread init", "on_thread_init"}, {"flow init", ""}};
  s.plugins = {plugin};
  s.own_slots = {{"flow", "bypass_counters", 0}};
  s.lifecycles = 1;
  for (int i = 1; i <= 3; ++i)
    s.threads.push_back(
        {"W#0" + std::to_string(i) + "-eth0", "packet", i, true, 1, 500, 9500, 20, 10'000});
  s.threads.push_back({"FM#01", "management", 4, true, 1, 0, 0, 0, 0});
  s.threads.push_back({"FR#01", "management", 5, true, 1, 0, 0, 1200, 0});
  s.threads.push_back({"CW", "management", 6, true, 1, 0, 0, 0, 0});
  s.values.push_back({"counter", "thread", 7, 6, 0, 1, 0, {{"main", 7, 6}}});
  s.values.push_back({"state",
                      "flow",
                      1500,
                      1490,
                      4,
                      0,
                      6,
                      {{"W#01-eth0", 500, 90},
                       {"W#02-eth0", 500, 100},
                       {"W#03-eth0", 500, 100},
                       {"FR#01", 0, 1200}}});
  s.flows.started = 1500;
  s.flows.tcp = 900;
  s.flows.udp = 500;
  s.flows.icmp = 100;
  s.flows.ipv4 = 1000;
  s.flows.ipv6 = 500;
  s.flows.finished_by_recycler = 1000;
  s.flows.finished_at_shutdown = 200;
  s.flows.finished_by_worker = 60;
  s.flows.ended_in_bucket = 150;
  s.flows.ended_by_reuse = 50;
  s.flows.ended_handed_back = 30;
  s.flows.ended_by_backstop = 10;
  s.packets = 30'000;
  s.packets_no_flow = 60;
  s.bytes = 12'345'678;
  s.thread_init_callbacks = 6;
  s.flow_init_callbacks = 1500;
  s.flow_update_callbacks = 28'500;
  s.flow_finish_callbacks = 1260;
  s.traffic_seconds = 0.0125;
  s.total_seconds = 0.02;
  s.phases = {{"finalize", 0.00000123}, {"traffic", 0.0125}};
  Violation twice = violation("value-overwritten", Severity::error, "slot counter held a value");
  twice.count = 1234;
  twice.source = "/build/tester/src/counter.c:42";
  twice.other_thread = "FR#01";
  twice.set_at = "counter.so!on_thread_init+0x10 (/build/tester/src/counter.c:30)";
  twice.plugin = "./counter.so";
  s.violations = {violation("value-command-thread", Severity::note, "US keeps a value"), twice,
                  violation("slot-unset", Severity::warning, "slot state was read first")};
  return s;
}

// The same with two injected faults: one has hit, one has not.
inline Summary sample_with_faults() {
  Summary s = sample_summary();
  s.faults = {{"set:2", true, "counter", "main", "create packet threads", "thread init",
               "counter.so!on_thread_init+0x10", "/build/tester/src/counter.c:30"},
              {"alloc:900", false, "", "", "", "", "", ""}};
  return s;
}

}  // namespace surisim::test
