// Goal: a TCP conversation is new, established and closed when Suricata says so. Method: segments
// by hand. Source of what is expected: T13, T14 and stream-tcp.c.
#include "engine/tcp_session.hpp"

#include <gmock/gmock.h>

namespace surisim::engine {
namespace {

using State = TcpSession::State;

class Tcp : public testing::Test {
 protected:
  State client(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, std::uint32_t size = 0) {
    return see({seq, ack, size, 60000, flags, TcpSegment::kNoScale, true});
  }
  State server(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, std::uint32_t size = 0) {
    return see({seq, ack, size, 60000, flags, TcpSegment::kNoScale, false});
  }
  void establish() {
    ASSERT_EQ(client(kTcpSyn, 1000, 0), State::syn_sent);
    ASSERT_EQ(server(kTcpSyn | kTcpAck, 5000, 1001), State::syn_received);
    ASSERT_EQ(client(kTcpAck, 1001, 5001), State::established);
  }
  bool replaced_by_client_syn(std::uint32_t seq) const {
    return session.is_replaced_by({seq, 0, 0, 60000, kTcpSyn, TcpSegment::kNoScale, true});
  }

  TcpSession session;

 private:
  State see(const TcpSegment& segment) {
    session.see(segment);
    return session.state();
  }
};

TEST_F(Tcp, NothingButASynMakesASession) {
  EXPECT_EQ(client(kTcpAck, 1, 1, 10), State::none);
  EXPECT_EQ(server(kTcpSyn | kTcpAck, 1, 1), State::none);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1, 1), State::none);
  EXPECT_EQ(client(kTcpRst, 1, 0), State::none);
  EXPECT_FALSE(session.has_work_left());
  EXPECT_TRUE(replaced_by_client_syn(1));
}

TEST_F(Tcp, TheClientCloses) {
  establish();
  EXPECT_TRUE(session.has_work_left());
  EXPECT_EQ(client(kTcpAck, 1001, 5001, 100), State::established);
  EXPECT_EQ(server(kTcpAck, 5001, 1101, 50), State::established);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1101, 5051), State::close_wait);
  EXPECT_TRUE(replaced_by_client_syn(7)) << "as Suricata numbers its states";
  EXPECT_EQ(server(kTcpAck, 5051, 1102), State::close_wait);
  EXPECT_EQ(server(kTcpFin | kTcpAck, 5051, 1102), State::last_ack);
  EXPECT_EQ(client(kTcpAck, 1102, 5052), State::closed);
  EXPECT_FALSE(session.has_work_left());
}

TEST_F(Tcp, TheServerCloses) {
  establish();
  EXPECT_EQ(server(kTcpFin | kTcpAck, 5001, 1001), State::fin_wait1);
  EXPECT_EQ(client(kTcpAck, 1001, 5002), State::fin_wait2);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5002), State::time_wait);
  EXPECT_FALSE(replaced_by_client_syn(7)) << "not before LAST_ACK";
  EXPECT_EQ(server(kTcpAck, 5002, 1002), State::closed);
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

TEST_F(Tcp, TheServerMayTalkFirstWhenTheLastPacketOfTheHandshakeIsMissing) {
  client(kTcpSyn, 1000, 0);
  server(kTcpSyn | kTcpAck, 5000, 1001);
  EXPECT_EQ(server(kTcpAck, 5001, 1001, 20), State::established);
}

TEST_F(Tcp, AFinOutsideTheWindowIsIgnored) {
  establish();
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001 + 100'000, 5001), State::established);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5001 + 100'000), State::established);
}

TEST_F(Tcp, AKeepAliveChangesNothing) {
  establish();
  EXPECT_EQ(client(kTcpAck, 1000, 5001, 1), State::established);
  EXPECT_EQ(server(kTcpAck, 5001, 1001), State::established);
  EXPECT_EQ(client(kTcpFin | kTcpAck, 1001, 5001), State::close_wait);
}

}  // namespace
}  // namespace surisim::engine
