// Goal: loggers of statistics run on the thread CS with the table of counters, in both versions;
// and the threads CW and CS exist for them (L9). Method: whole runs, and what the loggers saw.
// Source: output-stats.c, counters.c (StatsMgmtThread, StatsOutput, StatsInitCtxPostOutput).
#include <gmock/gmock.h>
#include <suricata/counters.h>
#include <suricata/output-json.h>
#include <suricata/output.h>
#include <suricata/thread-callbacks.h>

#include <string>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace surisim::test {
namespace {

using namespace surisim::fixtures;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Row {
  std::string thread;
  std::string name;
  std::string short_name;
  std::int64_t value;
};
std::vector<Row> totals;       // of the last call
std::vector<Row> thread_rows;  // records with a name
std::string thread_seen;
std::string order;

std::string text(const char* from) { return from == nullptr ? "-" : from; }

Row row_of(const StatsRecord& record) {
  return {text(record.tm_name), text(record.name), text(record.short_name), record.value};
}

int note_table(ThreadVars* tv, void*, const StatsTable* table) {
  thread_seen = tv->name;
  order += 'p';
  totals.clear();
  thread_rows.clear();
  for (uint32_t i = 0; i < table->nstats; ++i) totals.push_back(row_of(table->stats[i]));
  for (uint32_t i = 0; i < table->nstats * table->ntstats; ++i) {
    if (table->tstats[i].name != nullptr) thread_rows.push_back(row_of(table->tstats[i]));
  }
  EXPECT_GT(table->start_time, 0);
  return 0;
}

TmEcode begin_table(ThreadVars*, const void*, void** data) {
  *data = nullptr;
  return TM_ECODE_OK;
}
TmEcode end_table(ThreadVars*, void*) { return TM_ECODE_OK; }

void register_logger() {
  OutputRegisterStatsLogger("table", note_table, nullptr, begin_table, end_table);
}

constexpr const char* kEveSection =
    "%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n      filename: /dev/null\n";

class StatsLoggers : public LifecycleTest, public ::testing::WithParamInterface<Suricata> {
 protected:
  StatsLoggers() {
    totals.clear();
    thread_rows.clear();
    thread_seen.clear();
    order.clear();
    options.suricata = GetParam();
    options.mode = Mode::single;
    options.command_socket = false;
    options.traffic.flows = 20;
  }
  std::vector<std::string> threads_made() {
    std::vector<std::string> names;
    for (const Event& e : events()) {
      if (e.kind == EventKind::os_thread_start) names.emplace_back(e.os);
    }
    return names;
  }
};

TEST_P(StatsLoggers, RunOnCsWhichInitialisesThemBeforeItRunsAndFreesTheirDataAtItsEnd) {
  load("stats", register_logger);
  ASSERT_TRUE(run());
  EXPECT_EQ(thread_seen, "CS");
  EXPECT_EQ(summary().loggers.at(0).kind, "statistics logger");
  EXPECT_EQ(summary().loggers.at(0).runs, 1U);
  const auto on = [](EventKind kind) { return event(kind).on("CS"); };
  EXPECT_THAT(
      events(),
      InOrder({on(EventKind::logger_thread_init),
               on(EventKind::flag_set).named("INIT_DONE|RUNNING"), on(EventKind::logger_run),
               on(EventKind::flag_set).named("RUNNING_DONE"), on(EventKind::logger_thread_deinit),
               on(EventKind::flag_set).named("CLOSED")}));
}

// E34: a counter of two threads, and a global one.
TEST_P(StatsLoggers, E34_TheTableHasTotalsAndARowForEachThread) {
  load("stats", [] {
    register_logger();
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          const std::string name = tv->name;
          if (name != "FM#01" && name != "FR#01") return;
          // 8.0's function gets the ThreadVars itself.
          StatsRegisterCounter("plugin.calls", GetParam() == Suricata::v9_0
                                                   ? &tv->stats
                                                   : reinterpret_cast<StatsThreadContext*>(tv));
        },
        nullptr);
    SCRegisterOnLoggingReady(
        [](void*) { StatsRegisterGlobalCounter("answer", []() -> uint64_t { return 42; }); },
        nullptr);
  });
  ASSERT_TRUE(run());
  ASSERT_EQ(totals.size(), 2U);
  EXPECT_EQ(totals[0].name, "plugin.calls");
  EXPECT_EQ(totals[0].short_name, "calls");
  EXPECT_EQ(totals[0].thread, "Total");
  EXPECT_EQ(totals[1].name, "answer");
  EXPECT_EQ(totals[1].short_name, "-");
  EXPECT_EQ(totals[1].value, 42);
  std::vector<std::string> rows;
  for (const Row& row : thread_rows) rows.push_back(row.thread + " " + row.name);
  EXPECT_THAT(rows, ElementsAre("FM#01 plugin.calls", "FR#01 plugin.calls", "Global answer"));
}

TEST_P(StatsLoggers, OfInitRunBeforeEvesOwnAndSubModulesAfterIt) {
  options.config_yaml = std::string(kEveSection) + "      types: [stats]\n";
  options.eve.on_record = [](std::string_view) { order += 'e'; };
  load("stats", [] {
    register_logger();
    OutputRegisterStatsSubModule(
        LOGGER_USER, "eve-log", "Mine", "eve-log.stats", OutputJsonLogInitSub,
        [](ThreadVars*, void* data, const StatsTable*) {
          EXPECT_NE(data, nullptr);
          order += 's';
          return 0;
        },
        JsonLogThreadInit, JsonLogThreadDeinit);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(order, "pes");
  EXPECT_THAT(summary().violations, IsEmpty());
}

// L9: outputs without one of Suricata's own loggers of statistics.
TEST_P(StatsLoggers, L9_OneOfInitIsEnoughForTheThreadsCwAndCs) {
  options.config_yaml = std::string(kEveSection) + "      types: [flow]\n";
  load("stats", register_logger);
  ASSERT_TRUE(run());
  EXPECT_THAT(threads_made(), Contains("CS"));
  EXPECT_EQ(order, "p");
}

TEST_P(StatsLoggers, L9_OneOfOnLoggingReadyIsTooLateForTheThreadsCwAndCs) {
  options.config_yaml = std::string(kEveSection) + "      types: [flow]\n";
  load("stats", [] { SCRegisterOnLoggingReady([](void*) { register_logger(); }, nullptr); });
  ASSERT_TRUE(run());
  EXPECT_THAT(threads_made(), ::testing::Not(Contains("CS")));
  EXPECT_EQ(order, "");
  EXPECT_THAT(summary().loggers.at(0).why_silent, HasSubstr("runs on the thread CS"));
}

TEST_P(StatsLoggers, AModuleIsSetUpByTheOutputOfItsName) {
  options.config_yaml =
      std::string(kEveSection) + "      types: [flow]\n  - table:\n      enabled: yes\n";
  load("stats", [] {
    OutputRegisterStatsModule(LOGGER_USER, "Table", "table", nullptr, note_table, begin_table,
                              end_table);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(order, "p");
}

TEST_P(StatsLoggers, AModuleWhoseInitFailsIsLeftOutWithAWarning) {
  options.config_yaml =
      std::string(kEveSection) + "      types: [flow]\n  - table:\n      enabled: yes\n";
  const auto register_failing = [] {
    OutputRegisterStatsModule(
        LOGGER_USER, "Table", "table",
        [](SCConfNode*) {
          return OutputInitResult{nullptr, false};
        },
        note_table, begin_table, end_table);
  };
  load("stats", register_failing);
  ASSERT_TRUE(run());
  EXPECT_EQ(order, "");
  EXPECT_THAT(events(), Has(event(EventKind::log).named("output module \"table\": setup failed")));
  TearDown();
  options.config_settings = {"engine.init-failure-fatal=yes"};
  load("stats", register_failing);
  EXPECT_THAT(run().message(), HasSubstr("setup failed"));
}

TEST_P(StatsLoggers, WithoutStatisticsTheyNeverRun) {
  options.stats = false;
  load("stats", register_logger);
  ASSERT_TRUE(run());
  EXPECT_EQ(order, "");
  EXPECT_THAT(summary().loggers.at(0).why_silent, HasSubstr("if statistics are on"));
}

INSTANTIATE_TEST_SUITE_P(Of, StatsLoggers, ::testing::Values(Suricata::v8_0, Suricata::v9_0),
                         [](const auto& test) {
                           return test.param == Suricata::v8_0 ? "Suricata80" : "Suricata90";
                         });

}  // namespace
}  // namespace surisim::test
