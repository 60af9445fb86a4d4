// A test mocks Suricata's functions, for in-process plugins and .so files. By default the function
// itself runs, with its checks and the place of the plugin's call. L8, L16.
#include "surisim/fixtures/host.hpp"

#include <gtest/gtest-spi.h>
#include <suricata/conf.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/thread-storage.h>

#include <atomic>
#include <memory>

#include "surisim/fixtures/fixtures.hpp"
#include "surisim/host_answers.hpp"

extern "C" bool SCRequiresFeature(const char*);

namespace surisim::test {
namespace {

using namespace fixtures;
using testing::_;
using testing::HasSubstr;
using testing::NotNull;
using testing::Return;
using testing::SizeIs;
using testing::StrEq;

// A plugin that calls the host in its update callback, and keeps the result.
class HostsAnswer : public LifecycleTest {
 protected:
  HostsAnswer() {
    load("asks", [this] {
      setting = -1;
      (void)SCConfGetBool("asks.enabled", &setting);
      slot = SCFlowStorageRegister("asks", [](void*) {});
      SCFlowRegisterUpdateCallback(
          [](ThreadVars*, Flow* flow, Packet*, void* user) {
            static_cast<HostsAnswer*>(user)->on_update(flow);
          },
          this);
    });
  }
  void a_packet() { traffic().udp("10.0.0.1:1025", "10.0.0.2:53").to_server("x"); }

  std::atomic<int> protocol{-1};
  std::atomic<int> port{-1};
  int setting = -1;
  SCFlowStorageId slot{-1};
  std::function<void(Flow*)> also;

 private:
  void on_update(Flow* flow) {
    protocol = SCFlowGetAppProtocol(flow);
    port = SCFlowGetDestinationPort(flow);
    if (also) also(flow);
  }
};

TEST_F(HostsAnswer, IsTheTests) {
  EXPECT_CALL(host(), SCFlowGetAppProtocol(NotNull())).WillOnce(Return(ALPROTO_TLS));
  a_packet();
  EXPECT_EQ(protocol, ALPROTO_TLS);
  EXPECT_EQ(port, 53);
  EXPECT_TRUE(clean());
}

TEST_F(HostsAnswer, IsTheFunctionsOwnWithoutAnAction) {
  EXPECT_CALL(host(), SCFlowGetDestinationPort(_)).Times(1);
  a_packet();
  EXPECT_EQ(port, 53);
}

TEST_F(HostsAnswer, IsTheFunctionsOwnAfterTheTest) {
  a_packet();
  EXPECT_EQ(protocol, ALPROTO_UNKNOWN);
  EXPECT_EQ(port, 53);
}

TEST_F(HostsAnswer, InInitIsTheTests) {
  EXPECT_CALL(host(), SCConfGetBool(StrEq("asks.enabled"), _))
      .WillOnce([](const char*, int* value) { return *value = 1; });
  ASSERT_TRUE(finalize());
  EXPECT_EQ(setting, 1);
}

TEST_F(HostsAnswer, AppliesToThePluginNotToTheEngine) {
  EXPECT_CALL(host(), SCFlowStorageSize()).Times(0);  // the engine calls it for each flow
  a_packet();
}

TEST_F(HostsAnswer, ToTheWrongArgumentsFailsTheTest) {
  ON_CALL(host(), SCFlowGetDestinationPort(_)).WillByDefault(Return(0));
  EXPECT_CALL(host(), SCFlowGetAppProtocol(testing::IsNull())).Times(0);
  // The failure is on the worker's thread.
  EXPECT_NONFATAL_FAILURE_ON_ALL_THREADS(a_packet(), "Unexpected mock function call");
  EXPECT_EQ(port, 0);
}

TEST_F(HostsAnswer, MayAskTheFunctionItself) {
  EXPECT_CALL(host(), SCFlowGetDestinationPort(_)).WillOnce([](const Flow* flow) {
    return static_cast<std::uint16_t>(SCFlowGetDestinationPort(flow) + 1000);
  });
  a_packet();
  EXPECT_EQ(port, 1053);
}

// A violation is reported once for each place: this is the same place.
TEST_F(HostsAnswer, OfTheFunctionItselfIsCheckedAtThePluginsCall) {
  const auto stranger = std::make_unique<Flow>();
  also = [&](Flow*) { (void)SCFlowGetStorageById(stranger.get(), slot); };
  a_packet();
  EXPECT_CALL(host(), SCFlowGetStorageById(stranger.get(), _)).Times(2);
  a_packet();
  a_packet();
  const auto found = violations("access-invalid-handle");
  ASSERT_THAT(found, SizeIs(1)) << found.back().call_site;
  EXPECT_EQ(found[0].count, 3u);
}

TEST_F(HostsAnswer, CanSimulateOutOfMemory) {
  EXPECT_CALL(host(), SCFlowSetStorageById(_, _, _)).WillOnce(Return(-1));
  int result = 0;
  also = [&](Flow* flow) { result = SCFlowSetStorageById(flow, slot, this); };
  a_packet();
  EXPECT_EQ(result, -1);
}

TEST_F(HostsAnswer, AllocatesNothingOfThePlugins) {
  static std::vector<std::unique_ptr<int>> kept;
  static std::uintptr_t hidden = 0;  // an address that no search for pointers finds
  EXPECT_CALL(host(), SCFlowGetAppProtocol(_)).WillOnce([](const Flow*) -> AppProto {
    kept.push_back(std::make_unique<int>(1));
    hidden = ~reinterpret_cast<std::uintptr_t>(new int(2));  // lost, but not by the plugin
    return ALPROTO_HTTP1;
  });
  a_packet();
  ASSERT_TRUE(stop());
  EXPECT_TRUE(clean());
  kept.clear();
  delete reinterpret_cast<int*>(~hidden);
}

// The plugin is told that its callback was registered, but it never runs.
TEST_F(HostsAnswer, ToARegistrationKeepsItFromTheEngine) {
  EXPECT_CALL(host(), SCFlowRegisterUpdateCallback(NotNull(), this)).WillOnce(Return(true));
  a_packet();
  EXPECT_EQ(port, -1);
}

// The wrappers of the C++ plugin call storage functions through constants.
TEST_F(HostsAnswer, ReachesPluginsInFiles) {
  for (const char* plugin : {"/flow_counter_c.so", "/flow_counter_cpp.so"}) {
    LifecycleTest::TearDown();
    load(std::string(SURISIM_TEST_PLUGIN_DIR) + plugin);
    EXPECT_CALL(host(), SCThreadStorageRegister(_, NotNull())).Times(testing::AtLeast(1));
    EXPECT_CALL(host(), SCThreadGetStorageById(NotNull(), _)).Times(testing::AtLeast(1));
    a_packet();
    ASSERT_TRUE(stop());
    EXPECT_TRUE(clean());
  }
}

TEST_F(HostsAnswer, ReachesCallbacksAlone) {
  EXPECT_CALL(host(), SCFlowGetAppProtocol(_)).WillOnce(Return(ALPROTO_DNS));
  auto flow = alone().udp("10.0.0.1:1025", "10.0.0.2:53");
  alone().thread("W#01").flow_update(flow, flow.to_server("x"));
  EXPECT_EQ(protocol, ALPROTO_DNS);
}

// Functions with another name in 8.0.
TEST_F(HostsAnswer, ReachesPluginsFor8) {
  options.suricata = Suricata::v8_0;
  EXPECT_CALL(host(), FlowGetSourcePort(NotNull())).WillOnce(Return(7));
  EXPECT_CALL(host(), StatsIncr(_, 3));
  std::uint16_t source = 0;
  also = [&](Flow* flow) {
    source = FlowGetSourcePort(flow);
    StatsIncr(nullptr, 3);
  };
  a_packet();
  EXPECT_EQ(source, 7);
}

TEST_F(HostsAnswer, ComesFromAFunctionThatOnlyExists) {
  ASSERT_TRUE(
      set_host_answer<bool(const char*)>("SCRequiresFeature", [](const char*) { return true; }));
  int answer = 0;
  also = [&](Flow*) { answer = SCRequiresFeature("any") ? 1 : 0; };
  a_packet();
  EXPECT_EQ(answer, 1);
  forget_host_answers();
  a_packet();
  EXPECT_EQ(answer, 0);
  EXPECT_THAT(violations("unsupported-function"), SizeIs(1));
}

std::string refusal(const expected<void>& result) { return result ? "" : result.error().message; }
template <class F>
std::string refusal_of(std::string_view name, F* answer) {
  return refusal(set_host_answer<F>(name, answer));
}

TEST(HostAnswerMistakes, AreNamed) {
  void (*const nothing)() = [] {};
  EXPECT_THAT(refusal_of("SCFlowGetAppProto", nothing),
              HasSubstr("no function SCFlowGetAppProto of Suricata's that can be replaced; the "
                        "closest is SCFlowGetAppProtocol"));
  EXPECT_THAT(refusal_of("SCLog", nothing), HasSubstr("SCLog has variable arguments"));
  EXPECT_THAT(refusal_of("g_alproto_max", nothing), HasSubstr("g_alproto_max is data"));
  EXPECT_THAT(refusal_of("ThreadVarsAlloc", nothing), HasSubstr("is called by Suricata itself"));
  EXPECT_THAT(refusal_of("SCErrorToString", nothing),
              HasSubstr("is a function of Suricata 8.0, which cannot be replaced yet"));
  EXPECT_THAT(refusal_of("SCFlowGetAppProtocol", nothing), HasSubstr("has another type"));
  EXPECT_FALSE(forget_host_answer("nonsense"));
  EXPECT_FALSE(own_host_answer<void()>("SCFlowGetFlags"));
}

class Configured : public LifecycleTest {
 protected:
  Configured() {
    load("reads", [this] {
      const char* read = nullptr;
      if (SCConfGet("my-plugin.mode", &read) == 1) mode = read;
    });
  }
  std::string mode;
};

TEST_F(Configured, AsYamlText) {
  options.config_yaml = R"(
    my-plugin:
      mode: fast
  )";
  ASSERT_TRUE(finalize());
  EXPECT_EQ(mode, "fast");
}

TEST_F(Configured, KeyByKeyWhichOverridesText) {
  options.config_yaml = "my-plugin:\n  mode: fast\n";
  options.config_settings = {"my-plugin.mode=slow"};
  ASSERT_TRUE(finalize());
  EXPECT_EQ(mode, "slow");
}

TEST_F(Configured, MistakesHaveALine) {
  options.config_yaml = "my-plugin:\n  mode: [fast\n";
  const auto read = finalize();
  EXPECT_FALSE(read);
  EXPECT_THAT(read.message(), HasSubstr("config_yaml:"));
}

}  // namespace
}  // namespace surisim::test
