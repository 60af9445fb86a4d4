// Goal: what capture plugins for network cards need besides packets works as in Suricata, in both
// versions: devices and their settings, shared run modes, and threads that run a function of the
// plugin. Method: the command on such a plugin, and its log. Source: util-device.c, util-
// runmodes.c, util-conf.c, util-bpf.c, tm-threads.c.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "../cli/subprocess.hpp"
#include "../cli/temp_dir.hpp"

namespace surisim::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Strings = std::vector<std::string>;

// The plugin's log messages with this prefix, in order.
Strings logged(const Ran& ran, const std::string& beginning) {
  Strings lines;
  std::istringstream in(ran.err);
  for (std::string line; std::getline(in, line);) {
    const auto at = line.find(": " + beginning);
    if (at != line.npos) lines.push_back(line.substr(at + 2));
  }
  return lines;
}

class Card : public ::testing::TestWithParam<const char*> {
 protected:
  // Two devices, and default settings.
  Ran run(const Arguments& more, const std::string& settings = kTwo) {
    Arguments arguments = {
        "run",  plugin(GetParam()), "--capture-plugin",
        "card", "--config",         dir_.write("card.yaml", "%YAML 1.1\n---\n" + settings)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return surisim(arguments);
  }
  bool is_8() const { return std::string(GetParam()) == "card_8_0"; }

  static constexpr const char* kTwo =
      "card:\n"
      "  - interface: eth7\n"
      "    threads: 2\n"
      "    bpf-filter: udp\n"
      "  - interface: longdevname12\n"
      "  - interface: default\n"
      "    bpf-filter: tcp\n";
  static constexpr const char* kOne = "card:\n  - interface: eth7\n    threads: 2\n";

  TempDir dir_;
};

TEST_P(Card, NamesDevicesThatAreCreatedOncePluginsAreLoaded) {
  const Ran ran = run({});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("2 devices named, 0 made"));
}

TEST_P(Card, FindsTheSettingsOfItsDeviceOrTheDefaultOnes) {
  const Ran ran = run({});
  EXPECT_THAT(ran.err, AllOf(HasSubstr("eth7: 2 threads, filter udp, offload 1, rss 0, ips 0"),
                             HasSubstr("longdevname12: 1 threads, filter tcp, offload 1")));
}

TEST_P(Card, PrefersTheFilterOfTheCommandLine) {
  const Ran ran = run({"--set", "bpf-filter=icmp", "--set", "capture.disable-offloading=no"});
  EXPECT_THAT(ran.err, HasSubstr("eth7: 2 threads, filter icmp, offload 0"));
}

// E38: long names of devices.
TEST_P(Card, HasWorkersForEachDevice) {
  const Ran ran = run({"--mode", "workers"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  const std::string shortened = is_8() ? "W#01-long..me12" : "W#01-long~ame12";
  EXPECT_THAT(ran.out, HasSubstr("US, W#01-eth7, W#02-eth7, " + shortened + ", FM#01"));
  EXPECT_THAT(ran.err,
              AllOf(HasSubstr("W#02-eth7: captured from eth7, as W#02-eth7 on eth7"),
                    HasSubstr(shortened + ": captured from longdevname12, as W#01-longdevname12 on "
                                          "longdevname12")));
}

TEST_P(Card, HasNoWorkersWithoutADeviceThatIsRegistered) {
  const Ran ran = run({"--mode", "workers", "--set", "card-device=eth9"}, "other: 1\n");
  EXPECT_THAT(ran.out, Not(HasSubstr("W#01")));
}

// The plugin's function is called although there can be only one worker.
TEST_P(Card, ReportsHowManyWorkersItWants) {
  const Ran ran = run({"--mode", "workers", "--threads", "1"}, kOne);
  EXPECT_THAT(logged(ran, "count of"), ElementsAre("count of eth7"));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("W#01-eth7"), Not(HasSubstr("W#02"))));
}

TEST_P(Card, MayWant16BitsOfWorkersIn9AndMoreIn8) {
  const Ran ran = run({"--mode", "workers", "--threads", "2"},
                      "card:\n  - interface: eth7\n    threads: 65537\n");
  EXPECT_THAT(ran.out, HasSubstr(is_8() ? "W#01-eth7, W#02-eth7, FM" : "W#01-eth7, FM"));
}

TEST_P(Card, DoesNotReportWorkersInSingleMode) {
  const Ran ran = run({"--mode", "single"}, kOne);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(logged(ran, "count of"), ElementsAre());
  EXPECT_THAT(ran.err, HasSubstr("W#01-eth7: captured from eth7"));
}

TEST_P(Card, CannotBeSingleWithTwoDevices) {
  const Ran ran = run({"--mode", "single"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("run mode single needs one device, and there are 2"));
}

TEST_P(Card, HasReceiversForEachDeviceInAutofp) {
  const Ran ran = run({"--mode", "autofp", "--threads", "2"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  const std::string shortened = is_8() ? "RX#01-long..me12" : "RX#01-long~ame12";
  EXPECT_THAT(ran.out, HasSubstr("US, RX#01-eth7, RX#02-eth7, " + shortened.substr(0, 15) +
                                 ", W#01, W#02, FM#01"));
}

TEST_P(Card, HasReceiversWithoutTheNameOfTheOnlyDeviceInAutofp) {
  const Ran ran = run({"--mode", "autofp", "--set", "card-device=eth7"}, kOne);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("RX#01: captured from eth7, as none on none"));
}

// Like TmThreadsCaptureHandleTimeout. The packet is not counted.
TEST_P(Card, MayPassOnAPacketThatItHasNotFilled) {
  for (const char* mode : {"workers", "autofp"}) {
    const Ran ran =
        run({"--mode", mode, "--capture-plugin-args", "idle", "--format", "json"}, kOne);
    EXPECT_EQ(nlohmann::json::parse(ran.out)["lifecycle"]["packets"], 40) << mode;
  }
}

TEST_P(Card, TakesChecksumsForOffloadedIfManyOfTheFirstThousandAreWrong) {
  EXPECT_THAT(run({}).err, HasSubstr("more than one in ten: 1 0 0"));
}

TEST_P(Card, KnowsTheMachine) { EXPECT_THAT(run({}).err, HasSubstr("processors: 1")); }

// L5: the callbacks run for it too. It is not registered, so its id stays 0.
TEST_P(Card, HasAThreadThatRunsItsOwnFunction) {
  const Ran ran = run({"--mode", "workers", "--capture-plugin-args", "count"}, kOne);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(logged(ran, "thread init"), Contains("thread init CardStats"));
  EXPECT_THAT(ran.err, HasSubstr("CardStats: id 0, type 0, counted"));
  EXPECT_THAT(ran.out, HasSubstr("card.looked"));
}

TEST_P(Card, HangsTheShutdownIfItsThreadIsNotClosed) {
  const Ran ran = run(
      {"--mode", "workers", "--capture-plugin-args", "open", "--timeout", "1", "--format", "json"},
      kOne);
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("callback-hang"), Not(HasSubstr("no callback was running"))));
}

INSTANTIATE_TEST_SUITE_P(Versions, Card, ::testing::Values("card", "card_8_0"),
                         [](const auto& test) {
                           return std::string(test.param) == "card" ? "v9_0" : "v8_0";
                         });

}  // namespace
}  // namespace surisim::test
