// surisim/unit_test.h, a C header, used from C++: calls do the same as the fixture's, failures are
// counted and printed with their line, and calls with NULL do nothing. Method: tests within tests,
// and what they print. (fixtures/examples/unit_tests.c is in C.)
#include <gmock/gmock.h>
#include <signal.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/output-eve.h>
#include <suricata/rust.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <suricata/util-debug.h>
#include <surisim/unit_test.h>

#include <cstdlib>
#include <string>

namespace {

using testing::HasSubstr;
using testing::Not;

SCFlowStorageId flow_slot;
SCThreadStorageId thread_slot;

std::uint64_t* made() { return static_cast<std::uint64_t*>(std::calloc(1, sizeof(std::uint64_t))); }

// Counts updates in each flow and on each thread, logs finishes, and adds to EVE records.
void register_plugin() {
  flow_slot = SCFlowStorageRegister("packets", std::free);
  thread_slot = SCThreadStorageRegister("packets", std::free);
  SCThreadRegisterInitCallback(
      [](ThreadVars* tv, void*) { SCThreadSetStorageById(tv, thread_slot, made()); }, nullptr);
  SCFlowRegisterInitCallback([](ThreadVars*, Flow* f, const Packet*,
                                void*) { SCFlowSetStorageById(f, flow_slot, made()); },
                             nullptr);
  SCFlowRegisterUpdateCallback(
      [](ThreadVars* tv, Flow* f, Packet*, void*) {
        ++*static_cast<std::uint64_t*>(SCThreadGetStorageById(tv, thread_slot));
        ++*static_cast<std::uint64_t*>(SCFlowGetStorageById(f, flow_slot));
      },
      nullptr);
  SCFlowRegisterFinishCallback([](ThreadVars*, Flow*, void*) { SCLogNotice("finished"); }, nullptr);
  SCEveRegisterCallback([](ThreadVars*, const Packet*, Flow*, SCJsonBuilder* record,
                           void*) { SCJbSetString(record, "plugin", "was here"); },
                        nullptr);
}

surisim_flow* udp_on_2(surisim_test* test) {
  surisim_flow* const flow = surisim_udp(test, "10.0.0.1:1025", "10.0.0.2:53");
  surisim_on(flow, 2);
  return flow;
}

class UnitTestInC : public testing::Test {
 protected:
  UnitTestInC() { testing::internal::CaptureStderr(); }
  ~UnitTestInC() override {
    if (!taken_) testing::internal::GetCapturedStderr();
  }
  std::string printed() {
    taken_ = true;
    return testing::internal::GetCapturedStderr();
  }
  static surisim_test* begin() {
    surisim_test* const test = surisim_test_begin(.name = "inner");
    surisim_load_init(test, "plugin", register_plugin);
    return test;
  }
  static surisim_flow* udp(surisim_test* test) { return udp_on_2(test); }

 private:
  bool taken_ = false;
};

std::uint64_t number(const void* value) {
  return value != nullptr ? *static_cast<const std::uint64_t*>(value) : 0;
}

TEST_F(UnitTestInC, CallsAndTheirResultsAreThoseOfTheFixture) {
  surisim_test* const test = begin();
  surisim_flow* const flow = udp(test);
  EXPECT_TRUE(surisim_vlan(flow, 10));
  EXPECT_TRUE(surisim_to_server(flow, "query") && surisim_to_client(flow, "answer"));
  EXPECT_EQ(number(surisim_flow_value(flow, "packets")), 2u);
  EXPECT_EQ(number(surisim_thread_value(test, surisim_worker(test, 2), "packets")), 2u);
  EXPECT_TRUE(surisim_flow_is_open(flow));
  EXPECT_TRUE(surisim_time_out(flow));
  EXPECT_GT(surisim_callbacks(test).count, surisim_flow_callbacks(test).count);
  EXPECT_STREQ(surisim_flow_callbacks(test).text[3], "flow finish of flow 1 on FR#01");
  EXPECT_EQ(surisim_flow_callbacks(test).text[4], nullptr);
  EXPECT_THAT(surisim_eve_records(test, "flow").text[0], HasSubstr("\"plugin\":\"was here\""));
  EXPECT_EQ(surisim_eve_records(test, "alert").count, 0u);
  EXPECT_STREQ(surisim_log_lines(test).text[0], "finished");
  EXPECT_TRUE(SURISIM_CHECK_CLEAN(test));
  EXPECT_EQ(surisim_violations(test, nullptr).count, 0u);
  EXPECT_EQ(surisim_test_end(test), 0);
  EXPECT_THAT(printed(), Not(HasSubstr("inner")));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they handle signals

TEST(CrashInC, SaysWhichCallbackItWasIn) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto crash_in_update = [] {
    surisim_test* const test = surisim_test_begin();
    surisim_load_init(test, "crashes", [] {
      SCFlowRegisterUpdateCallback([](ThreadVars*, Flow*, Packet*, void*) { ::raise(SIGSEGV); },
                                   nullptr);
    });
    surisim_to_server(udp_on_2(test), "query");
  };
  EXPECT_DEATH(crash_in_update(), "surisim: SIGSEGV in flow update of the plugin in .* on W#02");
  const auto abort_in_thread_init = [] {
    surisim_test* const test = surisim_test_begin();
    surisim_load_init(test, "aborts", [] {
      SCThreadRegisterInitCallback([](ThreadVars*, void*) { std::abort(); }, nullptr);
    });
    surisim_start(test);
  };
  EXPECT_DEATH(abort_in_thread_init(),
               "surisim: SIGABRT in thread init of .* on main about US");  // the first one
}

#endif

TEST_F(UnitTestInC, EachWayToEndAFlowIsAFunction) {
  surisim_test* const test = begin();
  surisim_flow* const tcp = surisim_tcp(test, "10.0.0.1:1025", "10.0.0.2:80");
  EXPECT_TRUE(surisim_handshake(tcp) && surisim_icmp_error(tcp) && surisim_close(tcp));
  EXPECT_TRUE(surisim_reuse(tcp));
  EXPECT_EQ(surisim_flow_number(tcp), 2u);
  surisim_flow* const flow = udp(test);
  EXPECT_TRUE(surisim_to_server(flow, "") && surisim_time_out_in_row(flow, 1));
  EXPECT_TRUE(surisim_to_server(flow, "") && surisim_take_under_pressure(flow, 0));
  EXPECT_TRUE(surisim_to_server(flow, "") && surisim_pass(test, 31));
  EXPECT_FALSE(surisim_flow_is_open(flow));
  EXPECT_TRUE(surisim_to_server(flow, "") && surisim_pass_unnoticed(test, 0.5));
  surisim_flow* const last = surisim_tcp(test, "10.0.0.1:1026", "10.0.0.2:80");
  EXPECT_TRUE(surisim_handshake(last) && surisim_reset(last));
  EXPECT_TRUE(surisim_leave_to_backstop(flow) && surisim_hand_back_at_shutdown(last));
  EXPECT_TRUE(surisim_stop(test));
  EXPECT_EQ(surisim_test_end(test), 0);
  EXPECT_THAT(printed(), Not(HasSubstr("inner")));
}

TEST_F(UnitTestInC, EachProtocolAndARawFrameCanBeSent) {
  surisim_test* const test = begin();
  surisim_flow* const flows[] = {surisim_sctp(test, "10.0.0.1:1", "10.0.0.2:2"),
                                 surisim_icmp(test, "2001:db8::1", "2001:db8::2"),
                                 surisim_ip(test, 50, "10.0.0.1", "10.0.0.2")};
  for (surisim_flow* flow : flows) EXPECT_TRUE(surisim_send(flow, .payload = "abcdefgh"));
  EXPECT_TRUE(surisim_raw(test, "not a frame", 11, 1));
  EXPECT_EQ(surisim_test_end(test), 0);
}

TEST_F(UnitTestInC, AnImpossibleCallFailsAtItsLine) {
  surisim_test* const test = begin();
  surisim_flow* const flow = udp(test);
  EXPECT_FALSE(surisim_time_out(flow));
  const int line = __LINE__ - 1;
  EXPECT_EQ(surisim_test_end(test), 1);
  EXPECT_EQ(printed(), std::string(__FILE__) + ":" + std::to_string(line) +
                           ": inner: UDP 10.0.0.1:1025 > 10.0.0.2:53 is not open: it has had no "
                           "packet that starts a flow\ninner: 1 failure\n");
}

TEST_F(UnitTestInC, AHandleOfAFailedCallDoesNothing) {
  surisim_test* const test = begin();
  surisim_flow* const flow = surisim_udp(test, "10.0.0.1", nullptr);
  EXPECT_EQ(flow, nullptr);
  EXPECT_FALSE(surisim_on(flow, 1) || surisim_to_server(flow, "x") || surisim_close(flow) ||
               surisim_time_out(flow));
  EXPECT_EQ(surisim_flow_value(flow, "packets"), nullptr);
  EXPECT_EQ(surisim_flow_number(flow), 0u);
  EXPECT_EQ(surisim_test_end(test), 1);
  EXPECT_THAT(printed(), HasSubstr("expected an address with a port such as 10.0.0.1:80"));
}

TEST_F(UnitTestInC, WithoutATestNothingHappens) {
  EXPECT_FALSE(surisim_start(nullptr) || surisim_load(nullptr, "x.so") || surisim_stop(nullptr));
  EXPECT_EQ(udp(nullptr), nullptr);
  EXPECT_EQ(surisim_callbacks(nullptr).text[0], nullptr);
  EXPECT_FALSE(SURISIM_CHECK(nullptr, true));
  EXPECT_EQ(surisim_test_end(nullptr), 1);
  EXPECT_EQ(printed(), "");
}

TEST_F(UnitTestInC, ExpectationsSayWhatHappened) {
  surisim_test* const test = surisim_test_begin(.name = "inner");
  const int two = 2;
  EXPECT_TRUE(SURISIM_CHECK(test, two == 2) && SURISIM_CHECK_EQUAL(test, two, 2) &&
              SURISIM_CHECK_TEXT(test, "a", "a"));
  EXPECT_FALSE(SURISIM_CHECK(test, two == 3));
  EXPECT_FALSE(SURISIM_CHECK_EQUAL(test, two, 3));
  EXPECT_FALSE(SURISIM_CHECK_TEXT(test, nullptr, "b"));
  EXPECT_EQ(surisim_test_end(test), 3);
  const std::string text = printed();
  EXPECT_THAT(text, HasSubstr("inner: expected: two == 3\n"));
  EXPECT_THAT(text, HasSubstr("inner: two is 2, expected 3\n"));
  EXPECT_THAT(text, HasSubstr("inner: nullptr is NULL, expected \"b\"\n"));
}

TEST_F(UnitTestInC, MistakesInOptionsAreNamedAndNothingElse) {
  surisim_test* const test = surisim_test_begin(.name = "inner", .mode = "manual");
  EXPECT_FALSE(surisim_load_init(test, "plugin", register_plugin));
  EXPECT_EQ(udp(test), nullptr);
  EXPECT_EQ(surisim_test_end(test), 1);
  surisim_test* const other = surisim_test_begin(.faults = {"nonsense"});
  EXPECT_EQ(surisim_test_end(other), 1);
  const std::string text = printed();
  EXPECT_THAT(text, HasSubstr("there is no mode \"manual\"; expected workers, autofp or single"));
  EXPECT_THAT(text, HasSubstr("TestBody: "));
}

TEST_F(UnitTestInC, AnEngineThatDoesNotStartIsOneFailure) {
  surisim_test* const test = surisim_test_begin(.threads = 1, .faults = {"create:W#01-eth0"});
  surisim_load_init(test, "plugin", register_plugin);
  EXPECT_FALSE(surisim_start(test) || surisim_start(test));
  EXPECT_EQ(surisim_test_end(test), 1);
  EXPECT_THAT(printed(), HasSubstr("W#01-eth0 could not be created (injected fault)"));
}

TEST_F(UnitTestInC, AMissingPluginIsNamed) {
  surisim_test* const test = surisim_test_begin();
  surisim_load(test, "no_such_plugin.so");
  EXPECT_FALSE(surisim_start(test));
  EXPECT_GE(surisim_test_end(test), 1);
  EXPECT_THAT(printed(), HasSubstr("no_such_plugin.so"));
}

TEST_F(UnitTestInC, ARuleThatDoesNotExistIsAFailure) {
  surisim_test* const test = begin();
  EXPECT_TRUE(surisim_start(test));
  EXPECT_EQ(surisim_violations(test, "value-leakd").count, 0u);
  EXPECT_EQ(surisim_test_end(test), 1);
  EXPECT_THAT(printed(), HasSubstr("got \"value-leakd\"; did you mean value-leaked?"));
}

TEST_F(UnitTestInC, AHoldThatNoThreadReachedIsAFailureOfTheStop) {
  surisim_test* const test = begin();
  EXPECT_TRUE(surisim_hold(test, "FR#01", SURISIM_IN_FLOW_FINISH));
  EXPECT_FALSE(surisim_stop(test));
  EXPECT_EQ(surisim_test_end(test), 1);
  EXPECT_THAT(printed(), HasSubstr("FR#01 was to be held in flow finish, but has not come there"));
}

TEST_F(UnitTestInC, AHoldThatNoThreadReachedIsAFailureOfTheEnd) {
  surisim_test* const test = begin();
  EXPECT_TRUE(surisim_hold(test, "FR#01", SURISIM_IN_FLOW_FINISH));
  EXPECT_EQ(surisim_test_end(test), 1);
  EXPECT_THAT(printed(), HasSubstr("FR#01 was to be held in flow finish, but has not come there"));
}

TEST_F(UnitTestInC, AThreadIsHeldUntilItIsReleased) {
  surisim_test* const test = begin();
  surisim_flow* const flow = udp(test);
  const char* const thread = surisim_worker(test, 2);
  EXPECT_TRUE(surisim_hold(test, thread, SURISIM_IN_FLOW_UPDATE));
  EXPECT_TRUE(surisim_to_server(flow, ""));
  EXPECT_EQ(number(surisim_flow_value(flow, "packets")), 0u);
  EXPECT_TRUE(surisim_release(test, thread));
  EXPECT_EQ(number(surisim_flow_value(flow, "packets")), 1u);
  EXPECT_TRUE(surisim_hold(test, nullptr, SURISIM_ANY_POINT) && surisim_to_server(flow, ""));
  EXPECT_FALSE(surisim_stop(test));
  EXPECT_EQ(surisim_test_end(test), 1);
  EXPECT_THAT(printed(), HasSubstr("W#02-eth0 is held in flow update of flow 1: release it first"));
}

}  // namespace
