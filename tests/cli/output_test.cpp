// Goal: each report is written to the requested file in the requested format; suppressions can be
// read from files. Method: the command, and the files that it writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Reports : public ::testing::Test {
 protected:
  // A run of the plugin with one mistake.
  Ran run(const Arguments& more) {
    Arguments arguments = {"run", SURISIM_TEST_PLUGIN_DIR "/late_slot.so", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return surisim(arguments);
  }
  // "text", "json", "junit", "sarif" or "nothing".
  std::string kind(const std::string& text) const {
    if (text.empty()) return "nothing";
    if (text.starts_with("<?xml")) return "junit";
    if (!text.starts_with("{")) return "text";
    return json::parse(text).contains("runs") ? "sarif" : "json";
  }
  std::string kind_of(const std::string& name) const { return kind(read_file(dir_.file(name))); }
  TempDir dir_;
};

TEST_F(Reports, EachFormatCanGoToStdout) {
  for (const char* format : {"text", "json", "junit", "sarif"}) {
    const Ran ran = run({"--format", format});
    EXPECT_EQ(ran.status, 1) << ran.err;
    EXPECT_EQ(kind(ran.out), format);
  }
}

TEST_F(Reports, AFormatAppliesToAFileInEitherOrder) {
  EXPECT_EQ(kind(run({"--format", "json", "--output", dir_.file("a")}).out), "nothing");
  EXPECT_EQ(kind(run({"--output", dir_.file("b"), "--format", "json"}).out), "nothing");
  EXPECT_EQ(kind_of("a"), "json");
  EXPECT_EQ(kind_of("b"), "json");
}

TEST_F(Reports, AFormatAppliesToOneFileAndMustNotContradictItsName) {
  EXPECT_THAT(run({"--output", dir_.file("a.json"), "--format", "junit"}).err,
              AllOf(HasSubstr("surisim: --format: junit comes after --output "),
                    HasSubstr("a.json, whose name says json; expected it before that")));
  EXPECT_EQ(kind_of("a.json"), "nothing");
  EXPECT_EQ(run({"--output", dir_.file("b.json"), "--format", "json"}).out, "");
  EXPECT_EQ(kind_of("b.json"), "json");
  const Ran twice = run({"--format", "json", "--format", "junit"});
  EXPECT_EQ(twice.status, 2);
  EXPECT_THAT(twice.err, HasSubstr("--format: json is followed by --format junit; expected its "
                                   "--output between them"));
}

TEST_F(Reports, WithoutAFormatTheFilesNameDecides) {
  for (const auto& [name, format] : {std::pair{"r.json", "json"},
                                     {"r.xml", "junit"},
                                     {"r.sarif", "sarif"},
                                     {"r.txt", "text"},
                                     {"r", "text"},
                                     {"json", "text"}}) {
    EXPECT_EQ(kind(run({"--output", dir_.file(name)}).out), "nothing");
    EXPECT_EQ(kind_of(name), format) << name;
  }
}

TEST_F(Reports, SeveralReportsCanBeWritten) {
  const Ran ran =
      run({"--format", "sarif", "--output", dir_.file("a"), "--format", "junit", "--output",
           dir_.file("b"), "--output", dir_.file("c.json"), "--format", "text"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(kind(ran.out), "text");
  EXPECT_EQ(kind_of("a"), "sarif");
  EXPECT_EQ(kind_of("b"), "junit");
  EXPECT_EQ(kind_of("c.json"), "json");
}

TEST_F(Reports, ADashIsStdout) {
  const Ran ran = run({"--output", dir_.file("a.xml"), "--output", "-"});
  EXPECT_EQ(kind(ran.out), "text");
  EXPECT_EQ(kind_of("a.xml"), "junit");
}

TEST_F(Reports, TheSameFileTwiceIsRefused) {
  const Ran ran = run({"--output", dir_.file("a"), "--output", dir_.file("a")});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("--output: expected a different file for each report"));
  EXPECT_THAT(run({"--output", "-", "--format", "json", "--output", "-"}).err,
              HasSubstr("got stdout twice"));
}

TEST_F(Reports, AFileThatCannotBeWrittenPreventsTheRun) {
  const Ran ran = run({"--output", dir_.file("a.json"), "--output", "/nowhere/b.xml"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("/nowhere/b.xml: cannot be written"));
  EXPECT_EQ(kind_of("a.json"), "nothing");
}

TEST_F(Reports, AFailureDoesNotAffectTheOtherReports) {
  const Ran ran = run({"--output", "/dev/full", "--output", dir_.file("b.json")});
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.err, HasSubstr("/dev/full"));
  EXPECT_EQ(kind_of("b.json"), "json");
}

TEST_F(Reports, InspectHasTheSameFormats) {
  for (const char* format : {"junit", "sarif"}) {
    const Ran ran = surisim({"inspect", plugin("wrong_version"), "--format", format});
    EXPECT_EQ(ran.status, 1) << ran.err;
    EXPECT_EQ(kind(ran.out), format);
    EXPECT_THAT(ran.out, HasSubstr("load-version-mismatch"));
  }
}

TEST_F(Reports, EveryFormatHasTheCommandThatReproducesIt) {
  for (const char* format : {"text", "json", "junit", "sarif"})
    EXPECT_THAT(run({"--format", format}).out, HasSubstr("--seed 1")) << format;
}

class Suppressions : public Reports {
 protected:
  Ran with(const std::string& content) {
    return run({"--suppressions", dir_.write("known.txt", content)});
  }
  void expect_refused(const std::string& content, const std::string& message) {
    const Ran ran = with(content);
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, StartsWith("surisim: " + dir_.file("known.txt") + message));
    EXPECT_EQ(ran.out, "");
  }
};

TEST_F(Suppressions, CanComeFromAFile) {
  const Ran ran = with("# known\n\n  register-after-finalize \t issue 12 # not a comment\r\n");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("suppressed  register-after-finalize, 1 violation: issue 12 "
                                       "# not a comment  (" +
                                       dir_.file("known.txt") + ":3)"),
                             HasSubstr("verdict: pass")));
}

TEST_F(Suppressions, CanBeLimitedToAPlace) {
  EXPECT_EQ(with("register-after-finalize:late_slot  mine\n").status, 0);
  EXPECT_EQ(with("register-after-finalize:late_slot.so!OnThreadInit+*  mine\n").status, 0);
  EXPECT_EQ(with("register-after-finalize:other*  theirs\n").status, 1);
  EXPECT_EQ(run({"--suppress", "register-after-finalize:late*=mine"}).status, 0);
}

TEST_F(Suppressions, ThatAreNotNeededAreListed) {
  const Ran ran = run({"--format", "json", "--suppressions",
                       dir_.write("known.txt", "value-leaked:x.so  gone by now\n")});
  EXPECT_EQ(ran.status, 1);
  const json entry = json::parse(ran.out)["suppressed"][0];
  EXPECT_EQ(entry["count"], 0);
  EXPECT_EQ(entry["place"], "x.so");
  EXPECT_EQ(entry["from"], dir_.file("known.txt") + ":1");
}

TEST_F(Suppressions, ErrorsNameFileAndLine) {
  expect_refused("\nvalue-leeked  x\n",
                 ":2: expected the id of a rule, got \"value-leeked\"; did you mean value-leaked?");
  expect_refused("value-leaked\n", ":1: expected a reason");
  expect_refused("value-leaked:\tx\n", ":1: expected a place after value-leaked:");
  expect_refused(std::string("\x7f\x45\x4c\x46\0\0\xff", 7), ":1: expected the id of a rule");
}

TEST_F(Suppressions, NeedAFileThatCanBeRead) {
  const Ran ran = run({"--suppressions", dir_.file("nobody.txt")});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("nobody.txt: cannot be opened: No such file"));
  EXPECT_THAT(run({"--suppressions", dir_.path()}).err,
              HasSubstr(": a directory; expected a file"));
  EXPECT_THAT(run({"--suppressions", ""}).err, HasSubstr("--suppressions: expected a file name"));
}

}  // namespace
}  // namespace surisim::test
