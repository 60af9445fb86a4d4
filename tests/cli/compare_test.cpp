// surisim compare, and record --from-probe. Goal: surisim does what real Suricatas did (L1 to L36,
// E12, E35, E41); each planted difference is found, and no other. Method: the built command, the
// probe's recordings from real Suricatas, and recordings made here.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using testing::HasSubstr;
using Json = nlohmann::ordered_json;

const std::string kRecordings = std::string(SURISIM_TEST_SOURCE_DIR) + "/tests/cli/recordings/";

std::string probe(const std::string& version) {
  return std::string(SURISIM_PROBE_DIR) + "/surisim-probe-" + version + ".so";
}

class RealSuricata : public testing::TestWithParam<const char*> {};

TEST_P(RealSuricata, DoesWhatSurisimDoes) {
  const Ran ran = surisim({"compare", kRecordings + GetParam() + ".jsonl"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(last_line(ran.out), "equal");
}

INSTANTIATE_TEST_SUITE_P(
    Recorded, RealSuricata,
    testing::Values("single", "autofp", "afp-workers", "afp-us", "afp-two", "pcap-autofp", "daemon",
                    "conftest", "engan", "reload", "initfail", "no-capture", "loaders", "timeout",
                    "reuse", "us-single", "us-interrupt", "us-none", "bucket", "bypass", "logger",
                    "tcpnodata", "backstop", "8.0/single", "8.0/autofp", "8.0/afp-workers",
                    "8.0/afp-us", "8.0/afp-two", "8.0/pcap-autofp", "8.0/daemon", "8.0/conftest",
                    "8.0/reload", "8.0/initfail", "8.0/no-capture", "8.0/loaders", "8.0/heartbeat",
                    "8.0/us-single", "8.0/us-interrupt", "8.0/us-none"),
    [](const auto& test) {
      std::string name = test.param;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
      return name;
    });

// The lines of a recording, which a test can change.
class Lines {
 public:
  explicit Lines(const std::string& scenario) {
    std::istringstream in(read_file(kRecordings + scenario + ".jsonl"));
    for (std::string line; std::getline(in, line);) lines_.push_back(Json::parse(line));
  }
  // The n-th line, from 0, that has all of these: {"ev", "plugin.flow_init"}.
  std::size_t find(const Json& wanted, std::size_t n = 0) const {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const bool same =
          std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& w) {
            if (w.key() == "tv")
              return lines_[i].contains("tv") && lines_[i]["tv"]["name"] == w.value();
            return lines_[i].contains(w.key()) && lines_[i][w.key()] == w.value();
          });
      if (same && n-- == 0) return i;
    }
    throw std::runtime_error("no line has " + wanted.dump());
  }
  Json& at(std::size_t i) { return lines_.at(i); }
  void erase(std::size_t i) { lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(i)); }
  void move(std::size_t from, std::size_t to) {
    const Json line = lines_.at(from);
    erase(from);
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(to), line);
  }
  void copy(std::size_t from, std::size_t to) {
    const Json line = lines_.at(from);
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(to), line);
  }
  void erase_all(const std::function<bool(const Json&)>& which) { std::erase_if(lines_, which); }
  std::string text() const {
    std::string out;
    int seq = 0;
    for (Json line : lines_) {
      line["seq"] = ++seq;
      out += line.dump() + "\n";
    }
    return out;
  }

 private:
  std::vector<Json> lines_;
};

struct Planted {
  const char* name;
  void (*plant)(Lines& lines);
  const char* shown;  // in the differences
};

void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.name; }

class PlantedDifference : public testing::TestWithParam<Planted> {};

TEST_P(PlantedDifference, IsFound) {
  Lines lines("autofp");
  GetParam().plant(lines);
  const TempDir dir;
  const Ran ran = surisim({"compare", dir.write("planted.jsonl", lines.text())});
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  const std::size_t differences = ran.out.find("\ndifferent: ");
  ASSERT_NE(differences, std::string::npos) << ran.out << ran.err;
  EXPECT_THAT(ran.out.substr(differences), HasSubstr(GetParam().shown));
  EXPECT_THAT(ran.out, HasSubstr("a finding about surisim"));
}

const std::vector<Planted> kPlanted = {
    {"TwoThreadsInAnotherOrder",
     [](Lines& l) {
       for (int i = 0; i < 4; ++i)
         l.move(l.find({{"ev", "plugin.thread_init_cb"}, {"tv", "FR#01"}}) +
                    static_cast<std::size_t>(i),
                l.find({{"ev", "plugin.thread_init_cb"}, {"tv", "FM#01"}}));
     },
     "create FR#01"},
    {"TwoCallbacksInAnotherOrder",
     [](Lines& l) {
       const auto first = l.find({{"ev", "plugin.thread_init_cb"}, {"tv", "W#01"}});
       l.move(first + 2, first);
     },
     "thread init callback"},
    {"FinishIsMissing",
     [](Lines& l) {
       l.erase(l.find({{"ev", "plugin.flow_finish"}}));
     },
     "Free \"surisim_probe\": without finish, on a recycler"},
    {"ThreadsValueIsFreedOnAnotherThread",
     [](Lines& l) {
       l.at(l.find({{"ev", "plugin.thread_storage.Free"}, {"value_of", "W#01"}}))["os"] = "W#01";
     },
     "free packet threads, on W#01"},
    {"FlowsValueIsFreedOnAnotherThread",
     [](Lines& l) {
       l.at(l.find({{"ev", "plugin.flow_storage.Free"}, {"os", "FR#01"}}))["os"] = "FM#01";
     },
     "on a flow manager"},
    {"ExtraThreadInit",
     [](Lines& l) {
       const auto first = l.find({{"ev", "plugin.thread_init_cb"}, {"tv", "W#01"}});
       l.copy(first, first);
     },
     "create packet threads, on main: W#01"},
    {"OtherSlotId",
     [](Lines& l) {
       l.at(l.find({{"name", "surisim_probe"}}))["ret"] = 2;
     },
     "flow slot \"surisim_probe\": id 1; recorded: id 2"},
    {"OtherThreadName",
     [](Lines& l) {
       for (std::size_t i = l.find({{"tv", "CS"}}), n = 0; n < 4; ++n, ++i)
         l.at(i)["tv"]["name"] = "CX";
     },
     "create CX"},
    {"InitCallbackBeforeItsRegistration",
     [](Lines& l) {
       l.move(l.find({{"ev", "SCThreadRegisterInitCallback"}}, 1),
              l.find({{"ev", "plugin.thread_init_cb"}}) + 1);
     },
     "load plugins: Init, on main"},
    {"UpdateAfterFinish",
     [](Lines& l) {
       const auto finish = l.find({{"ev", "plugin.flow_finish"}});
       l.copy(l.find({{"ev", "plugin.flow_update"}, {"flow_number", l.at(finish)["flow_number"]}}),
              finish + 1);
     },
     "finish, updates"},
    {"ThreadIsMissing",
     [](Lines& l) {
       l.erase_all([](const Json& line) {
         return line.value("value_of", "") == "HB" ||
                (line.contains("tv") && line["tv"]["name"] == "HB");
       });
     },
     "+ create HB"},
    {"ThreadsFreeIsMissing",
     [](Lines& l) {
       l.erase(l.find({{"ev", "plugin.thread_storage.Free"}, {"value_of", "W#02"}}));
     },
     "free packet threads, on main: W#02"},
    {"FlowsFreeIsMissing",
     [](Lines& l) {
       l.erase(l.find({{"ev", "plugin.flow_storage.Free"}}));
     },
     "a flow that is never freed"},
    {"FlowBeforeAllThreadsAreCreated",
     [](Lines& l) {
       l.move(l.find({{"ev", "plugin.flow_init"}}),
              l.find({{"ev", "plugin.thread_init_cb"}, {"tv", "HB"}}));
     },
     "flow init: while threads are still created"},
    {"FlowAfterThreadsAreFreed",
     [](Lines& l) {
       l.move(l.find({{"ev", "plugin.flow_finish"}}),
              l.find({{"ev", "plugin.thread_storage.Free"}}, 3));
     },
     "flow finish: after threads' storage was freed"},
    {"CallbackOnAnotherThreadThanItsThreadVars",
     [](Lines& l) {
       const auto init = l.find({{"ev", "plugin.flow_init"}});
       l.at(init)["tv"]["name"] = "FM#01";
     },
     "the ThreadVars of another thread"},
};
INSTANTIATE_TEST_SUITE_P(Autofp, PlantedDifference, testing::ValuesIn(kPlanted),
                         [](const auto& test) { return test.param.name; });

// Recordings made by surisim, with other seeds, threads and modes, have no differences.
struct Run {
  const char* name;
  const char* version;
  Arguments options;
};
void PrintTo(const Run& run, std::ostream* out) { *out << run.name; }

class RecordedHere : public testing::TestWithParam<Run> {
 protected:
  Ran record(const std::string& file, const Arguments& more = {}) const {
    Arguments all = {"run", probe(GetParam().version), "--quiet"};
    all.insert(all.end(), GetParam().options.begin(), GetParam().options.end());
    all.insert(all.end(), more.begin(), more.end());
    return Subprocess(all, Subprocess::Stdout::pipe, {"SURISIM_PROBE_OUTPUT=" + file}).finish();
  }
};

TEST_P(RecordedHere, IsEqual) {
  const TempDir dir;
  const std::string file = dir.file("probe.jsonl");
  for (const char* seed : {"2", "77"}) {
    const Ran ran = record(file, {"--seed", seed});
    ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
    const Ran compared = surisim({"compare", file});
    EXPECT_EQ(compared.status, 0) << compared.out << compared.err;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Modes, RecordedHere,
    testing::Values(
        Run{"Workers", "9.0", {"--threads", "3", "--flows", "60"}},
        Run{"Workers80", "8.0", {"--threads", "2", "--flows", "60", "--no-stats"}},
        Run{"Single", "9.0", {"--mode", "single", "--flows", "300"}},
        Run{"Autofp", "9.0", {"--mode", "autofp", "--threads", "5", "--flow-managers", "2"}},
        Run{"AutofpLive",
            "9.0",
            {"--mode", "autofp", "--capture", "pcap", "--receive-threads", "2"}},
        Run{"Autofp80", "8.0", {"--mode", "autofp", "--flow-recyclers", "3"}},
        Run{"Devices", "9.0", {"--device", "eth0=2", "--device", "eth1=1", "--flows", "500"}},
        Run{"Loaders", "9.0", {"--detect-loaders", "2", "--bypass-manager"}},
        Run{"UnixSocket", "9.0", {"--engine", "unix-socket", "--mode", "single", "--repeat", "3"}},
        Run{"UnixSocketAutofp80",
            "8.0",
            {"--engine", "unix-socket", "--mode", "autofp", "--threads", "2"}},
        Run{"ConfigTest", "9.0", {"--engine", "config-test"}},
        Run{"SocketOffline", "9.0", {"--mode", "autofp", "--set", "unix-command.enabled=yes"}},
        Run{"NoFlows", "9.0", {"--flows", "0"}},
        Run{"Heartbeat80", "8.0", {"--set", "heartbeat.output-flush-interval=5"}}),
    [](const auto& test) { return test.param.name; });

// A recording does not show which thread's init failed (L14).
TEST(EngineThatRefusesToStart, IsEqual) {
  const TempDir dir;
  const std::string file = dir.file("probe.jsonl");
  Subprocess({"run", probe("9.0"), "--threads", "3", "--fail", "init:W#02"},
             Subprocess::Stdout::pipe, {"SURISIM_PROBE_OUTPUT=" + file})
      .finish();
  const Ran compared = surisim({"compare", file});
  EXPECT_EQ(compared.status, 0) << compared.out << compared.err;
  EXPECT_THAT(compared.out, HasSubstr("--fail init:W#01-eth0"));
}

class Compare : public testing::Test {
 protected:
  // Exit status 2 and one line.
  static void expect_refused(const Ran& ran, const std::string& message) {
    EXPECT_EQ(ran.status, 2) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr(message));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
  void expect_text_refused(const std::string& text, const std::string& message) const {
    expect_refused(surisim({"compare", dir_.write("bad.jsonl", text)}), message);
  }

  const TempDir dir_;
};

TEST_F(Compare, RefusesFilesThatAreNotRecordings) {
  const std::string good = Lines("conftest").text();
  expect_text_refused("", "the recording is empty");
  expect_text_refused(good.substr(0, good.size() - 5), "line 8: it is cut");
  expect_text_refused("hello\n", "line 1: expected a JSON object, got \"hello\"");
  expect_text_refused("[1]\n", "line 1: expected a JSON object");
  expect_text_refused("{}\n", "line 1: it has no \"ev\"");
  expect_text_refused("{\"ev\":\"dlopen\"}\n", "the probe writes no event \"dlopen\"");
  expect_text_refused("{\"ev\":\"a\\nb\"}\n", "the probe writes no event \"a\\x0ab\"");
  expect_text_refused(std::string(100'000, '['), "line 1: it is cut");
  expect_text_refused(std::string(100'000, '[') + "\n", "line 1: it is longer than any line");
  expect_text_refused(good.substr(good.find('\n') + 1), "no plugin.Init.enter");
  Lines unended("conftest");
  unended.erase(unended.find({{"ev", "plugin.destructor"}}));
  expect_text_refused(unended.text(), "its end is missing");
  Lines other("conftest");
  other.at(0)["suricata"] = "7.0";
  expect_text_refused(other.text(), "line 1: \"suricata\": expected 8.0 or 9.0, got \"7.0\"");
  Lines wrong("conftest");
  wrong.at(1)["ret"] = -9'000'000'000;
  expect_text_refused(wrong.text(), "line 2: \"ret\": expected a whole number from -1");
  expect_text_refused(good + good, "two events with \"seq\" 1");
}

TEST_F(Compare, RefusesFilesThatCannotBeRead) {
  expect_refused(surisim({"compare", "/dev/zero"}), "more than 67108864 bytes");
  expect_refused(surisim({"compare", dir_.file("none")}), "cannot be opened");
  expect_refused(surisim({"compare", dir_.path()}), "a directory");
  expect_refused(
      surisim({"compare", kRecordings + "single.jsonl", "--probe", dir_.file("none.so")}),
      "none.so");
}

TEST_F(Compare, RefusesMoreThreadsThanCanBeRun) {
  Lines many("conftest");
  std::string text = many.text();
  text.erase(text.rfind("{\"seq\":8"));
  for (int i = 0; i < 20'000; ++i)
    text +=
        "{\"seq\":" + std::to_string(i + 8) +
        ",\"os\":\"main\",\"ev\":\"plugin.thread_init_cb\",\"position\":1,\"tv\":{\"name\":\"W#" +
        std::to_string(i) + "-lo\"}}\n";
  text += "{\"seq\":90000,\"os\":\"main\",\"ev\":\"plugin.destructor\"}\n";
  expect_text_refused(text, "no scenario that can be run here");
}

TEST_F(Compare, KnowsPluginsThatWereLoadedBeforeTheProbe) {
  const std::string other = std::string(SURISIM_SAMPLE_PLUGIN_DIR) + "/flow_counter_c.so";
  const std::string file = dir_.file("probe.jsonl");
  const Ran run = Subprocess({"run", other, probe("9.0"), "--quiet"}, Subprocess::Stdout::pipe,
                             {"SURISIM_PROBE_OUTPUT=" + file})
                      .finish();
  ASSERT_EQ(run.status, 0) << run.out;
  EXPECT_EQ(surisim({"compare", file, other}).status, 0);
  EXPECT_EQ(surisim({"compare", file}).status, 1);
}

TEST_F(Compare, HasAJsonReportWhoseKeysAreDocumented) {
  const std::string page = read_file(SURISIM_TEST_SOURCE_DIR "/docs/json.md");
  const std::size_t begin = page.find("## `surisim compare`");
  ASSERT_NE(begin, std::string::npos);
  const std::string part = page.substr(begin, page.find("\n## ", begin) - begin);
  const auto documented = [&](const Json& object) {
    for (const auto& [key, value] : object.items())
      EXPECT_THAT(part, HasSubstr("`" + key + "`")) << key;
  };
  Lines lines("autofp");
  lines.erase(lines.find({{"ev", "plugin.flow_storage.Free"}}));
  const std::string planted = dir_.write("planted.jsonl", lines.text());
  const std::string file = dir_.file("report.json");
  const Ran ran = surisim({"compare", planted, "--output", file});
  EXPECT_EQ(ran.status, 1) << ran.err;
  const Json report = Json::parse(read_file(file));
  documented(report);
  EXPECT_EQ(report["recording"], planted);
  EXPECT_EQ(report["suricata"], "9.0");
  EXPECT_EQ(report["equal"], false);
  ASSERT_EQ(report["differences"].size(), 1U);
  documented(report["differences"][0]);
  EXPECT_EQ(report["differences"][0]["where"], "flows");
  EXPECT_THAT(report["differences"][0]["lines"].dump(), HasSubstr("- a flow that is never freed"));
  ASSERT_FALSE(report["there"].empty());
  documented(report["there"][0]);
  EXPECT_EQ(report["there"][0], report["here"][0]);

  const Ran equal = surisim({"compare", kRecordings + "autofp.jsonl", "--format", "json"});
  EXPECT_EQ(equal.status, 0) << equal.err;
  EXPECT_EQ(Json::parse(equal.out)["equal"], true);
  EXPECT_TRUE(Json::parse(equal.out)["differences"].empty());
}

TEST_F(Compare, RecordsAGoldenFileThatVerifyPasses) {
  const std::string golden = dir_.file("real.golden");
  for (const char* scenario : {"autofp", "us-single", "us-interrupt", "initfail"}) {
    const Ran recorded =
        surisim({"record", "--from-probe", kRecordings + scenario + ".jsonl", "-o", golden});
    EXPECT_EQ(recorded.status, 0) << recorded.out << recorded.err;
    EXPECT_THAT(recorded.err, HasSubstr("wrote " + golden));
    const Ran verified = surisim({"verify", probe("9.0"), "--golden", golden});
    EXPECT_EQ(verified.status, 0) << scenario << verified.out << verified.err;
  }
}

TEST_F(Compare, RecordsNoGoldenFileOfAnotherLifecycle) {
  Lines lines("autofp");
  lines.erase(lines.find({{"ev", "plugin.flow_storage.Free"}}));
  const std::string golden = dir_.file("real.golden");
  const Ran ran =
      surisim({"record", "--from-probe", dir_.write("planted.jsonl", lines.text()), "-o", golden});
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_FALSE(std::filesystem::exists(golden));
}

TEST_F(Compare, FromProbeTakesNoOptionsOfARun) {
  expect_refused(surisim({"record", "--from-probe", kRecordings + "single.jsonl", "-o",
                          dir_.file("x"), "--threads", "2"}),
                 "--threads: the recording says what to run");
}

TEST_F(Compare, AProbeThatCannotWriteSaysSoAndRuns) {
  const Ran nowhere = Subprocess({"run", probe("9.0")}, Subprocess::Stdout::pipe,
                                 {"SURISIM_PROBE_OUTPUT=" + dir_.file("no/such/directory")})
                          .finish();
  EXPECT_EQ(nowhere.status, 0) << nowhere.out;
  EXPECT_THAT(nowhere.out + nowhere.err,
              HasSubstr("surisim-probe: nothing is recorded: cannot open"));
  const Ran unset = surisim({"run", probe("8.0")});
  EXPECT_EQ(unset.status, 0) << unset.out;
  EXPECT_THAT(unset.out + unset.err, HasSubstr("expected a file in SURISIM_PROBE_OUTPUT"));
  const Ran full = Subprocess({"run", probe("9.0")}, Subprocess::Stdout::pipe,
                              {"SURISIM_PROBE_OUTPUT=/dev/full"})
                       .finish();
  EXPECT_EQ(full.status, 0) << full.out;
  EXPECT_THAT(full.out + full.err, HasSubstr("the recording stops: No space left on device"));
}

TEST_F(Compare, TheProbeIsSetUpByTheConfigurationToo) {
  const std::string file = dir_.file("probe.jsonl");
  const Ran ran = surisim({"run", probe("9.0"), "--set", "surisim-probe.output=" + file, "--set",
                           "surisim-probe.flows=7", "--flows", "50"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  const std::string text = read_file(file);
  EXPECT_THAT(text, HasSubstr("\"flow_number\":7"));
  EXPECT_THAT(last_line(text), HasSubstr("\"left_out\":43"));
  const Ran compared = surisim({"compare", file});
  EXPECT_EQ(compared.status, 0) << compared.out << compared.err;
  EXPECT_THAT(compared.out, HasSubstr("43 more flows were not recorded there"));
}

}  // namespace
}  // namespace surisim::test
