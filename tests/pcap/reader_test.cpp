// Goal: every format gives the same flows, and every damaged file a one-sentence error. Method: one
// capture written in all formats; files truncated, emptied and overwritten; the built command for
// the exit status.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "../cli/subprocess.hpp"
#include "pcap_test.hpp"

namespace surisim::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

Capture sample() {
  Capture capture;
  return capture.add_tcp_conversation().add(udp_packet(true)).add(udp_packet(false));
}

class Formats : public PcapTest {
 protected:
  void expect_sample(const std::string& file) {
    options.pcap = file;
    ASSERT_TRUE(run());
    const Summary s = summary();
    EXPECT_EQ(s.capture.records, 10u);
    EXPECT_EQ(s.capture.damage, "");
    EXPECT_EQ(s.flows.started, 2u);
    EXPECT_EQ(updates(), 10u);
  }
};

TEST_F(Formats, PcapOfThisByteOrder) { expect_sample(sample().write(dir.file("a"))); }

TEST_F(Formats, T11_PcapOfTheOtherByteOrder) {
  expect_sample(dir.write("a", sample().as_pcap(true)));
}

TEST_F(Formats, PcapWithNanoseconds) { expect_sample(sample().write(dir.file("a"), 1, true)); }

TEST_F(Formats, PcapngOfThisByteOrder) { expect_sample(dir.write("a", sample().as_pcapng(false))); }

TEST_F(Formats, PcapngOfTheOtherByteOrder) {
  expect_sample(dir.write("a", sample().as_pcapng(true)));
}

TEST_F(Formats, GzippedPcap) { expect_sample(dir.write("a.gz", gzipped(sample().as_pcap(false)))); }

TEST_F(Formats, GzippedPcapng) {
  expect_sample(dir.write("a.gz", gzipped(sample().as_pcapng(false))));
}

// Suricata also skips such a file with an error: it needs the first packet's time.
TEST_F(Formats, AFileWithoutRecordsIsReportedAndTheLifecycleRuns) {
  options.pcap = Capture().write(dir.file("headeronly"));
  ASSERT_TRUE(run());
  EXPECT_EQ(summary().packets, 0u);
  EXPECT_THAT(summary().capture.damage, AllOf(HasSubstr("headeronly"), HasSubstr("no records")));
}

TEST_F(Formats, EachLifecycleReadsTheFileAgain) {
  options.lifecycles = 3;
  options.pcap = sample().write(dir.file("a"));
  ASSERT_TRUE(run());
  EXPECT_EQ(summary().capture.records, 30u);
  EXPECT_EQ(summary().flows.started, 6u);
}

TEST_F(Formats, TheReadablePartOfATruncatedFileIsCountedAndEverythingIsFreed) {
  const Bytes whole = sample().as_pcap(false);
  options.pcap = dir.write("cut.pcap", whole.substr(0, whole.size() - 7));
  ASSERT_TRUE(run());
  const Summary s = summary();
  EXPECT_EQ(s.capture.records, 9u);
  EXPECT_EQ(s.flows.with_finish() + s.flows.without_finish(), s.flows.started);
  EXPECT_THAT(s.capture.damage, AllOf(HasSubstr("cut.pcap"), HasSubstr("damaged after 9 records"),
                                      HasSubstr("truncated")));
}

// Refused before anything starts.
class BadFiles : public testing::Test {
 protected:
  void expect_refused(const std::string& file, const std::string& why) {
    const Ran ran = surisim({"run", sample_plugin, "--pcap", file});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, AllOf(StartsWith("surisim: capture file \"" + file + "\""), HasSubstr(why),
                               HasSubstr("expected")));
  }
  void expect_usage(const Arguments& options, const std::string& why) {
    Arguments arguments = {"run", sample_plugin, "--pcap", sample().write(dir.file("good.pcap"))};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Ran ran = surisim(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, HasSubstr(why));
  }
  const std::string sample_plugin = std::string(SURISIM_TEST_PLUGIN_DIR) + "/flow_counter_c.so";
  TempDir dir;
};

TEST_F(BadFiles, MissingAndEmpty) {
  expect_refused(dir.file("none.pcap"), "cannot be opened: No such file");
  expect_refused(dir.write("empty", ""), "is empty");
}

TEST_F(BadFiles, FilesThatAreNotCaptures) {
  expect_refused(dir.write("x", "x"), "is too short");
  expect_refused(dir.write("text", std::string(100, 'x')), "cannot be read: unknown file format");
  expect_refused(dir.write("cut", sample().as_pcap(false).substr(0, 10)), "truncated");
  expect_refused(dir.write("x.gz", gzipped("not a capture at all, but long enough")),
                 "cannot be read");
}

TEST_F(BadFiles, AnUnknownLinkTypeIsNamed) {
  constexpr int kUsb = 189;
  expect_refused(sample().write(dir.file("usb"), kUsb), "has link type 189 (USB_LINUX)");
}

TEST_F(BadFiles, ADamagedOneIsReportedAndExits2) {
  const Bytes zipped = gzipped(sample().as_pcap(false));
  const std::string file = dir.write("cut.gz", zipped.substr(0, zipped.size() - 30));
  const Ran ran = surisim({"run", sample_plugin, "--pcap", file, "--format", "json"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("is damaged after"));
  const auto report = nlohmann::json::parse(ran.out);
  EXPECT_EQ(report["verdict"], "incomplete");
  EXPECT_EQ(report["lifecycle"]["capture"]["file"], file);
  EXPECT_EQ(report["lifecycle"]["capture"]["records"], report["lifecycle"]["packets"]);
  EXPECT_THAT(report["lifecycle"]["capture"]["damage"].get<std::string>(), HasSubstr("damaged"));
}

// Not an unrelated errno, but the offset in the file and zlib's message.
TEST_F(BadFiles, ADamagedGzipBlockIsNamed) {
  Bytes zipped = gzipped(sample().as_pcap(false));
  zipped[zipped.size() - 6] ^= 0x55;  // in the checksum of the last block
  const Ran ran = surisim({"run", sample_plugin, "--pcap", dir.write("bad.gz", zipped)});
  EXPECT_EQ(ran.status, 2);
  constexpr std::size_t kLengthField = 4;  // it follows the checksum
  EXPECT_THAT(ran.err, HasSubstr("the gzip data is damaged before byte " +
                                 std::to_string(zipped.size() - kLengthField) +
                                 " of the file: incorrect data check"));
}

// libpcap requires all interfaces of a pcapng file to be alike.
TEST_F(BadFiles, AFileThatLibpcapDoesNotSupportIsNotCalledDamaged) {
  const Bytes good = sample().as_pcapng(false);
  constexpr std::size_t kSection = 28, kInterface = 20;
  const Bytes interface = good.substr(kSection, kInterface);
  for (const auto& [at, what] :
       {std::pair{8, "type 101 different"}, {12, "length 262245 different"}}) {
    Bytes other = interface;
    other.replace(static_cast<std::size_t>(at), 2, Bytes("\x65\0", 2));
    const std::string file = dir.write("two.pcapng", good.substr(0, kSection + kInterface) + other +
                                                         good.substr(kSection + kInterface));
    const Ran ran = surisim({"run", sample_plugin, "--pcap", file});
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err,
                AllOf(HasSubstr("uses features that libpcap does not support, after 0 records: "),
                      HasSubstr(what), testing::Not(HasSubstr("damaged"))));
  }
}

TEST_F(BadFiles, OneWithoutRecordsExits2) {
  const std::string file = Capture().write(dir.file("headeronly.pcap"));
  const Ran ran = surisim({"run", sample_plugin, "--pcap", file});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("has no records; expected at least one"));
}

TEST_F(BadFiles, TheReportSaysHowMuchWasRead) {
  const std::string file = sample().write(dir.file("good.pcap"));
  const Ran ran = surisim({"run", sample_plugin, "--pcap", file});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("autofp, pcap-file, 4 workers, " + file),
                             HasSubstr("10 records"), HasSubstr("2: 1 TCP, 1 UDP")));
}

TEST_F(BadFiles, OptionsForGeneratedTrafficAreRefused) {
  expect_usage({"--mode", "workers"}, "expected autofp or single");
  expect_usage({"--flows", "10"}, "--flows");
  expect_usage({"--udp", "0.5"}, "--udp");
  expect_usage({"--seed", "3"}, "--seed");
  expect_usage({"--device", "eth0"}, "--device");
  expect_usage({"--capture", "af-packet"}, "expected pcap-file");
}

}  // namespace
}  // namespace surisim::test
