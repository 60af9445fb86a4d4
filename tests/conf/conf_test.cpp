// Goal: SCConf* reads the configuration of --config and --set as Suricata does. Method: a Runtime
// created with a file and settings, and the C functions.
#include <gmock/gmock.h>
#include <suricata/conf.h>

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "surisim/runtime.hpp"

namespace {

using namespace surisim;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kText = R"(
stats:
  enabled: yes
  interval: 8
  ratio: 2.5
  pause: 1h 30m
  word: maybe
  hex: 0x10
  octal: 010
  text: 12 apples
  huge: 99999999999999999999
  nothing:
  tilde: ~
old_name: kept
outputs:
  - fast
  - eve-log:
      enabled: no
      types:
        - alert
        - flow
af-packet:
  - interface: eth0
    threads: 2
  - interface: default
    threads: 4
)";

class Conf : public testing::Test {
 protected:
  // Loads the configuration `text` with `settings`; returns "" or the error.
  std::string make(const std::string& text, std::vector<std::string> settings = {}) {
    std::string name = (std::filesystem::temp_directory_path() / "conf-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    if (fd >= 0) ::close(fd);
    std::ofstream(name) << "%YAML 1.1\n---\n" << text;
    Options options;
    options.config_file = name;
    options.config_settings = std::move(settings);
    options.log_level = -1;
    runtime_.reset();
    auto made = Runtime::create(std::move(options));
    std::filesystem::remove(name);
    if (!made) return made.error().message;
    runtime_.emplace(std::move(*made));
    return "";
  }

  static std::string value(const char* name) {
    const char* text = nullptr;
    if (SCConfGet(name, &text) == 0) return "not found";
    return text == nullptr ? "NULL" : text;
  }
  static std::vector<std::string> children(const char* name) {
    std::vector<std::string> names;
    const SCConfNode* child = SCConfGetFirstNode(SCConfGetNode(name));
    for (; child != nullptr; child = SCConfGetNextNode(child)) names.emplace_back(child->name);
    return names;
  }

  std::optional<Runtime> runtime_;
};

TEST_F(Conf, DottedNamesGoDownFromTheRoot) {
  ASSERT_EQ(make(kText), "");
  EXPECT_EQ(value("stats.interval"), "8");
  EXPECT_EQ(value("stats"), "NULL") << "a mapping has no value";
  EXPECT_EQ(value("stats.missing"), "not found");
  EXPECT_EQ(value("stats.interval.deeper"), "not found");
  EXPECT_EQ(SCConfGetNode("stats.interval"),
            SCConfNodeLookupChild(SCConfGetNode("stats"), "interval"));
}

TEST_F(Conf, AChildIsLookedUpByOneNameWithoutDots) {
  ASSERT_EQ(make(kText), "");
  EXPECT_EQ(SCConfNodeLookupChild(SCConfGetRootNode(), "stats.interval"), nullptr);
  EXPECT_EQ(SCConfNodeLookupChild(SCConfGetRootNode(), "stat"), nullptr);
  EXPECT_EQ(SCConfNodeLookupChild(nullptr, "stats"), nullptr);
  EXPECT_EQ(SCConfNodeLookupChild(SCConfGetRootNode(), nullptr), nullptr);
}

TEST_F(Conf, ItemsOfASequenceAreChildrenNamedByTheirNumber) {
  ASSERT_EQ(make(kText), "");
  EXPECT_EQ(SCConfNodeIsSequence(SCConfGetNode("outputs")), 1);
  EXPECT_EQ(SCConfNodeIsSequence(SCConfGetNode("stats")), 0);
  EXPECT_THAT(children("outputs"), ElementsAre("0", "1"));
  EXPECT_EQ(value("outputs.0"), "fast");
  EXPECT_EQ(value("outputs.1"), "eve-log") << "a mapping's first key";
  EXPECT_EQ(value("outputs.1.eve-log.types.1"), "flow");
  EXPECT_EQ(SCConfGetNode("outputs.0")->parent, nullptr);
}

TEST_F(Conf, ChildrenComeInTheFilesOrder) {
  ASSERT_EQ(make("b: 1\na: 2\nc: 3\n"), "");
  std::vector<std::string> names;
  const SCConfNode* child = nullptr;
  TAILQ_FOREACH(child, &SCConfGetRootNode()->head, next) names.emplace_back(child->name);
  EXPECT_THAT(names, ElementsAre("b", "a", "c"));
}

TEST_F(Conf, NamesWithUnderscoresAreReadWithHyphens) {
  ASSERT_EQ(make(kText), "");
  EXPECT_EQ(value("old-name"), "kept");
  EXPECT_EQ(value("old_name"), "not found");
}

TEST_F(Conf, NullAndEmptyAreNotValues) {
  ASSERT_EQ(make(kText), "");
  const char* text = "before";
  EXPECT_EQ(SCConfGet("stats.nothing", &text), 1);
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(value("stats.tilde"), "NULL");
  EXPECT_EQ(SCConfGetNonNull("stats.nothing", &text), 0);
  text = "before";
  EXPECT_EQ(SCConfGet("stats.missing", &text), 0);
  EXPECT_STREQ(text, "before") << "left alone";
}

TEST_F(Conf, IntegersAreWholeAndDecimalHexOrOctal) {
  ASSERT_EQ(make(kText), "");
  intmax_t number = -7;
  EXPECT_EQ(SCConfGetInt("stats.interval", &number), 1);
  EXPECT_EQ(number, 8);
  EXPECT_EQ(SCConfGetInt("stats.hex", &number), 1);
  EXPECT_EQ(number, 16);
  EXPECT_EQ(SCConfGetInt("stats.octal", &number), 1);
  EXPECT_EQ(number, 8);
  number = -7;
  for (const char* bad : {"stats.text", "stats.huge", "stats.nothing", "stats.missing"})
    EXPECT_EQ(SCConfGetInt(bad, &number), 0) << bad;
  EXPECT_EQ(number, -7);
}

TEST_F(Conf, BooleansAreYesTrueOnAndOneInAnyCase) {
  ASSERT_EQ(make(kText, {"a=ON", "b=True", "c=1", "d=off", "e=y"}), "");
  int flag = -1;
  for (const char* name : {"stats.enabled", "a", "b", "c"}) {
    EXPECT_EQ(SCConfGetBool(name, &flag), 1) << name;
    EXPECT_EQ(flag, 1) << name;
  }
  for (const char* name : {"d", "e", "stats.word"}) {
    EXPECT_EQ(SCConfGetBool(name, &flag), 1) << name;
    EXPECT_EQ(flag, 0) << name;
  }
  flag = 1;
  EXPECT_EQ(SCConfGetBool("stats.missing", &flag), 0);
  EXPECT_EQ(flag, 0) << "not left alone";
  EXPECT_EQ(SCConfValIsTrue("maybe") + SCConfValIsFalse("maybe"), 0);
  EXPECT_EQ(SCConfValIsFalse("No"), 1);
}

TEST_F(Conf, RealNumbersAndDurations) {
  ASSERT_EQ(make(kText), "");
  double real = 0;
  EXPECT_EQ(SCConfGetDouble("stats.ratio", &real), 1);
  EXPECT_EQ(real, 2.5);
  EXPECT_EQ(SCConfGetDouble("stats.text", &real), 0);
  float small = 0;
  EXPECT_EQ(SCConfGetFloat("stats.ratio", &small), 1);
  EXPECT_EQ(small, 2.5F);
  std::uint64_t seconds = 0;
  EXPECT_EQ(SCConfGetTime("stats.pause", &seconds), 1);
  EXPECT_EQ(seconds, 5400U);
  EXPECT_EQ(SCConfGetTime("stats.interval", &seconds), 1);
  EXPECT_EQ(seconds, 8U) << "seconds without a unit";
  EXPECT_EQ(SCConfGetTime("stats.word", &seconds), 0);
}

TEST_F(Conf, SettingsOverrideTheFile) {
  ASSERT_EQ(make(kText, {"stats.interval=30", "outputs.0=http", "new.one = spaced"}), "");
  EXPECT_EQ(value("stats.interval"), "30");
  EXPECT_EQ(value("stats.enabled"), "yes") << "its siblings are the file's";
  EXPECT_EQ(value("outputs.0"), "http");
  EXPECT_THAT(children("outputs"), ElementsAre("0", "1"));
  EXPECT_EQ(value("new.one"), "spaced");
}

TEST_F(Conf, AFinalValueIsNotSetAgain) {
  ASSERT_EQ(make(kText, {"stats.interval=30"}), "");
  EXPECT_EQ(SCConfSet("stats.interval", "99"), 0);
  EXPECT_EQ(value("stats.interval"), "30");
  EXPECT_EQ(SCConfSetFinal("stats.interval", "99"), 1);
  EXPECT_EQ(value("stats.interval"), "99");
  EXPECT_EQ(SCConfSet("stats.enabled", "no"), 1);
  EXPECT_EQ(value("stats.enabled"), "no");
  EXPECT_EQ(SCConfSetFromString("without a value", 0), 0);
}

TEST_F(Conf, SettingCreatesTheParents) {
  ASSERT_EQ(make("a: 1\n"), "");
  EXPECT_EQ(SCConfSet("x.y.z", "deep"), 1);
  EXPECT_EQ(value("x.y.z"), "deep");
  EXPECT_EQ(value("x.y"), "NULL");
  EXPECT_EQ(SCConfGetNode("x.y.z")->parent, SCConfGetNode("x.y"));
}

TEST_F(Conf, RemovingTakesANodeAndItsChildren) {
  ASSERT_EQ(make(kText), "");
  EXPECT_EQ(SCConfRemove("stats"), 1);
  EXPECT_EQ(value("stats.interval"), "not found");
  EXPECT_EQ(SCConfRemove("stats"), 0);
  EXPECT_EQ(SCConfRemove("outputs.0"), 1);
  EXPECT_THAT(children("outputs"), ElementsAre("1"));
}

TEST_F(Conf, PruningKeepsWhatIsFinal) {
  ASSERT_EQ(make(kText, {"stats.interval=30"}), "");
  SCConfNodePrune(SCConfGetNode("stats"));
  EXPECT_THAT(children("stats"), ElementsAre("interval"));
}

TEST_F(Conf, ChildValuesFallBackToAnotherNode) {
  ASSERT_EQ(make(kText), "");
  SCConfNode* root = nullptr;
  SCConfNode* otherwise = nullptr;
  ASSERT_EQ(SCConfSetRootAndDefaultNodes("af-packet", "eth0", &root, &otherwise), 0);
  intmax_t threads = 0;
  EXPECT_EQ(SCConfGetChildValueIntWithDefault(root, otherwise, "threads", &threads), 1);
  EXPECT_EQ(threads, 2);
  ASSERT_EQ(SCConfSetRootAndDefaultNodes("af-packet", "eth9", &root, &otherwise), 0);
  EXPECT_EQ(otherwise, nullptr) << "the default is the interface's";
  EXPECT_EQ(SCConfGetChildValueIntWithDefault(root, otherwise, "threads", &threads), 1);
  EXPECT_EQ(threads, 4);
  const char* text = nullptr;
  EXPECT_EQ(SCConfGetChildValueWithDefault(root, otherwise, "missing", &text), 0);
  EXPECT_EQ(SCConfSetRootAndDefaultNodes("stats", "eth0", &root, &otherwise), -ENODEV);
}

TEST_F(Conf, AnItemIsFoundByAKeyAndItsValue) {
  ASSERT_EQ(make(kText), "");
  const SCConfNode* const item =
      SCConfNodeLookupKeyValue(SCConfGetNode("af-packet"), "interface", "default");
  ASSERT_NE(item, nullptr);
  EXPECT_STREQ(SCConfNodeLookupChildValue(item, "threads"), "4");
  EXPECT_EQ(SCConfNodeLookupKeyValue(SCConfGetNode("af-packet"), "interface", "eth7"), nullptr);
}

TEST_F(Conf, ADumpNamesEveryNodeWithItsValue) {
  ASSERT_EQ(make("a:\n  b: 1\nc:\n  - x\n"), "");
  testing::internal::CaptureStdout();
  SCConfDump();
  std::fflush(stdout);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "a = (null)\na.b = 1\nc = (null)\nc.0 = x\n");
}

TEST_F(Conf, ANameOfThousandTwentyFourBytesIsRefused) {
  ASSERT_EQ(make("a: 1\n"), "");
  EXPECT_EQ(SCConfGetNode(std::string(1024, 'a').c_str()), nullptr);
  EXPECT_EQ(SCConfSet(std::string(1024, 'a').c_str(), "1"), 0);
  EXPECT_EQ(SCConfSet(std::string(1023, 'a').c_str(), "1"), 1);
}

TEST_F(Conf, AMistakeInTheFileIsReportedWithItsLine) {
  EXPECT_THAT(make("a: 1\nb: [\n"), testing::ContainsRegex(":[0-9]+: not YAML"));
  EXPECT_THAT(make("a: 1\n", {"=1"}), HasSubstr("expected a key before the ="));
  EXPECT_THAT(make("a: 1\n", {"key"}), HasSubstr("expected key=value"));
}

TEST_F(Conf, TheNextEngineHasItsOwnTree) {
  ASSERT_EQ(make("a: 1\n"), "");
  ASSERT_EQ(make("b: 1\n"), "");
  EXPECT_EQ(value("a"), "not found");
}

}  // namespace
