// Goal: a golden file is read back, and an invalid one is refused with the line.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "surisim/golden.hpp"

namespace {

using surisim::Lifecycle;
using surisim::LifecycleSection;
using surisim::parse_lifecycle;
using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(const std::string& text) {
  const auto read = parse_lifecycle(text);
  return read ? "" : read.error();
}

const std::string kBegin = "# comment\nsurisim golden 1\n";

TEST(GoldenText, IsReadWithListsOfThreadsExpanded) {
  const auto read = parse_lifecycle(kBegin +
                                    "option --threads 2\noption --no-stats\n\n[main]\n"
                                    "  create US, W#09-lo … W#11-lo\n  storage finalized\n"
                                    "[creating, on main] US, W#01 … W#03\n  set \"a: b\"\n");
  ASSERT_TRUE(read) << read.error();
  EXPECT_THAT(read->settings, ElementsAre("--threads 2", "--no-stats"));
  ASSERT_EQ(read->sections.size(), 5U);
  EXPECT_THAT(read->sections[0].lines, ElementsAre("create US", "create W#09-lo", "create W#10-lo",
                                                   "create W#11-lo", "storage finalized"));
  EXPECT_EQ(read->sections[4].title, "creating, on main");
  EXPECT_EQ(read->sections[4].thread, "W#03");
  EXPECT_THAT(read->sections[4].lines, ElementsAre("set \"a: b\""));
}

TEST(GoldenText, NamesTheInvalidLine) {
  EXPECT_THAT(error_of(""), HasSubstr("line 1: expected \"surisim golden 1\", got the end"));
  EXPECT_THAT(error_of("ELF\x7f\n"), HasSubstr("line 1: expected \"surisim golden 1\""));
  EXPECT_THAT(error_of("surisim golden 2\n"), HasSubstr("got \"surisim golden 2\""));
  EXPECT_THAT(error_of(kBegin), HasSubstr("expected sections"));
  EXPECT_THAT(error_of(kBegin + "what\n"), HasSubstr("line 3: expected an option"));
  EXPECT_THAT(error_of(kBegin + "[main\n"), HasSubstr("line 3: expected a title between [ and ]"));
  EXPECT_THAT(error_of(kBegin + "[a] W#01 … W#zz\n"), HasSubstr("line 3: expected a list"));
  EXPECT_THAT(error_of(kBegin + "[a] W#01 … W#999999999\n"), HasSubstr("line 3: expected a list"));
  EXPECT_THAT(error_of(kBegin + "[main]\n<<<<<<< HEAD\n"), HasSubstr("line 4: expected a section"));
  EXPECT_THAT(error_of(kBegin + "[main]\n  create , \n"), HasSubstr("line 4: expected a list"));
}

TEST(GoldenText, HasOnlyOptionsThatALifecycleDependsOn) {
  EXPECT_THAT(error_of(kBegin + "option --no-stats\noption --output /tmp/x\n[main]\n"),
              HasSubstr("line 4: expected an option that surisim record writes, such as --threads, "
                        "got \"--output /tmp/x\""));
  for (const char* option : {"--output=x", "--golden x", "--suppress a=b", "--fail-on note", "--"})
    EXPECT_THAT(error_of(kBegin + "option " + option + "\n[main]\n"), HasSubstr(option));
}

TEST(GoldenText, HasEveryOptionThatIsWritten) {
  surisim::Options options;
  options.mode = surisim::Mode::autofp;
  options.capture = surisim::Capture::pcap_live;
  options.devices = {"lo"};
  options.engine = surisim::EngineMode::engine_analysis;
  options.lifecycles = options.receive_threads = options.flow_managers = options.flow_recyclers = 9;
  options.detect_loaders = 9;
  options.bypass_manager = options.eve.threaded = true;
  options.stats = options.command_socket = false;
  options.faults = {{.kind = surisim::Fault::Kind::kill_while_paused}};
  options.config_file = options.eve.file = options.eve.filetype = "file";
  options.config_settings = {"a=b"};
  options.traffic.open_flows = 9;
  options.traffic.ipv6 = options.traffic.udp = options.traffic.icmp = 0.123;
  options.traffic.icmp_errors = options.traffic.no_flow = options.traffic.alerts = 0.123;
  options.traffic.ends.bucket = 0.123;
  std::vector<std::string> all = settings_of(options);
  EXPECT_EQ(all.size(), 30U);
  options.pcap = "pcap";
  for (const std::string& setting : settings_of(options))
    if (setting.starts_with("--pcap")) all.push_back(setting);
  options.pcap.clear();
  options.pcaps = {"a", "b"};
  for (const std::string& setting : settings_of(options))
    if (setting.starts_with("--pcap")) all.push_back(setting);
  const auto read = parse_lifecycle(to_text(Lifecycle{all, {{"main", "", {"join US"}}}}));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->settings, all);
}

TEST(GoldenText, TakesLineEndsOfOtherSystems) {
  const auto read = parse_lifecycle("surisim golden 1\r\n[main]\r\n  join US\r\n");
  ASSERT_TRUE(read) << read.error();
  EXPECT_THAT(read->sections[0].lines, ElementsAre("join US"));
}

// A stripped plugin's callbacks have no names, which is not a difference; another name is.
TEST(GoldenText, ComparesNamesOfCallbacksIfBothHaveThem) {
  const auto with = [](const char* line) {
    return Lifecycle{{}, {{"Init of a, on main", "", {line}}}};
  };
  const Lifecycle named = with("flow init callback: on_init");
  EXPECT_EQ(to_text(differences(named, with("flow init callback"))), "");
  EXPECT_EQ(to_text(differences(with("flow init callback"), named)), "");
  EXPECT_THAT(to_text(differences(named, with("flow init callback: other"))),
              HasSubstr("~ flow init callback: other; recorded: on_init"));
}

TEST(GoldenText, NamesCallbacksThatHaveMoved) {
  const auto with = [](const std::vector<std::string>& lines) {
    return Lifecycle{{}, {{"Init of a, on main", "", lines}}};
  };
  const std::string a = "thread init callback: a", b = "thread init callback: b";
  const std::string c = "flow init callback: c", unnamed = "thread init callback";
  EXPECT_EQ(to_text(differences(with({a, b, c}), with({b, a, c}))),
            "  Init of a, on main\n"
            "    > thread init callback a now comes before flow init callback c\n");
  EXPECT_EQ(to_text(differences(with({a, b}), with({b}))),
            "  Init of a, on main\n    - thread init callback: a  (first)\n");
  EXPECT_EQ(to_text(differences(with({c, unnamed}), with({unnamed, c}))),
            "  Init of a, on main\n"
            "    > flow init callback c now comes last\n");
}

// L28: a later lifecycle that differs is compared with the recorded first one.
TEST(GoldenText, ReportsALaterLifecycleThatDiffers) {
  const LifecycleSection first{"lifecycle, on main", "", {"create W#01", "join W#01"}};
  const Lifecycle golden{{}, {first}};
  const Lifecycle run{{}, {first, {"lifecycle 2: lifecycle, on main", "", {"create W#01"}}}};
  EXPECT_EQ(to_text(differences(golden, run)),
            "  lifecycle 2: lifecycle, on main\n    - join W#01  (after create W#01)\n");
}

}  // namespace
