// Goal: a TCP conversation is new, established and closed at the same packets as in Suricata.
// Method: hand-made segments. Source of the expectations: T13, T14 and stream-tcp.c.
#include "capture/tcp_session.hpp"

#include <gmock/gmock.h>

#include <utility>
#include <vector>

#include "abi/host.hpp"

namespace surisim::engine {
namespace {

using State = TcpSession::State;

bool has_work_left(const TcpSession& session) {
  return session.has_work_left(true) || session.has_work_left(false);
}

class Tcp : public testing::Test {
 protected:
  State client(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, std::uint32_t size = 0) {
    return see({seq, ack, size, time, 60000, flags, true, options});
  }
  State server(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, std::uint32_t size = 0) {
    return see({seq, ack, size, time, 60000, flags, false, options});
  }
  void establish() {
    ASSERT_EQ(client(kTcpSyn, 1000, 0), State::syn_sent);
    ASSERT_EQ(server(kTcpSyn | kTcpAck, 5000, 1001), State::syn_received);
    ASSERT_EQ(client(kTcpAck, 1001, 5001), State::established);
  }
  bool replaced_by_client_syn(std::uint32_t seq) const {
    return session.is_replaced_by({seq, 0, 0, time, 60000, kTcpSyn, true, {}});
  }

  TcpSession session;
  TcpOptions options;         // of later segments
  std::uint32_t time = 1000;  // theirs, too

 private:
  State see(const TcpSegment& segment) {
    session.handle(segment);
    return session.state();
  }
};

TEST_F(Tcp, OnlyASynStartsASession) {
  EXPECT_EQ(client(kTcpAck, 1, 1, 10), State::none);
  EXPECT_EQ(server(kTcpSyn | kTcpAck, 1, 1), State::none);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1, 1), State::none);
  EXPECT_EQ(client(kTcpRst, 1, 0), State::none);
  EXPECT_FALSE(has_work_left(session));
  EXPECT_TRUE(replaced_by_client_syn(1));
}

TEST_F(Tcp, TheClientCloses) {
  establish();
  EXPECT_TRUE(has_work_left(session));
  EXPECT_EQ(client(kTcpAck, 1001, 5001, 100), State::established);
  EXPECT_EQ(server(kTcpAck, 5001, 1101, 50), State::established);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1101, 5051), State::close_wait);
  EXPECT_TRUE(replaced_by_client_syn(7)) << "as Suricata numbers its states";
  EXPECT_EQ(server(kTcpAck, 5051, 1102), State::close_wait);
  EXPECT_EQ(server(kTcpFin | kTcpAck, 5051, 1102), State::last_ack);
  EXPECT_EQ(client(kTcpAck, 1102, 5052), State::closed);
  EXPECT_FALSE(has_work_left(session));
}

TEST_F(Tcp, TheServerCloses) {
  establish();
  EXPECT_EQ(server(kTcpFin | kTcpAck, 5001, 1001), State::fin_wait1);
  EXPECT_EQ(client(kTcpAck, 1001, 5002), State::fin_wait2);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5002), State::time_wait);
  EXPECT_FALSE(replaced_by_client_syn(7)) << "not before LAST_ACK";
  EXPECT_EQ(server(kTcpAck, 5002, 1002), State::closed);
}

// 9.0 gives up on the protocol of a session with more than the depth of one side only, and then
// looks for no gaps; after a gap any RST is taken.
TEST_F(Tcp, E48_OnlyIn9IsMoreThan1MiBOfOneSideEnoughForAnUnknownProtocol) {
  for (const auto& [version, state] :
       {std::pair{Suricata::v8_0, State::closed}, {Suricata::v9_0, State::established}}) {
    abi::set_host(abi::host_of(version));
    session = {};
    options.scale = 5;
    establish();
    options.scale = TcpOptions::kNoScale;
    constexpr std::uint32_t kMuch = 1'200'000;
    server(kTcpAck, 5001, 1001);  // opens the window, which in a SYN has no scale
    client(kTcpAck, 1001, 5001, kMuch);
    server(kTcpAck, 5001, 1001 + kMuch);
    server(kTcpAck, 5101, 1001 + kMuch, 100);  // its first bytes never come
    client(kTcpAck, 1001 + kMuch, 5201);
    EXPECT_EQ(server(kTcpRst, 9, 0), state);
  }
}

TEST_F(Tcp, BothCloseAtOnce) {
  establish();
  EXPECT_EQ(server(kTcpFin | kTcpAck, 5001, 1001), State::fin_wait1);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5001), State::time_wait);
}

TEST_F(Tcp, OnlyAResetWithTheExpectedNumberCounts) {
  establish();
  EXPECT_EQ(client(kTcpRst, 1500, 0), State::established);
  EXPECT_EQ(server(kTcpRst | kTcpAck, 5001, 1001), State::closed);
}

TEST_F(Tcp, ARefusedSynIsClosed) {
  client(kTcpSyn, 1000, 0);
  EXPECT_EQ(server(kTcpRst | kTcpAck, 0, 1001), State::closed);
  EXPECT_TRUE(replaced_by_client_syn(2000));
  EXPECT_FALSE(replaced_by_client_syn(1000)) << "the same SYN again";
}

TEST_F(Tcp, AnAnswerAfterTheResetShowsThatItWasForged) {
  client(kTcpSyn, 1000, 0);
  EXPECT_EQ(server(kTcpRst | kTcpAck, 0, 1001), State::closed);
  EXPECT_EQ(server(kTcpSyn | kTcpAck, 5000, 1001), State::syn_received);
  EXPECT_EQ(client(kTcpAck, 1001, 5001), State::established);
}

TEST_F(Tcp, ASynAckForAnotherSynIsIgnored) {
  client(kTcpSyn, 1000, 0);
  EXPECT_EQ(server(kTcpSyn | kTcpAck, 5000, 4711), State::syn_sent);
}

TEST_F(Tcp, BothEndsMaySendSyn) {
  client(kTcpSyn, 1000, 0);
  EXPECT_EQ(server(kTcpSyn, 5000, 0), State::syn_sent);
  EXPECT_EQ(client(kTcpSyn | kTcpAck, 1000, 5001), State::syn_received);
  EXPECT_EQ(server(kTcpAck, 5001, 1001), State::established);
}

TEST_F(Tcp, TheServerMaySendFirstIfTheLastPacketOfTheHandshakeIsMissing) {
  client(kTcpSyn, 1000, 0);
  server(kTcpSyn | kTcpAck, 5000, 1001);
  EXPECT_EQ(server(kTcpAck, 5001, 1001, 20), State::established);
}

TEST_F(Tcp, AFinOutsideTheWindowIsIgnored) {
  establish();
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001 + 100'000, 5001), State::established);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5001 + 100'000), State::established);
}

TEST_F(Tcp, AKeepAliveHasNoEffect) {
  establish();
  EXPECT_EQ(client(kTcpAck, 1000, 5001, 1), State::established);
  EXPECT_EQ(server(kTcpAck, 5001, 1001), State::established);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5001), State::close_wait);
}

TEST_F(Tcp, ARepeatedFinIsNotTakenForTheOtherEnds) {
  establish();
  EXPECT_EQ(server(kTcpFin | kTcpAck, 5001, 1001), State::fin_wait1);
  EXPECT_EQ(server(kTcpFin | kTcpAck, 5001, 1001), State::fin_wait1);
  EXPECT_EQ(client(kTcpAck, 1001, 5002), State::fin_wait2);
}

TEST_F(Tcp, AFinWithAcknowledgementEndsClosingToo) {
  establish();
  EXPECT_EQ(server(kTcpFin, 5001, 0), State::fin_wait1);
  EXPECT_EQ(client(kTcpFin, 1001, 0), State::closing);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5002), State::time_wait);
}

TEST_F(Tcp, TheLastAckMayComeAfterAnOlderOne) {
  establish();
  client(kTcpAck, 1001, 5001, 10);
  client(kTcpFin | kTcpAck, 1011, 5001);
  EXPECT_EQ(server(kTcpFin | kTcpAck, 5001, 1011), State::last_ack);
  EXPECT_EQ(client(kTcpAck, 1005, 5002), State::last_ack);
  EXPECT_EQ(client(kTcpAck, 1012, 5002), State::closed);
}

TEST_F(Tcp, AnEarlierSynMayBeTheOneThatIsAnswered) {
  client(kTcpSyn, 1000, 0);
  EXPECT_EQ(client(kTcpSyn, 2000, 0), State::syn_sent);
  EXPECT_EQ(server(kTcpSyn | kTcpAck, 5000, 1001), State::syn_received);
  EXPECT_EQ(client(kTcpAck, 1001, 5001), State::established);
}

TEST_F(Tcp, TheSynAckThatTheClientAnswersCounts) {
  client(kTcpSyn, 1000, 0);
  server(kTcpSyn | kTcpAck, 5000, 1001);
  server(kTcpSyn | kTcpAck, 7000, 1001);
  EXPECT_EQ(client(kTcpAck, 1001, 7001), State::established);
}

TEST_F(Tcp, AfterASynAckTheServersSynIsForgotten) {
  client(kTcpSyn, 1000, 0);
  server(kTcpSyn, 5000, 0);
  EXPECT_EQ(server(kTcpSyn | kTcpAck, 6000, 1001), State::syn_received);
  EXPECT_EQ(server(kTcpAck, 6002, 1002), State::established)
      << "ahead of everything, which the end of a double start may not be";
}

TEST_F(Tcp, ATimeStampThatGoesBackIsRefused) {
  options.has_ts = true;
  options.ts = 1000;
  establish();
  options.ts = 10;
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5001), State::established);
  options.ts = 999;
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5001), State::close_wait) << "one less is let pass";
}

TEST_F(Tcp, AfterAMonthATimeStampMayGoBack) {
  options.has_ts = true;
  options.ts = 1000;
  establish();
  options.ts = 10;
  time += 30 * 24 * 3600;
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5001), State::close_wait);
}

TEST_F(Tcp, DataThatArrivedOutOfOrderWidensTheWindow) {
  establish();
  client(kTcpAck, 1001 + 50'000, 5001, 10'000);
  options.has_sack = true;
  options.sacks = 1;
  options.sack[0] = {51'001, 61'001};
  server(kTcpAck, 5001, 1001);
  options = {};
  EXPECT_EQ(client(kTcpFin | kTcpAck, 65'000, 5001), State::close_wait);
}

TEST_F(Tcp, DataWithTheSynIsUnread) {
  options.fast_open = true;
  EXPECT_EQ(client(kTcpSyn, 1000, 0, 100), State::syn_sent);
  EXPECT_TRUE(has_work_left(session));
  EXPECT_EQ(server(kTcpSyn | kTcpAck, 5000, 1101), State::syn_received);
  EXPECT_EQ(client(kTcpAck, 1101, 5001), State::established);
}

TEST_F(Tcp, T14_ClosedWithDataOfOnlyOneEndItIsUnread) {
  establish();
  client(kTcpAck, 1001, 5001, 100);
  server(kTcpAck, 5001, 1101);
  EXPECT_EQ(client(kTcpRst, 1101, 0), State::closed);
  EXPECT_TRUE(has_work_left(session)) << "the protocol may still be detected from the other end";
}

TEST_F(Tcp, T14_ClosedWithUnacknowledgedDataItIsUnread) {
  establish();
  client(kTcpAck, 1001, 5001, 100);
  server(kTcpAck, 5001, 1101, 50);
  EXPECT_EQ(client(kTcpRst, 1101, 0), State::closed);
  EXPECT_TRUE(has_work_left(session));
}

TEST_F(Tcp, T14_ClosedWithAcknowledgedDataOfBothEndsNoneIsUnread) {
  establish();
  client(kTcpAck, 1001, 5001, 100);
  server(kTcpAck, 5001, 1101, 50);
  client(kTcpAck, 1101, 5051);
  EXPECT_EQ(client(kTcpRst, 1101, 0), State::closed);
  EXPECT_FALSE(has_work_left(session));
}

TEST_F(Tcp, T14_ClosedWithoutDataNoneIsUnread) {
  establish();
  EXPECT_EQ(client(kTcpRst, 1001, 0), State::closed);
  EXPECT_FALSE(has_work_left(session));
}

TEST_F(Tcp, T14_AfterMuchDataOfOneEndTheProtocolIsUnknown) {
  establish();
  constexpr std::uint32_t kSize = 50'000;
  for (std::uint32_t end = 1001; end < 1001 + 3 * kSize; end += kSize) {
    client(kTcpAck, end, 5001, kSize);
    server(kTcpAck, 5001, end + kSize);
  }
  EXPECT_EQ(client(kTcpRst, 1001 + 3 * kSize, 0), State::closed);
  EXPECT_FALSE(has_work_left(session));
}

TEST_F(Tcp, AfterAGapAtTheBeginningEveryResetCounts) {
  establish();
  client(kTcpAck, 1101, 5001, 100);
  server(kTcpAck, 5001, 1201);
  EXPECT_EQ(client(kTcpRst, 7777, 0), State::closed);
}

TEST_F(Tcp, AGapAfterProtocolDetectionOfBothEndsIsIgnored) {
  establish();
  client(kTcpAck, 1001, 5001, 100);
  server(kTcpAck, 5001, 1101, 50);
  client(kTcpAck, 1101, 5051);
  client(kTcpAck, 1201, 5051, 100);
  server(kTcpAck, 5051, 1301);
  EXPECT_EQ(client(kTcpRst, 7777, 0), State::established);
}

TEST_F(Tcp, ASynWhoseDataWasIgnoredMayStartANewConversation) {
  options.fast_open = true;
  client(kTcpSyn, 1000, 0, 100);
  EXPECT_FALSE(replaced_by_client_syn(1000));
  EXPECT_EQ(server(kTcpSyn | kTcpAck, 5000, 1001), State::syn_received);
  EXPECT_TRUE(replaced_by_client_syn(1000));
}

TEST_F(Tcp, ASignedResetMayBeForged) {
  establish();
  options.is_signed = true;
  EXPECT_EQ(server(kTcpRst, 5001, 0), State::closed);
  options = {};
  EXPECT_EQ(server(kTcpAck, 5001, 1001, 5), State::established) << "its sender continues";
}

TEST_F(Tcp, FlagsAreCollectedForEachEnd) {
  establish();
  client(kTcpFin | kTcpAck, 1001, 5001);
  EXPECT_EQ(session.flags_seen(true), kTcpSyn | kTcpAck | kTcpFin);
  EXPECT_EQ(session.flags_seen(false), kTcpSyn | kTcpAck);
}

decode::Bytes bytes_of(const std::vector<std::uint8_t>& bytes) { return bytes; }

TEST(TcpOptions, TheFirstOfAKindCounts) {
  const std::vector<std::uint8_t> bytes = {1, 3, 3, 7, 3,  3, 9, 8, 10, 0, 0, 0, 1, 0,
                                           0, 0, 2, 5, 10, 0, 0, 0, 3,  0, 0, 0, 4, 0};
  const TcpOptions options = read_tcp_options(bytes_of(bytes));
  EXPECT_EQ(options.scale, 7);
  EXPECT_TRUE(options.has_ts);
  EXPECT_EQ(options.ts, 1u);
  EXPECT_EQ(options.echo, 2u);
  ASSERT_EQ(options.sacks, 1);
  EXPECT_EQ(options.sack[0].begin, 3u);
  EXPECT_EQ(options.sack[0].end, 4u);
}

TEST(TcpOptions, WrongSizesAreIgnoredAndSoAreOptionsAfterOneThatDoesNotFit) {
  EXPECT_FALSE(read_tcp_options(bytes_of({8, 4, 1, 1})).has_ts);
  EXPECT_EQ(read_tcp_options(bytes_of({2, 9, 1, 3, 3, 3, 7})).scale, TcpOptions::kNoScale);
  EXPECT_EQ(read_tcp_options(bytes_of({3, 3, 15})).scale, 0) << "more than 14";
  EXPECT_TRUE(read_tcp_options(bytes_of({254, 4, 0xf9, 0x89})).fast_open);
  EXPECT_FALSE(read_tcp_options(bytes_of({254, 4, 0xf9, 0x88})).fast_open);
  EXPECT_TRUE(read_tcp_options(bytes_of({34, 2})).fast_open);
}

}  // namespace
}  // namespace surisim::engine
