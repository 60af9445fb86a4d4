// Goal: streaming loggers get the data of TCP sessions, in both versions (E48); loggers of files
// and HTTP bodies, which do not exist here, are initialised and say why they never run. Method:
// whole runs on captures whose packets are known, and on generated traffic. Source: output-
// streaming.c, stream-tcp-reassemble.c (StreamReassembleLog), output-tx.c.
#include <gmock/gmock.h>
#include <suricata/output.h>

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "../cli/temp_dir.hpp"
#include "../pcap/capture.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace surisim::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Piece {
  std::string flow;  // ports
  std::string thread;
  std::string data;
  int flags;
  bool is_null;
};
std::mutex pieces_lock;
std::vector<Piece> pieces;

TmEcode begin_stream(ThreadVars*, const void* initdata, void** data) {
  *data = const_cast<void*>(initdata);
  return TM_ECODE_OK;
}
TmEcode end_stream(ThreadVars*, void*) { return TM_ECODE_OK; }

int note_piece(ThreadVars* tv, void*, const Flow* flow, const uint8_t* data, uint32_t size,
               uint64_t tx_id, uint8_t flags) {
  EXPECT_EQ(tx_id, 0U);
  const std::lock_guard lock(pieces_lock);
  pieces.push_back({std::to_string(flow->sp) + " " + std::to_string(flow->dp), tv->name,
                    data == nullptr ? "" : std::string(reinterpret_cast<const char*>(data), size),
                    flags, data == nullptr});
  return 0;
}
int log_file(ThreadVars*, void*, const Packet*, const File_*, void*, const uint64_t, uint8_t) {
  return 0;
}
int log_file_data(ThreadVars*, void*, const Packet*, File_*, void*, const uint64_t, const uint8_t*,
                  uint32_t, uint8_t, uint8_t) {
  return 0;
}

// "flags data" of each piece.
std::vector<std::string> noted() {
  std::vector<std::string> all;
  for (const Piece& piece : pieces)
    all.push_back(std::to_string(piece.flags) + (piece.is_null ? "" : " " + piece.data));
  return all;
}

constexpr int kOpen = OUTPUT_STREAMING_FLAG_OPEN;

constexpr const char* kOutputs =
    "%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n      filename: /dev/null\n"
    "      types: [anomaly]\n";

class Streams : public fixtures::LifecycleTest, public ::testing::WithParamInterface<Suricata> {
 protected:
  Streams() {
    pieces.clear();
    options.suricata = GetParam();
    options.config_yaml = kOutputs;
    load("streams", [] {
      SCOutputRegisterStreamingLogger(LOGGER_USER, "pieces", note_piece, nullptr,
                                      STREAMING_TCP_DATA, begin_stream, end_stream);
    });
  }

  void run_on(const Capture& capture) {
    options.mode = Mode::single;
    options.pcap = capture.write(dir_.file("capture.pcap"));
    ASSERT_TRUE(run());
  }
  // A session after its handshake: the client's first byte has the number 1001, the server's 5001.
  static Capture session() {
    Capture capture;
    capture.add(tcp_packet(true, kSyn, 1000, 0))
        .add(tcp_packet(false, kSyn | kAck, 5000, 1001))
        .add(tcp_packet(true, kAck, 1001, 5001));
    return capture;
  }
  static Bytes request(std::uint32_t seq, const Bytes& data) {
    return tcp_packet(true, kAck | kPsh, seq, 5001, data);
  }
  static Bytes answer(std::uint32_t ack) { return tcp_packet(false, kAck, 5001, ack); }

  TempDir dir_;
};

// The last packet is the client's, so only the server's stream is closed, as in Suricata.
TEST_P(Streams, APieceIsPassedOnceItsReceiverHasAcknowledgedIt) {
  run_on(Capture().add_tcp_conversation());
  EXPECT_THAT(noted(), ElementsAre("5 a request to make", "9 the answer", "10"));
  ASSERT_EQ(summary().loggers.size(), 1U);
  EXPECT_EQ(summary().loggers[0].kind, "streaming logger");
  EXPECT_EQ(summary().loggers[0].runs, 3U);
  EXPECT_EQ(summary().loggers[0].why_silent, "");
  EXPECT_THAT(summary().violations, IsEmpty());
}

// T14: the pseudo packet for each direction acknowledges the other one's stream.
TEST_P(Streams, T14_UnacknowledgedDataIsPassedAtTheFlowsEndWithTheEndOfBothStreams) {
  run_on(session().add(request(1001, "left")));
  EXPECT_THAT(noted(), ElementsAre("11", "5 left", "7"));
}

TEST_P(Streams, PartOfASegmentIsPassedIfPartIsAcknowledged) {
  run_on(session().add(request(1001, "abcdef")).add(answer(1003)).add(answer(1007)));
  EXPECT_THAT(noted(), ElementsAre("5 ab", "4 cdef", "11", "6"));
}

TEST_P(Streams, SegmentsOutOfOrderArePutInOrder) {
  run_on(session().add(request(1004, "def")).add(request(1001, "abc")).add(answer(1007)));
  EXPECT_THAT(noted(), ElementsAre("5 abcdef", "11", "6"));
}

// Like a BSD host, Suricata's default: the earlier bytes stay, unless the later segment
// begins before them.
TEST_P(Streams, OfRepeatedBytesTheFirstAreKeptUnlessTheLaterSegmentBeginsBeforeThem) {
  run_on(session()
             .add(request(1001, "abcd"))
             .add(request(1001, "XXXXef"))
             .add(answer(1007))
             .add(request(1009, "ij"))
             .add(request(1007, "GHIJ"))
             .add(answer(1011)));
  EXPECT_THAT(noted(), ElementsAre("5 abcdef", "4 GHIJ", "11", "6"));
}

// StreamReassembleRawDo skips to the data after the gap, and then passes it again as the next
// piece.
TEST_P(Streams, TheFirstPieceAfterAGapIsPassedTwice) {
  run_on(session()
             .add(request(1001, "abc"))
             .add(request(1007, "ghi"))
             .add(answer(1010))
             .add(answer(1010)));
  EXPECT_THAT(noted(), ElementsAre("5 abc", "4 ghi", "4 ghi", "11", "6"));
}

TEST_P(Streams, E48_AStreamEndsAtTheReassemblyDepth) {
  constexpr std::uint32_t kSegments = 20;
  constexpr std::uint32_t kSize = 60'000;
  Capture capture = session();
  for (std::uint32_t i = 0; i < kSegments; ++i) {
    capture.add(request(1001 + i * kSize, Bytes(kSize, 'x')));
    capture.add(answer(1001 + (i + 1) * kSize));
  }
  run_on(capture);
  std::uint64_t given = 0;
  for (const Piece& piece : pieces) given += piece.data.size();
  EXPECT_EQ(given, (GetParam() == Suricata::v8_0 ? 20U : 1'048'576U / kSize) * kSize);
}

TEST_P(Streams, OfGeneratedFlowsBelongToTheFlowsWorkerAndOpenOnce) {
  options.threads = 3;
  options.traffic.ends.reuse = 0;
  ASSERT_TRUE(run());
  std::map<std::string, std::set<std::string>> threads;
  std::map<std::string, int> opens;
  std::size_t with_data = 0;
  for (const Piece& piece : pieces) {
    threads[piece.flow].insert(piece.thread);
    if (!piece.is_null && (piece.flags & kOpen) != 0)
      ++opens[piece.flow + " " + std::to_string(piece.flags)];
    with_data += piece.data.empty() ? 0 : 1;
  }
  EXPECT_GT(with_data, 100U);
  for (const auto& [flow, count] : opens) EXPECT_EQ(count, 1) << flow;
  std::set<std::string> seen;
  for (const auto& [flow, of] : threads) seen.insert(of.begin(), of.end());
  EXPECT_THAT(seen, ElementsAre("W#01-eth0", "W#02-eth0", "W#03-eth0"));
}

// T15: OutputSetupActiveLoggers looks for them before on-logging-ready.
TEST_P(Streams, T15_DoNotRunWithoutOutputsInTheConfiguration) {
  options.config_yaml.clear();
  run_on(Capture().add_tcp_conversation());
  EXPECT_THAT(pieces, IsEmpty());
  EXPECT_THAT(summary().loggers[0].why_silent, HasSubstr("if the configuration has outputs"));
}

TEST_P(Streams, ALoggerOfHttpBodiesNeverRuns) {
  load("bodies", [] {
    SCOutputRegisterStreamingLogger(LOGGER_USER, "bodies", note_piece, nullptr,
                                    STREAMING_HTTP_BODIES, begin_stream, end_stream);
  });
  run_on(Capture().add_tcp_conversation());
  EXPECT_THAT(noted(), ElementsAre("5 a request to make", "9 the answer", "10"));
  EXPECT_THAT(summary().loggers[1].why_silent, HasSubstr("no HTTP bodies"));
}

TEST_P(Streams, AModuleIsSetUpByTheOutputOfItsName) {
  load("module", [] {
    OutputRegisterStreamingModule(
        LOGGER_USER, "Module", "my-streams",
        [](SCConfNode* section) {
          static OutputCtx context{};
          EXPECT_STREQ(SCConfNodeLookupChildValue(section, "mine"), "hello");
          return OutputInitResult{&context, true};
        },
        note_piece, STREAMING_TCP_DATA,
        [](ThreadVars*, const void* context, void** data) {
          EXPECT_NE(context, nullptr);
          *data = nullptr;
          return TM_ECODE_OK;
        },
        end_stream);
    OutputRegisterStreamingModule(LOGGER_USER, "Other", "others", nullptr, note_piece,
                                  STREAMING_TCP_DATA, begin_stream, end_stream);
  });
  options.config_yaml +=
      "  - my-streams:\n      enabled: yes\n      mine: hello\n  - others:\n"
      "      enabled: no\n";
  run_on(Capture().add_tcp_conversation());
  ASSERT_EQ(summary().loggers.size(), 3U);
  EXPECT_EQ(summary().loggers[1].runs, 3U);
  EXPECT_EQ(summary().loggers[2].runs, 0U);
  EXPECT_THAT(summary().loggers[2].why_silent, HasSubstr("enable others"));
}

// The order of the root loggers and of OutputTxLogThreadInit. Flow loggers come last.
TEST_P(Streams, T15_OfAWorkerAreInitialisedAfterLoggersOfPacketsTransactionsAndFiles) {
  load("others", [] {
    SCOutputRegisterFlowLogger(
        "flow", [](ThreadVars*, void*, Flow*) { return 0; }, nullptr, begin_stream, end_stream);
    SCOutputRegisterFiledataLogger(LOGGER_USER, "data", log_file_data, nullptr, begin_stream,
                                   end_stream);
    SCOutputRegisterFileLogger(LOGGER_USER, "file", log_file, nullptr, begin_stream, end_stream);
    SCOutputRegisterPacketLogger(
        LOGGER_USER, "packet", [](ThreadVars*, void*, const Packet*) { return 0; },
        [](ThreadVars*, void*, const Packet*) { return true; }, nullptr, begin_stream, end_stream);
  });
  run_on(Capture().add_tcp_conversation());
  for (const EventKind kind : {EventKind::logger_thread_init, EventKind::logger_thread_deinit}) {
    std::vector<std::string> names;
    for (const Event& e : events()) {
      if (e.os == "W#01" && e.kind == kind) names.emplace_back(e.detail);
    }
    EXPECT_THAT(names, ElementsAre("flow", "flow", "packet", "file", "data", "pieces", "flow"));
  }
  for (const LoggerInfo& logger : summary().loggers) {
    if (!logger.kind.starts_with("file")) continue;
    EXPECT_THAT(logger.why_silent, HasSubstr("no files")) << logger.name;
  }
}

TEST_P(Streams, ALoggerWithoutThreadInitGetsTheDataOfTheNextOne) {
  static char second;
  static void* seen;
  seen = nullptr;
  load("two", [] {
    SCOutputRegisterStreamingLogger(
        LOGGER_USER, "first",
        [](ThreadVars*, void* data, const Flow*, const uint8_t*, uint32_t, uint64_t, uint8_t) {
          seen = data;
          return 0;
        },
        nullptr, STREAMING_TCP_DATA, nullptr, nullptr);
    SCOutputRegisterStreamingLogger(LOGGER_USER, "second", note_piece, &second, STREAMING_TCP_DATA,
                                    begin_stream, end_stream);
  });
  run_on(Capture().add_tcp_conversation());
  EXPECT_EQ(seen, &second);
  EXPECT_FALSE(violations("logger-foreign-data").empty());
}

TEST_P(Streams, ANullLoggerIsAViolationOfItsOwnFunction) {
  load("null", [] {
    SCOutputRegisterStreamingLogger(LOGGER_USER, "null", nullptr, nullptr, STREAMING_TCP_DATA,
                                    begin_stream, end_stream);
    SCOutputRegisterFiledataLogger(LOGGER_USER, "null", nullptr, nullptr, begin_stream, end_stream);
  });
  run_on(Capture().add_tcp_conversation());
  std::vector<std::string> functions;
  for (const Violation& found : violations("callback-null-function"))
    functions.push_back(found.function);
  EXPECT_THAT(functions,
              ElementsAre("SCOutputRegisterStreamingLogger", "SCOutputRegisterFiledataLogger"));
}

INSTANTIATE_TEST_SUITE_P(Of, Streams, ::testing::Values(Suricata::v8_0, Suricata::v9_0),
                         [](const auto& test) {
                           return test.param == Suricata::v8_0 ? "Suricata80" : "Suricata90";
                         });

}  // namespace
}  // namespace surisim::test
