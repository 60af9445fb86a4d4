// Suricata 8.0 and 9.0 in one simulator: which version is run, and what 8.0 does differently. A
// plugin that is compiled for 8.0 logs what its C functions return
// (fixtures/plugins/storage_8_0.c).
#include <gmock/gmock.h>

#include <dlfcn.h>
#include <suricata/app-layer-protos.h>
#include <suricata/app-layer-register.h>
#include <suricata/device-storage.h>
#include <suricata/host-storage.h>
#include <suricata/ippair-storage.h>
#include <suricata/thread-storage.h>
#include <suricata/util-debug.h>

#include <algorithm>

#include "../wrappers/both/results.h"
#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using surisim::Mode;
using surisim::Options;
using surisim::Summary;
using surisim::Suricata;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kPlugins = std::string(SURISIM_TEST_PLUGIN_DIR) + "/";

std::vector<std::string> threads_of(const Summary& summary) {
  std::vector<std::string> names;
  for (const auto& thread : summary.threads) names.push_back(thread.name);
  return names;
}

std::vector<std::string> own_slots_of(const Summary& summary, const std::string& type) {
  std::vector<std::string> names;
  for (const auto& slot : summary.own_slots)
    if (slot.type == type) names.push_back(slot.name);
  return names;
}

class Version : public surisim::fixtures::LifecycleTest {};

TEST_F(Version, FollowsThePluginsImports) {
  load(kPlugins + "flow_counter_8_0.so");
  ASSERT_TRUE(run());
  EXPECT_EQ(summary().suricata, Suricata::v8_0);
  EXPECT_TRUE(clean());
  EXPECT_GT(summary().flow_update_callbacks, 0u);
}

TEST_F(Version, Is9IfNoPluginDecides) {
  load("in process", [] {});
  ASSERT_TRUE(run());
  EXPECT_EQ(summary().suricata, Suricata::v9_0);
}

TEST_F(Version, CanBeChosen) {
  options.suricata = Suricata::v8_0;
  load("in process", [] {});
  ASSERT_TRUE(run());
  EXPECT_EQ(summary().suricata, Suricata::v8_0);
}

// An in-process plugin may call 9.0's functions in a run of 8.0: its values would overwrite fields.
TEST_F(Version, E28_RefusesARegistrationByTheOtherOnesFunction) {
  static SCThreadStorageId slot;
  options.suricata = Suricata::v8_0;
  load("in process", [] { slot = SCThreadStorageRegister("seven", [](void*) {}); });
  ASSERT_TRUE(run());
  EXPECT_EQ(slot.id, -1);
  const auto found = violations("register-invalid-argument");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].message, HasSubstr("a function that the running version of Suricata does"));
}

// Names of threads in options are checked before the next engine knows its version.
// The table is Suricata's order; the names that are not modelled are reported when they are called.
extern "C" const void* const* SCGetContext();
TEST_F(Version, E7_GivesRustPluginsATableOf13Functions) {
  options.suricata = Suricata::v8_0;
  load("in process", [] {
    const void* const* table = SCGetContext();
    EXPECT_EQ(table[0], reinterpret_cast<const void*>(&SCLogMessage));
    for (std::size_t i = 1; i < 13; ++i) {
      reinterpret_cast<void (*)()>(const_cast<void*>(table[i]))();
    }
  });
  ASSERT_TRUE(run());
  std::vector<std::string> called;
  for (const auto& one : violations("unsupported-function")) called.push_back(one.function);
  EXPECT_THAT(called, ElementsAre("DetectEngineStateFree", "AppLayerDecoderEventsSetEventRaw",
                                  "AppLayerDecoderEventsFreeEvents",
                                  "AppLayerParserTriggerRawStreamInspection", "HttpRangeFreeBlock",
                                  "HTPFileCloseHandleRange", "FileOpenFileWithId",
                                  "FileCloseFileById", "FileAppendDataById", "FileAppendGAPById",
                                  "FileContainerRecycle", "GenericVarFree"));
}

// Of all five kinds, each counting its own ids; hosts, pairs and devices have no objects here.
extern "C" SCHostStorageId HostStorageRegister(const char*, unsigned, void* (*)(unsigned),
                                               void (*)(void*));
TEST_F(Version, E8_RegistersSlotsOfHosts) {
  options.suricata = Suricata::v8_0;
  load("in process", [] {
    EXPECT_EQ(HostStorageRegister("mine", 8, nullptr, free).id, 0);
    EXPECT_EQ(HostStorageRegister("mine", 8, nullptr, free).id, -1);
    EXPECT_EQ(HostStorageRegister("other", 24, nullptr, free).id, -1);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(own_slots_of(summary(), "host"), ElementsAre("tag", "bit"));
}

// 9.0's names without their prefix: parsers are listed, in 8.0 too.
extern "C" {
AppProto AppLayerRegisterProtocolDetection(const AppLayerProtocolDetect*, int);
int AppLayerRegisterParserAlias(const char*, const char*);
}
TEST_F(Version, E28_ListsParsersIn8Too) {
  options.suricata = Suricata::v8_0;
  load("in process", [] {
    AppProtoRegisterProtoString(AppProto(g_alproto_max), "mine");
    static const AppLayerProtocolDetect parser{"mine", "80", 6, nullptr, nullptr, 0, 0};
    EXPECT_EQ(AppLayerRegisterProtocolDetection(&parser, 1), StringToAppProto("mine"));
    EXPECT_EQ(AppLayerRegisterParserAlias("mine", "my"), 0);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("unsupported-function"), IsEmpty());
  std::vector<std::string> listed;
  for (const auto& one : summary().registrations) listed.push_back(one.kind + " " + one.name);
  EXPECT_THAT(listed, ElementsAre("app-layer protocol mine", "protocol detection mine",
                                  "protocol alias my"));
}

TEST_F(Version, L16_RegistersSlotsOfPairsAndDevices) {
  load("in process", [] {
    EXPECT_EQ(SCIPPairStorageRegister("mine", free).id, 0);
    EXPECT_EQ(SCLiveDevStorageRegister("mine", free).id, 0);
    EXPECT_EQ(SCLiveDevStorageRegister("other", free).id, 1);
    EXPECT_EQ(SCLiveDevStorageSize(), 16u);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(own_slots_of(summary(), "ippair"), ElementsAre("expectation", "bit"));
}

TEST_F(Version, EndsWithItsEngine) {
  load(kPlugins + "flow_counter_8_0.so");
  ASSERT_TRUE(run());
  LifecycleTest::TearDown();
  options.faults = {{surisim::Fault::Kind::thread_create, "HB"}};
  load("in process", [] {});
  EXPECT_THAT(run().message(), HasSubstr("HB"));
}

TEST_F(Version, IsOneForAllPlugins) {
  load(kPlugins + "flow_counter_c.so");
  load(kPlugins + "flow_counter_8_0.so");
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), HasSubstr("flow_counter_c.so is for Suricata 9.0 and "));
  EXPECT_THAT(refused.message(), HasSubstr("flow_counter_8_0.so is for 8.0; expected plugins for "
                                           "one version in a run"));
}

TEST_F(Version, E15_DoesNotOpenAPluginForAnotherOne) {
  for (const auto& [version, plugin, name] :
       {std::tuple{Suricata::v9_0, "flow_counter_8_0.so", "ThreadStorageRegister"},
        std::tuple{Suricata::v8_0, "flow_counter_c.so", "SCThreadStorageRegister"}}) {
    options.suricata = version;
    load(kPlugins + plugin);
    EXPECT_FALSE(run());
    const auto found = violations("load-failed");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_THAT(found[0].message, HasSubstr(name));
    LifecycleTest::TearDown();
  }
}

// A plugin for both versions: flow_counter_both.so is in C, the others use the wrappers.
class PluginForBoth : public surisim::fixtures::LifecycleTest,
                      public testing::WithParamInterface<std::string> {};

TEST_P(PluginForBoth, RunsAsTheForcedVersion) {
  for (const Suricata version : {Suricata::v8_0, Suricata::v9_0, Suricata::v8_0}) {
    for (const bool checks : {true, false}) {
      options.suricata = version;
      options.checks = checks;
      load(GetParam());
      ASSERT_TRUE(run());
      EXPECT_TRUE(clean());
      EXPECT_EQ(summary().suricata, version);
      ASSERT_EQ(summary().plugins.size(), 1u);
      EXPECT_EQ(summary().plugins[0].api_version, api_version_of(version));
      EXPECT_THAT(summary().plugins[0].slots, Not(IsEmpty()));
      ASSERT_THAT(summary().values, Not(IsEmpty()));
      for (const auto& value : summary().values) {
        EXPECT_GT(value.made, 0u) << value.slot;
        EXPECT_EQ(value.freed + value.kept, value.made) << value.slot;
      }
      LifecycleTest::TearDown();
    }
  }
}

TEST_P(PluginForBoth, Is9ByDefault) {
  load(GetParam());
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
  EXPECT_EQ(summary().suricata, Suricata::v9_0);
}

TEST_P(PluginForBoth, IsWhatAnotherPluginNeeds) {
  for (const bool first : {true, false}) {
    if (first) load(GetParam());
    load(kPlugins + "flow_counter_8_0.so");
    if (!first) load(GetParam());
    ASSERT_TRUE(run());
    EXPECT_TRUE(clean());
    EXPECT_EQ(summary().suricata, Suricata::v8_0);
    ASSERT_EQ(summary().plugins.size(), 2u);
    EXPECT_EQ(summary().plugins[first ? 0 : 1].api_version, 0x0800u);
    LifecycleTest::TearDown();
  }
}

TEST_P(PluginForBoth, IsInspectedAsOneForBoth) {
  for (const Suricata version : {Suricata::v8_0, Suricata::v9_0}) {
    const auto found = surisim::inspect(GetParam(), nullptr, version);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->for_all_versions);
    EXPECT_THAT(found->problems, IsEmpty());
    EXPECT_EQ(found->suricata, version);
    EXPECT_EQ(found->plugin.api_version, api_version_of(version));
    for (const auto& symbol : found->imports)
      EXPECT_NE(symbol.support, surisim::ImportedSymbol::Support::absent) << symbol.name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PluginForBoth,
                         testing::Values(kPlugins + "flow_counter_both.so",
                                         kPlugins + "guide_threads.so", SURISIM_BOTH_PLUGIN),
                         [](const auto& test) {
                           const std::string file = test.param.substr(test.param.rfind('/') + 1);
                           return file.substr(0, file.find('.'));
                         });

// The wrappers' values and accessors in both versions, with and without the call for each read.
class WrappersInBoth : public surisim::fixtures::LifecycleTest,
                       public testing::WithParamInterface<std::tuple<Suricata, bool>> {
 protected:
  WrappersInBoth() {
    std::tie(options.suricata, options.checks) = GetParam();
    options.command_socket = false;  // its value would never be freed (L27)
    load(SURISIM_BOTH_PLUGIN);
  }
  // What the plugin saw; an initialised plugin is never unloaded (L38).
  static const BothResults& results() {
    void* const library = dlopen(SURISIM_BOTH_PLUGIN, RTLD_NOW | RTLD_NOLOAD);
    return *reinterpret_cast<BothResultsFn*>(dlsym(library, "both_results"))();
  }
};

TEST_P(WrappersInBoth, MakeFindAndFreeEachValue) {
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
  EXPECT_EQ(results().wrong, 0u);
  EXPECT_EQ(results().threads_made, summary().thread_init_callbacks);
  EXPECT_EQ(results().threads_freed, results().threads_made);
  EXPECT_EQ(results().packets, summary().flow_update_callbacks);
  EXPECT_EQ(results().packets_of_flow, summary().flow_update_callbacks);
  EXPECT_EQ(results().finished, summary().flow_finish_callbacks);
  EXPECT_EQ(results().flows_made, summary().flow_init_callbacks);
  EXPECT_EQ(results().flows_freed, results().flows_made);
}

TEST_P(WrappersInBoth, E22_ReadValuesDirectlyInEachVersionWithChecksOff) {
  const auto [version, checks] = GetParam();
  ASSERT_TRUE(run());
  if (checks)
    EXPECT_LT(results().proved_offset, 0);
  else
    EXPECT_EQ(results().proved_offset, version == Suricata::v8_0 ? 296 : 264);
}

TEST_P(WrappersInBoth, E23_SeeTheFieldsOfAFlow) {
  traffic().tcp("192.0.2.1:1234", "198.51.100.2:443").to_server();
  ASSERT_TRUE(stop());
  EXPECT_EQ(results().source_port, 1234);
  EXPECT_EQ(results().destination_port, 443);
  EXPECT_EQ(results().ip_protocol, 6);
  EXPECT_EQ(results().is_ipv4, 1);
  EXPECT_EQ(results().is_ipv6, 0);
  EXPECT_THAT(results().source, ElementsAre(192, 0, 2, 1));
  EXPECT_THAT(results().destination, ElementsAre(198, 51, 100, 2));
}

std::string name_of(const testing::TestParamInfo<std::tuple<Suricata, bool>>& test) {
  const std::string version = std::get<0>(test.param) == Suricata::v8_0 ? "V8" : "V9";
  return version + (std::get<1>(test.param) ? "Checked" : "");
}
INSTANTIATE_TEST_SUITE_P(All, WrappersInBoth,
                         testing::Combine(testing::Values(Suricata::v8_0, Suricata::v9_0),
                                          testing::Bool()),
                         name_of);

class Suricata80 : public surisim::fixtures::LifecycleTest {
 protected:
  Suricata80() { options.suricata = Suricata::v8_0; }
};

TEST_F(Suricata80, E12_HasNoThreadSlotOfItsOwn) {
  load("in process", [] {});
  ASSERT_TRUE(run());
  EXPECT_THAT(own_slots_of(summary(), "thread"), IsEmpty());
  EXPECT_THAT(own_slots_of(summary(), "flow"),
              ElementsAre("bypass_counters", "expectation", "tag"));
}

TEST_F(Suricata80, E35_HasNoHeartbeatByDefault) {
  load("in process", [] {});
  ASSERT_TRUE(run());
  EXPECT_THAT(threads_of(summary()), Not(Contains("HB")));
}

TEST_F(Suricata80, E35_HasAHeartbeatIfAnIntervalFrom1To60IsConfigured) {
  for (const auto& [interval, is_there] :
       {std::pair{"0", false}, {"1", true}, {"60", true}, {"61", false}}) {
    options.config_settings = {std::string("heartbeat.output-flush-interval=") + interval};
    load("in process", [] {});
    ASSERT_TRUE(run());
    EXPECT_EQ(threads_of(summary()).back() == "HB", is_there) << interval;
    LifecycleTest::TearDown();
  }
}

TEST_F(Suricata80, E38_ShortensLongDeviceNamesWithTwoDots) {
  options.devices = {"longdevname12"};
  options.threads = 1;
  load("in process", [] {});
  ASSERT_TRUE(run());
  EXPECT_THAT(threads_of(summary()), Contains("W#01-long..me12"));
}

class Storage80 : public surisim::fixtures::LifecycleTest {
 protected:
  Storage80() { load(kPlugins + "storage_8_0.so"); }
};

TEST_F(Storage80, E9_RefusesTheseRegistrations) {
  ASSERT_TRUE(finalize());
  EXPECT_THAT(log_lines(),
              ElementsAre("size 24, Alloc set: 0", "name NULL: -1", "name empty: -1",
                          "Free NULL: -1", "size 0, Alloc NULL: -1", "size 0, Alloc set: -1",
                          "size 4, Alloc NULL: -1", "size 24, Alloc NULL: -1", "the same name: -1",
                          "size 4, Alloc set: 3", "a flow slot, size 16, Alloc NULL: -1",
                          "a flow slot with the name of a thread's: 1",
                          "bytes of thread storage: 32"));  // E10
}

TEST_F(Storage80, E9_RefusedRegistrationsAreViolationsThatSayWhy) {
  ASSERT_TRUE(finalize());
  std::vector<std::string> messages;
  for (const auto& found : violations("register-invalid-argument")) {
    EXPECT_THAT(found.function, testing::EndsWith("StorageRegister"));
    EXPECT_THAT(found.function, Not(testing::StartsWith("SC")));
    messages.push_back(found.message);
  }
  EXPECT_THAT(messages, Contains(HasSubstr("\"b\" registered with size 0")));
  EXPECT_THAT(messages, Contains(HasSubstr("\"d\" registered with Alloc NULL and a size other")));
}

TEST_F(Storage80, E16_AllocMakesAValueOnDemand) {
  ASSERT_TRUE(run());
  auto lines = log_lines();
  const auto first = std::find(lines.begin(), lines.end(), "empty: a value, calls 1");
  ASSERT_GE(lines.end() - first, 7);
  EXPECT_THAT(std::vector(first, first + 7),
              ElementsAre("empty: a value, calls 1", "filled: the value, calls 1", "got: the value",
                          "Alloc gave NULL: NULL, calls 2", "tried again: calls 3",
                          "no Alloc: NULL", "freed: calls 4"));
}

// The plugin does not call set, so no set can fail.
TEST_F(Storage80, E16_WhatAllocMakesIsStoredWhereEachSetFails) {
  for (const char* fault : {"set:1", "set:2", "set:3"}) {
    options.faults = {*surisim::parse_fault(fault)};
    ASSERT_TRUE(run());
    EXPECT_THAT(log_lines(), Contains("filled: the value, calls 1")) << fault;
    LifecycleTest::TearDown();
    load(kPlugins + "storage_8_0.so");
  }
}

// Each field is read by C code with the layout of 8.0.
TEST_F(Storage80, E22_E23_E24_FieldsAreWhere8HasThem) {
  auto flow = traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(2));
  flow.to_server("hello");
  flow.to_client("");
  ASSERT_TRUE(stop());
  const auto lines = log_lines();
  EXPECT_THAT(lines, Contains("thread W#02-eth0, type 0, id 3, group none, interface eth0"));
  EXPECT_THAT(lines, Contains(testing::MatchesRegex("flow to server 1, to client 0, IPv4 1, "
                                                    "state 0, seconds [0-9]+, data 5")));
  EXPECT_THAT(lines, Contains("packet UDP 1, 47 bytes, data \"hello\""));
  EXPECT_THAT(lines, Contains("accessors: flags 1, port 53"));
  EXPECT_THAT(lines, Contains(testing::MatchesRegex("flow to server 1, to client 1, IPv4 1, "
                                                    "state 1, seconds [0-9]+, data 0")));
}

// The values of a thread are where 8.0 has them, with callbacks alone too.
TEST_F(Storage80, E22_AThreadAloneHasItsValue) {
  auto thread = alone().thread("W#01").init();
  EXPECT_NE(thread.value<void>("made"), nullptr);
  EXPECT_EQ(thread.value<void>("plain"), nullptr);
}

TEST_F(Storage80, E42_WorkersThatQueuesFeedAreInAGroup) {
  options.mode = Mode::autofp;
  auto flow = traffic().udp("10.0.0.1:1025", "10.0.0.2:53");
  flow.to_server("hello");
  ASSERT_TRUE(stop());
  EXPECT_THAT(log_lines(), Contains(HasSubstr("group Detect, interface none")));
}

}  // namespace
