// Registrations for detection, application layers and capture are accepted, numbered and listed,
// but not used; functions that are not modelled. Method: compiled plugins, and calls from an Init.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <suricata/app-layer-register.h>
#include <suricata/detect-engine-helper.h>

#include <string>
#include <vector>

#include "abi/unmodelled.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"

extern "C" bool SCRequiresFeature(const char*);

namespace {

using namespace surisim;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string plugin(const char* name) {
  return std::string(SURISIM_HOST_PLUGIN_DIR) + "/" + name + ".so";
}

class Registrations : public fixtures::LifecycleTest {
 protected:
  // "keyword host-id 233", in order.
  std::vector<std::string> listed() const {
    std::vector<std::string> all;
    for (const ListedInfo& one : summary().registrations)
      all.push_back(one.kind + " " + one.name + " " + std::to_string(one.id));
    return all;
  }
  std::vector<std::string> slots() const {
    std::vector<std::string> all;
    const PluginInfo first = summary().plugins.at(0);
    for (const SlotInfo& slot : first.slots)
      all.push_back(slot.type + " " + slot.name + (slot.id < 0 ? " refused" : ""));
    return all;
  }
};

TEST_F(Registrations, KeywordsGetSuricatasNextFreeIdsAndAreListedByName) {
  load(plugin("keywords"));
  ASSERT_TRUE(run());
  EXPECT_THAT(listed(),
              ElementsAre("keyword host-id 233", "keyword host.app 234",
                          "keyword alias host-app 234", "transform host_change 235",
                          "buffer host.buffer 7", "buffer host.other 8", "keyword host.late 236"));
  EXPECT_TRUE(clean());
}

TEST_F(Registrations, L2_KeywordsRegisterRunsAfterInitAndBeforeFinalize) {
  load(plugin("keywords"));
  ASSERT_TRUE(advance_to(Phase::load_plugins));
  EXPECT_THAT(slots(), IsEmpty());
  ASSERT_TRUE(finalize());
  EXPECT_THAT(slots(), ElementsAre("flow late slot"));
}

TEST_F(Registrations, L2_AProtocolsRegisterRunsBeforeFinalizeAndItsSlotsAreThePlugins) {
  load(plugin("protocol"));
  ASSERT_TRUE(run());
  EXPECT_THAT(slots(), ElementsAre("thread protocol slot"));
  EXPECT_THAT(listed(), ElementsAre("app-layer protocol hostproto 40", "tx logger JsonHostLog 40",
                                    "capture host-capture -1", "detection pattern hostproto 40",
                                    "protocol detection hostproto 40",
                                    "app-layer parser hostproto 40", "keyword hostproto.word 233"));
  EXPECT_EQ(summary().registrations.at(6).plugin, "protocol");
}

int inner_calls = 0;

// Suricata has already processed its list of such functions.
TEST_F(Registrations, L2_AKeywordsRegisterThatIsRegisteredByAnotherDoesNotRun) {
  inner_calls = 0;
  load("nested",
       [] { SCSigTablePreRegister([] { SCSigTablePreRegister([] { ++inner_calls; }); }); });
  ASSERT_TRUE(run());
  EXPECT_EQ(inner_calls, 0);
}

TEST_F(Registrations, TheConfigurationSwitchesAProtocolOff) {
  options.config_settings = {"app-layer.protocols.hostproto.enabled=no"};
  load(plugin("protocol"));
  ASSERT_TRUE(finalize());
  EXPECT_THAT(slots(), IsEmpty());
}

TEST_F(Registrations, DetectionOnlyLeavesTheParserOut) {
  options.config_settings = {"app-layer.protocols.hostproto.tcp.enabled=detection-only"};
  load(plugin("protocol"));
  ASSERT_TRUE(finalize());
  EXPECT_THAT(listed(), Contains("protocol detection hostproto 40"));
  EXPECT_THAT(listed(), Not(Contains("app-layer parser hostproto 40")));
}

TEST_F(Registrations, TheTableOfKeywordsGrowsAndIsWritable) {
  std::vector<int> ids;
  load("many", [&ids] {
    for (int i = 0; i < 1000; ++i) {
      ids.push_back(SCDetectHelperNewKeywordId());
      SigTableElmt& entry = sigmatch_table[ids.back()];
      if (entry.name != nullptr || entry.Setup != nullptr) ids.back() = -2;
      entry.name = "many";
    }
  });
  ASSERT_TRUE(finalize());
  ASSERT_EQ(ids.size(), 1000U);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(ids[static_cast<std::size_t>(i)], 233 + i);
  EXPECT_STREQ(sigmatch_table[233].name, "many") << "the first one, after the table has moved";
}

TEST_F(Registrations, TheNextRunStartsAfresh) {
  load("first", [] { (void)SCDetectHelperNewKeywordId(); });
  ASSERT_TRUE(run());
  TearDown();
  int id = 0;
  AppProto protocol = 0;
  load("second", [&] {
    id = SCDetectHelperNewKeywordId();
    protocol = AppProtoNewProtoFromString("second");
  });
  ASSERT_TRUE(finalize());
  EXPECT_EQ(id, 233);
  EXPECT_EQ(protocol, 40);
}

TEST_F(Registrations, ANullRegisterOfAKeywordCrashesSuricata) {
  load("null", [] { EXPECT_EQ(SCSigTablePreRegister(nullptr), 0); });
  ASSERT_TRUE(run());
  ASSERT_EQ(violations("callback-null-function").size(), 1U);
  EXPECT_THAT(violations("callback-null-function")[0].message, HasSubstr("KeywordsRegister"));
}

TEST_F(Registrations, AnUnknownProtocolEndsSuricata) {
  load("unknown", [] {
    AppLayerProtocolDetect detect{};
    detect.name = "nobody's";
    detect.ip_proto = IPPROTO_TCP;
    EXPECT_EQ(SCAppLayerRegisterProtocolDetection(&detect, 1), ALPROTO_UNKNOWN);
  });
  ASSERT_TRUE(run());
  ASSERT_EQ(violations("process-exit").size(), 1U);
  EXPECT_EQ(violations("process-exit")[0].severity, Severity::error);
  EXPECT_THAT(violations("process-exit")[0].message, HasSubstr("nobody's"));
}

TEST_F(Registrations, ProtocolsHaveSuricatasNames) {
  load("names", [] {
    EXPECT_STREQ(AppProtoToString(ALPROTO_DNS), "dns");
    EXPECT_STREQ(AppProtoToString(ALPROTO_HTTP1), "http");
    EXPECT_STREQ(AppProtoToStringRaw(ALPROTO_HTTP1), "http1");
    EXPECT_STREQ(AppProtoToString(ALPROTO_HTTP), "http_any");
    EXPECT_STREQ(AppProtoToString(ALPROTO_UNKNOWN), "unknown");
    EXPECT_STREQ(AppProtoToString(ALPROTO_LLMNR), "llmnr");
    EXPECT_EQ(AppProtoToString(9999), nullptr);
    EXPECT_EQ(StringToAppProto("bittorrent-dht"), ALPROTO_BITTORRENT_DHT);
    EXPECT_EQ(StringToAppProto("nobody's"), ALPROTO_UNKNOWN);
    EXPECT_EQ(StringToAppProto(nullptr), ALPROTO_UNKNOWN);
    EXPECT_FALSE(AppProtoIsValid(40));
    EXPECT_EQ(AppProtoNewProtoFromString("mine"), 40);
    EXPECT_TRUE(AppProtoIsValid(40));
    EXPECT_STREQ(AppProtoToString(40), "mine");
  });
  ASSERT_TRUE(finalize());
}

TEST_F(Registrations, AFunctionThatIsNotModelledIsReportedAndReturnsNothing) {
  load(plugin("surface"));
  ASSERT_TRUE(run());
  ASSERT_EQ(violations("unsupported-function").size(), 1U);
  const Violation violation = violations("unsupported-function")[0];
  EXPECT_EQ(violation.function, "SCRequiresFeature");
  EXPECT_THAT(violation.call_site, HasSubstr("surface.so"));
  EXPECT_EQ(violation.callback, "Init");
}

TEST(Symbols, AreAllExported) {
  std::vector<std::string_view> names(surisim::abi::kUnmodelled.begin(),
                                      surisim::abi::kUnmodelled.end());
  names.insert(names.end(), surisim::abi::kAccepted.begin(), surisim::abi::kAccepted.end());
  for (const std::string_view name : names)
    EXPECT_NE(::dlsym(RTLD_DEFAULT, std::string(name).c_str()), nullptr) << name;
}

TEST(Symbols, HaveOneKindEach) {
  for (const std::string_view name : surisim::abi::kAccepted)
    EXPECT_FALSE(surisim::abi::is_unmodelled(name)) << name;
}

TEST(Symbols, DataThatPluginsReferToIsExported) {
  for (const char* name : {"sigmatch_table", "suricata_ctl_flags", "tmm_modules", "g_alproto_max",
                           "thread_name_single", "thread_name_workers", "engine_stage_sc_atomic__"})
    EXPECT_NE(::dlsym(RTLD_DEFAULT, name), nullptr) << name;
}

}  // namespace
