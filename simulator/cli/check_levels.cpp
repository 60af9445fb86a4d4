// Implements check_levels.hpp: the table, and printing it.
#include "check_levels.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace surisim::cli {
namespace {

using enum Together;

// Small runs with one worker, so that the number of a fault always means the same call.
#define SURISIM_SMALL "--threads 1 --flows 10"
// Ends that are not restricted to TCP flows.
#define SURISIM_ENDS_OF_ANY "--ends recycler=0.6,pressure=0.2,bucket=0.2"

constexpr CheckRow kRows[] = {
    // level, id, dimension, what, command, options
    {1, "plain", "plain", "a plain run", "run", ""},

    {2, "autofp", "mode", "autofp from a capture file", "run", "--mode autofp", with_schedules},
    {2, "single", "mode", "a single worker that captures", "run", "--mode single", with_schedules},
    {2, "autofp-live", "mode", "autofp from a device", "run", "--mode autofp --capture af-packet",
     with_schedules},
    {2, "two-devices", "mode", "workers on two devices", "run", "--device eth0 --device eth1",
     pairs},
    {2, "unix-socket", "mode", "captures by the Unix socket, one after another", "run",
     "--engine unix-socket --mode single --repeat 2", with_schedules},
    {2, "unix-socket-autofp", "mode", "the same in autofp", "run",
     "--engine unix-socket --mode autofp --repeat 2", with_schedules},
    {2, "repeat", "lifecycles", "three lifecycles after one registration", "run", "--repeat 3",
     with_schedules},
    {2, "config-test", "mode", "only the configuration is tested", "run", "--engine config-test"},
    {2, "engine-analysis", "mode", "only the engine is analysed", "run",
     "--engine engine-analysis"},
    {2, "other-host", "host", "the other version of Suricata", "run", "--suricata {host}",
     with_schedules},
    {2, "without-configuration", "configuration", "no configuration, where one was given", "run",
     "{without-configuration}", with_schedules},
    {2, "eve", "eve", "EVE records to a file", "run", "--eve /dev/null", pairs},
    {2, "file-type", "eve", "EVE records to the plugin's file type", "run",
     "--eve-filetype {file-type}", with_schedules},
    {2, "file-type-threaded", "eve", "the same, with data for each thread", "run",
     "--eve-filetype {file-type} --eve-threaded", with_schedules},
    {2, "few-threads", "managers", "no statistics and no command socket", "run",
     "--no-stats --no-command-socket", with_schedules},
    {2, "more-managers", "managers", "two flow managers and recyclers, FB and DL", "run",
     "--flow-managers 2 --flow-recyclers 2 --bypass-manager --detect-loaders 1", with_schedules},

    {3, "one-thread", "threads", "one worker", "run", "--threads 1", pairs},
    {3, "two-threads", "threads", "two workers", "run", "--threads 2", with_schedules},
    {3, "many-threads", "threads", "sixteen workers", "run", "--threads 16", pairs},
    {3, "ends-recycler", "ends", "flows end on the recycler", "run", "--ends recycler=1",
     with_schedules},
    {3, "ends-pressure", "ends", "flows end under memory pressure", "run", "--ends pressure=1",
     with_schedules},
    {3, "ends-bucket", "ends", "flows end in their bucket, without finish", "run",
     "--ends bucket=1", with_schedules},
    {3, "ends-reuse", "ends", "flows end by TCP reuse, without finish", "run", "--ends reuse=1",
     with_schedules},
    {3, "ends-handed-back", "ends", "flows are handed back to their worker", "run",
     "--ends handed-back=1", with_schedules},
    {3, "ends-backstop", "ends", "open flows are freed by the shutdown", "run",
     "--ends recycler=0.01,backstop=1", with_schedules},
    {3, "no-flows", "traffic", "no traffic", "run", "--flows 0", pairs},
    {3, "one-flow", "traffic", "one flow", "run", "--flows 1", pairs},
    {3, "tcp", "traffic", "TCP only", "run", "--udp 0 --icmp 0", with_schedules},
    {3, "udp", "traffic", "UDP only", "run", "--udp 1 --icmp 0 " SURISIM_ENDS_OF_ANY,
     with_schedules},
    {3, "icmp", "traffic", "ICMP only", "run", "--udp 0 --icmp 1 " SURISIM_ENDS_OF_ANY,
     with_schedules},
    {3, "ipv6", "address", "IPv6 only", "run", "--ipv6 1", with_schedules},
    {3, "ipv4", "address", "IPv4 only", "run", "--ipv6 0", pairs},
    {3, "short-flows", "length", "flows of one packet", "run",
     "--packets-per-flow 1 --exact-packets", pairs},
    {3, "long-flows", "length", "flows of 200 packets", "run", "--packets-per-flow 200 --flows 200",
     pairs},
    {3, "open-flows", "length", "512 flows open at a time", "run", "--open-flows 512 --flows 4000",
     pairs},
    {3, "alerts", "alerts", "an alert at each packet", "run", "--alerts 1", with_schedules},
    {3, "seeds", "seed", "other traffic", "run", "--seed {seed} --schedule random:{seed}", no, 6},

    {4, "set", "fault", "each set of a value fails, in turn", "run",
     "--fail set:* " SURISIM_SMALL " --sweep-limit 200"},
    {4, "register", "fault", "each registration of a slot is refused", "run",
     "--fail register:* " SURISIM_SMALL " --sweep-limit 200"},
    {4, "spawn", "fault", "each thread cannot be started", "run",
     "--fail spawn:* " SURISIM_SMALL " --sweep-limit 200"},
    {4, "alloc", "fault", "each allocation of the plugin fails, the first 200", "run",
     "--fail alloc:* " SURISIM_SMALL " --sweep-limit 200", no, 1, 60},
    {4, "host-alloc", "fault", "each allocation of Suricata for the plugin fails, the first 200",
     "run", "--fail host-alloc:* " SURISIM_SMALL " --sweep-limit 200", no, 1, 60},
    {4, "init-worker", "fault", "a worker's own init fails", "run", "--fail init:W#02"},
    {4, "init-manager", "fault", "a flow manager's own init fails", "run", "--fail init:FM#01",
     pairs},
    {4, "init-recycler", "fault", "a flow recycler's own init fails", "run", "--fail init:FR#01",
     pairs},
    {4, "init-counters", "fault", "the own init of CS fails", "run", "--fail init:CS"},
    {4, "init-command", "fault", "the command thread's own init fails", "run", "--fail init:US"},
    {4, "init-receiver", "fault", "a receiving thread's own init fails", "run",
     "--mode autofp --fail init:RX#01"},
    {4, "create-worker", "fault", "a worker cannot be created", "run", "--fail create:W#02"},
    {4, "create-recycler", "fault", "a flow recycler cannot be created", "run",
     "--fail create:FR#01", pairs},
    {4, "start-worker", "fault", "a worker's capture cannot be opened", "run", "--fail start:W#01"},
    {4, "start-receiver", "fault", "a capture file cannot be opened", "run",
     "--mode autofp --fail start:RX#01"},
    {4, "run-worker", "fault", "a worker fails while running", "run", "--fail run:W#01",
     with_schedules},
    {4, "run-manager", "fault", "a flow manager fails while running", "run", "--fail run:FM#01",
     with_schedules},
    {4, "paused", "fault", "a signal while threads are paused", "run", "--fail paused",
     with_schedules},
    {4, "signal", "fault", "a signal in the last capture", "run",
     "--engine unix-socket --mode single --fail signal"},

    {5, "schedules", "schedule", "schedules of the threads, and data races", "explore",
     "--schedules 300", no, 1, 60},
    {5, "schedules-autofp", "schedule", "the same in autofp", "explore",
     "--mode autofp --schedules 150", no, 1, 60},
    {5, "schedules-unix-socket", "schedule", "the same with the Unix socket", "explore",
     "--engine unix-socket --mode autofp --repeat 2 --schedules 100", no, 1, 60},
    {5, "schedules-managers", "schedule", "the same with more managers", "explore",
     "--flow-managers 2 --flow-recyclers 2 --schedules 100", no, 1, 60},
    {5, "schedules-file-type", "schedule", "the same with the plugin's file type", "explore",
     "--eve-filetype {file-type} --eve-threaded --alerts 0.5 --schedules 100", no, 1, 60},
    {5, "schedules-other-host", "schedule", "the same in the other version of Suricata", "explore",
     "--suricata {host} --schedules 100", no, 1, 60},
    {5, "schedules-seeds", "schedule", "the same with other traffic", "explore",
     "--seed {seed} --flows 40 --schedules 100", no, 4, 60},
    {5, "more-seeds", "seed", "other traffic, 5,000 flows", "run",
     "--seed {seed} --flows 5000 --schedule pos:{seed}", no, 60},
    {5, "set-autofp", "fault", "each set of a value fails, in autofp", "run",
     "--mode autofp --fail set:* " SURISIM_SMALL " --sweep-limit 100"},
    {5, "alloc-autofp", "fault", "each allocation of the plugin fails, in autofp", "run",
     "--mode autofp --fail alloc:* " SURISIM_SMALL " --sweep-limit 200", no, 1, 60},
    {5, "host-alloc-autofp", "fault", "each allocation of Suricata fails, in autofp", "run",
     "--mode autofp --fail host-alloc:* " SURISIM_SMALL " --sweep-limit 200", no, 1, 60},
    {5, "spawn-autofp", "fault", "each thread cannot be started, in autofp", "run",
     "--mode autofp --fail spawn:* " SURISIM_SMALL " --sweep-limit 100"},
    {5, "alloc-unix-socket", "fault", "each allocation fails, with the Unix socket", "run",
     "--engine unix-socket --mode single --repeat 2 --fail alloc:* --flows 10 --sweep-limit 200",
     no, 1, 60},
    {5, "host-alloc-eve", "fault", "each allocation for EVE records fails, the first 200", "run",
     "--eve /dev/null --alerts 1 --fail host-alloc:* " SURISIM_SMALL " --sweep-limit 200", no, 1,
     60},
    {5, "alloc-file-type", "fault", "each allocation fails, with the plugin's file type", "run",
     "--eve-filetype {file-type} --fail alloc:* " SURISIM_SMALL " --sweep-limit 200", no, 1, 60},
    {5, "one-set", "fault", "the fifth set of a value fails", "run", "--fail set:5",
     with_schedules},
    {5, "one-alloc", "fault", "the fifth allocation of the plugin fails", "run", "--fail alloc:5",
     with_schedules},
    {5, "other-host-alloc", "fault", "each allocation fails, in the other version of Suricata",
     "run", "--suricata {host} --fail alloc:* " SURISIM_SMALL " --sweep-limit 200", no, 1, 60},
    {5, "other-host-set", "fault", "each set fails, in the other version of Suricata", "run",
     "--suricata {host} --fail set:* " SURISIM_SMALL " --sweep-limit 100"},

    {6, "seeds-autofp", "seed", "other traffic in autofp", "run",
     "--mode autofp --seed {seed} --flows 5000 --schedule pos:{seed}", no, 50},
    {6, "seeds-two-threads", "seed", "other traffic on two workers, 20,000 flows", "run",
     "--threads 2 --seed {seed} --flows 20000 --schedule pos:{seed}", no, 50, 120},
    {6, "more-alloc", "fault", "each allocation of the plugin fails, the first 2,000", "run",
     "--fail alloc:* --threads 2 --flows 20 --sweep-limit 2000", no, 1, 600},
    {6, "more-host-alloc", "fault", "each allocation of Suricata fails, the first 2,000", "run",
     "--fail host-alloc:* --threads 2 --flows 20 --sweep-limit 2000", no, 1, 600},
    {6, "set-unix-socket", "fault", "each set fails, with the Unix socket", "run",
     "--engine unix-socket --mode single --repeat 2 --fail set:* --flows 10 --sweep-limit 500", no,
     1, 300},

    {7, "more-schedules", "schedule", "1,000 schedules, with other traffic", "explore",
     "--seed {seed} --schedules 1000", no, 3, 300},
    {7, "schedules-rows", "schedule", "100 schedules with each row above that changes little",
     "explore", "{row} --schedules 100", no, 1, 120},

    {8, "schedules-set", "schedule", "schedules in which a set of a value fails", "explore",
     "--fail set:6 --seed {seed} --schedules 100", no, 4, 120},
    {8, "schedules-alloc", "schedule", "schedules in which an allocation fails", "explore",
     "--fail alloc:6 --seed {seed} --schedules 100", no, 4, 120},
    {8, "schedules-paused", "schedule", "schedules with a signal while threads are paused",
     "explore", "--fail paused --schedules 100", no, 1, 120},
    {8, "schedules-signal", "schedule", "schedules with a signal in the last capture", "explore",
     "--engine unix-socket --mode single --repeat 2 --fail signal --schedules 100", no, 1, 120},

    {9, "most-schedules", "schedule", "10,000 schedules", "explore", "--schedules 10000", no, 1,
     1800},
    {9, "most-seeds", "seed", "other traffic, 20,000 flows", "run",
     "--seed {seed} --flows 20000 --schedule pos:{seed}", no, 200, 120},

    {10, "pairs", "pairs", "each two of the above together", "run", "{pair}", no, 1, 120},

    {kOnAndOn, "rounds", "rounds", "other traffic, with one of each kind of the above", "run",
     "{random} --seed {seed} --schedule random:{seed}", no, 1, 300},
    {kOnAndOn, "schedule-rounds", "rounds", "the same in 200 schedules", "explore",
     "{random} --seed {seed} --schedules 200", no, 1, 300},
};

std::string level_of(const CheckRow& row) {
  return row.level == kOnAndOn ? "--for" : fmt::format("{}", row.level);
}

std::string line_of(const CheckRow& row) {
  return fmt::format("{}{}{}{}", row.command, *row.options == '\0' ? "" : " ", row.options,
                     row.times == 1 ? "" : fmt::format(" ({} seeds)", row.times));
}

std::string rows_text() {
  std::string out;
  for (const CheckRow& row : kRows)
    out += fmt::format("{:>5}  {:22} {}\n{:30}surisim {}\n", level_of(row), row.id, row.what, "",
                       line_of(row));
  return out;
}

std::string rows_markdown() {
  std::string out = "| level | id | what is tried | as |\n|---|---|---|---|\n";
  for (const CheckRow& row : kRows)
    out +=
        fmt::format("| {} | `{}` | {} | `{}` |\n", level_of(row), row.id, row.what, line_of(row));
  return out;
}

std::string rows_json() {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const CheckRow& row : kRows)
    rows.push_back({{"level", row.level},
                    {"id", row.id},
                    {"dimension", row.dimension},
                    {"what", row.what},
                    {"command", row.command},
                    {"options", row.options},
                    {"times", row.times},
                    {"seconds", row.seconds}});
  return nlohmann::ordered_json{{"rows", std::move(rows)}}.dump(2) + "\n";
}

}  // namespace

std::span<const CheckRow> check_rows() { return kRows; }

std::string check_rows_report(Format format) {
  if (format == Format::json) return rows_json();
  return format == Format::markdown ? rows_markdown() : rows_text();
}

}  // namespace surisim::cli
