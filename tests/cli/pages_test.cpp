// Goal: manual pages and completion name every option and subcommand that --help names, and shells
// and man(1) understand them. Method: walk the help texts of all subcommands; ask bash and fish.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <regex>
#include <sstream>

#include "subprocess.hpp"
#include "surisim/lifecycle.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::MatchesRegex;
using ::testing::Not;

using Words = std::vector<std::string>;

// The --help of a command.
struct Helped {
  Words words;  // {"scenario", "from"}
  Words commands;
  Words options;
};

std::string joined(const Words& words) {
  std::string out;
  for (const std::string& word : words) out += " " + word;
  return out;
}

Helped help_of(const Words& words) {
  Helped helped{words, {}, {}};
  Arguments arguments = words;
  arguments.emplace_back("--help");
  std::istringstream in(surisim(arguments).out);
  std::string heading;
  static const std::regex kOption("-{1,2}[a-z][a-z0-9-]*");
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != ' ') heading = line;
    if (heading.starts_with("Examples") || !line.starts_with("  ")) continue;
    const std::string first = line.substr(2, line.find("  ", 2) - 2);
    if (heading == "Subcommands:") helped.commands.push_back(first);
    if (!first.starts_with('-')) continue;
    for (std::sregex_iterator it(first.begin(), first.end(), kOption), end; it != end; ++it)
      if (it->position() == 0 || first[static_cast<std::size_t>(it->position()) - 1] == ',')
        helped.options.push_back(it->str());
  }
  return helped;
}

void add_help(const Words& words, std::vector<Helped>& all) {
  const Helped helped = help_of(words);
  all.push_back(helped);
  for (const std::string& name : helped.commands) {
    Words longer = words;
    longer.push_back(name);
    add_help(longer, all);
  }
}

const std::vector<Helped>& all_help() {
  static const std::vector<Helped> all = [] {
    std::vector<Helped> found;
    add_help({}, found);
    return found;
  }();
  return all;
}

TEST(Help, IsWalkedWhole) {
  std::vector<std::string> commands;
  for (const Helped& helped : all_help()) commands.push_back(joined(helped.words));
  EXPECT_THAT(commands, IsSupersetOf({"", " run", " explore", " scenario", " scenario from",
                                      " completion", " man"}));
  EXPECT_THAT(help_of({"explore"}).options,
              IsSupersetOf({"-h", "--help", "--threads", "-j", "--jobs", "--stop-on", "-q"}));
}

struct FromShell {
  int status = -1;
  std::string out;
  Words lines;
};

FromShell shell(const std::string& command) {
  FromShell ran;
  std::FILE* const pipe = ::popen(("{ " + command + "\n} 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) return ran;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    ran.out.append(buffer, n);
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  std::istringstream in(ran.out);
  for (std::string line; std::getline(in, line);) ran.lines.push_back(line);
  return ran;
}

// Prints which shell is missing, so that a skipped test is noticed.
bool has_program(const std::string& name) {
  const bool has = shell("command -v " + name).status == 0;
  if (!has) std::cout << "NOT TESTED: there is no " << name << " here\n";
  return has;
}

// Manual pages ------------------------------------------------------------------------------------

// The source of a page, nearly as a reader sees it.
std::string read_page(const Words& words) {
  Arguments arguments = {"man"};
  if (!words.empty()) arguments.push_back(words.front());
  const Ran ran = surisim(arguments);
  EXPECT_EQ(ran.status, 0) << ran.err;
  std::string page = ran.out;
  for (const char* escape : {"\\fB", "\\fI", "\\fR"})
    for (std::size_t at = 0; (at = page.find(escape)) != page.npos;) page.erase(at, 3);
  for (std::size_t at = 0; (at = page.find("\\-")) != page.npos;) page.erase(at, 1);
  return page;
}

TEST(ManualPages, NameEveryOptionAndSubcommandThatHelpNames) {
  for (const Helped& helped : all_help()) {
    const std::string page = read_page(helped.words);
    EXPECT_THAT(page, HasSubstr("\nsurisim" + joined(helped.words) + " [OPTION]"));
    for (const std::string& option : helped.options)
      EXPECT_TRUE(std::regex_search(page, std::regex("(\n|, )" + option + "( |,|\n)")))
          << joined(helped.words) << " " << option;
    for (const std::string& command : helped.commands)
      EXPECT_THAT(page, HasSubstr("\n.TP\n" + command + "\n")) << joined(helped.words);
  }
}

TEST(ManualPages, HaveExamplesExitStatusAndTheOtherPages) {
  const std::string page = read_page({});
  EXPECT_THAT(page, HasSubstr(".TH SURISIM 1 2"));
  EXPECT_THAT(page, HasSubstr("  surisim rules value-leaked                       what does"));
  EXPECT_THAT(page, HasSubstr(".SH \"EXIT STATUS\"\n0 clean, 1 the plugin did"));
  EXPECT_THAT(page, HasSubstr(".BR surisim-explore (1),"));
  EXPECT_THAT(read_page({"test"}), HasSubstr("0 all passed, 1 a scenario failed")) << "its own";
}

TEST(ManualPages, AreWrittenForAllCommands) {
  const TempDir directory;
  const Ran ran = surisim({"man", "--all", directory.path()});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(read_file(directory.file("surisim-run.1")), surisim({"man", "run"}).out);
  const auto count = std::distance(std::filesystem::directory_iterator(directory.path()), {});
  EXPECT_EQ(static_cast<std::size_t>(count), 1 + all_help().front().commands.size());
}

TEST(ManualPages, AreCorrectSource) {
  const TempDir directory;
  ASSERT_EQ(surisim({"man", "--all", directory.path()}).status, 0);
  const std::string all = directory.path() + "/*.1";
  if (has_program("mandoc")) {
    EXPECT_THAT(shell("mandoc -T lint -W warning " + all).lines, IsEmpty());
  }
  if (has_program("groff")) {
    EXPECT_THAT(shell("for f in " + all + "; do groff -ww -man -Tutf8 -z $f; done").lines,
                IsEmpty());
  }
}

TEST(ManualPages, OfUnknownCommandsAreRefused) {
  const Ran ran = surisim({"man", "rnu"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("man: expected a subcommand, as surisim --help lists them"));
  EXPECT_EQ(surisim({"man", "run", "--all", "."}).status, 2);
  EXPECT_EQ(surisim({"man", "--all", "no/such/directory"}).status, 2);
}

// Completion --------------------------------------------------------------------------------------

const TempDir& scripts() {
  static const TempDir directory;
  static const bool written = [] {
    for (const char* name : {"bash", "zsh", "fish"}) {
      const Ran ran = surisim({"completion", name});
      EXPECT_EQ(ran.status, 0) << ran.err;
      directory.write(name, ran.out);
    }
    return true;
  }();
  EXPECT_TRUE(written);
  return directory;
}

// What bash completes when the last of the words is being written.
Words bash(const Words& words) {
  std::string quoted;
  for (const std::string& word : words) quoted += " '" + word + "'";
  const FromShell ran = shell("cd '" + scripts().path() +
                              "' && bash --norc -c '. ./bash; complete -p surisim; shift; " +
                              "COMP_WORDS=(surisim \"$@\"); COMP_CWORD=$#; _surisim; "
                              "printf \"%s\\n\" \"${COMPREPLY[@]}\"' bash -" +
                              quoted);
  Words lines = ran.lines;
  EXPECT_THAT(lines, Contains("complete -F _surisim surisim")) << ran.out;
  std::erase(lines, "complete -F _surisim surisim");
  std::erase(lines, "");
  return lines;
}

TEST(Completion, InBashHasEveryOptionAndSubcommandThatHelpNames) {
  for (const Helped& helped : all_help()) {
    Words words = helped.words;
    words.emplace_back("-");
    EXPECT_THAT(bash(words), ::testing::UnorderedElementsAreArray(helped.options))
        << joined(helped.words);
    words.back() = "";
    if (!helped.commands.empty()) {
      EXPECT_THAT(bash(words), ::testing::UnorderedElementsAreArray(helped.commands));
    }
  }
}

TEST(Completion, InBashKnowsTheValuesOfOptions) {
  EXPECT_THAT(bash({"run", "--mode", ""}), ElementsAre("workers", "autofp", "single"));
  EXPECT_THAT(bash({"run", "--mode", "a"}), ElementsAre("autofp"));
  EXPECT_THAT(bash({"run", "--mode", "=", "s"}), ElementsAre("single"));
  EXPECT_THAT(bash({"run", "--mode", "="}), ElementsAre("workers", "autofp", "single"));
  EXPECT_THAT(bash({"inspect", "--suricata", ""}), ElementsAre("8.0", "9.0"));
  EXPECT_THAT(bash({"explore", "--stop-on", ""}), ElementsAre("first", "all"));
  EXPECT_THAT(bash({"explore", "--strategy", "p"}), ElementsAre("pos", "pct"));
  EXPECT_THAT(bash({"run", "--color", "al"}), ElementsAre("always"));
  EXPECT_THAT(bash({"rules", "value-le"}), ElementsAre("value-leaked"));
  EXPECT_THAT(bash({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(bash({"run", "--threads", ""}), Not(Contains("bash")));
}

TEST(Completion, InBashHasFilesWhereTheyAreExpected) {
  scripts().write("a plugin.so", "");
  EXPECT_THAT(bash({"run", "a"}), ElementsAre("a plugin.so"));
  EXPECT_THAT(bash({"run", "--config", "fi"}), ElementsAre("fish"));
  EXPECT_THAT(bash({"scenario", "from", "--output", "=", "zs"}), ElementsAre("zsh"));
  EXPECT_THAT(bash({"facts", "fi"}), IsEmpty());
  std::filesystem::remove(scripts().file("a plugin.so"));
}

TEST(Completion, InBashTreatsASecondSubcommandsNameAsAWord) {
  EXPECT_THAT(bash({"rules", "run", "--mo"}), IsEmpty());
}

TEST(Completion, InFishHasEveryOptionThatHelpNames) {
  if (!has_program("fish")) return;
  const std::string script = scripts().file("fish");
  EXPECT_EQ(shell("fish -n " + script).out, "");
  for (const Helped& helped : all_help()) {
    const FromShell ran = shell("HOME='" + scripts().path() + "' fish --no-config -c 'source " +
                                script + "; complete -C \"surisim" + joined(helped.words) +
                                " -\"; complete -C \"surisim" + joined(helped.words) + " --\"'");
    Words offered;
    for (const std::string& line : ran.lines) offered.push_back(line.substr(0, line.find('\t')));
    EXPECT_THAT(offered, IsSupersetOf(helped.options)) << joined(helped.words);
  }
  EXPECT_THAT(shell("HOME='" + scripts().path() + "' fish --no-config -c 'source " + script +
                    "; complete -C \"surisim run --mode \"'")
                  .lines,
              ::testing::UnorderedElementsAre(HasSubstr("workers"), HasSubstr("autofp"),
                                              HasSubstr("single")));
}

TEST(Completion, InZshIsCorrectAndHasEveryOption) {
  for (const Helped& helped : all_help()) {
    std::string name = "_surisim" + joined(helped.words);
    std::replace(name.begin(), name.end(), ' ', '_');
    const std::string script = read_file(scripts().file("zsh"));
    const std::size_t begin = script.find("\n" + name + "() {\n");
    ASSERT_NE(begin, script.npos) << name;
    const std::string body = script.substr(begin, script.find("\n}\n", begin) - begin);
    for (const std::string& option : helped.options)
      EXPECT_TRUE(std::regex_search(body, std::regex("[)*]" + option + "[=+]?\\["))) << option;
    for (const std::string& command : helped.commands)
      EXPECT_THAT(body, HasSubstr("\n    '" + command + ":"));
  }
  if (!has_program("zsh")) return;
  EXPECT_EQ(shell("zsh -n " + scripts().file("zsh")).out, "");
}

TEST(Completion, OfAnotherShellIsRefused) {
  const Ran ran = surisim({"completion", "tcsh"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("completion: expected bash, zsh or fish, got \"tcsh\""));
}

TEST(Version, NamesTheBuildAndItsHosts) {
  const Ran ran = surisim({"--version"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out,
              MatchesRegex("surisim [0-9]+\\.[0-9]+\\.[0-9]+( \\(commit [0-9a-f]+(-dirty)?\\))?, "
                           "for Suricata 8.0 and 9.0\n"));
}

TEST(Version, IsTheSameInEveryPackageAndChangelog) {
  const std::string line = surisim({"--version"}).out;
  const std::string version = line.substr(8, line.find_first_of(" ,", 8) - 8);
  const std::string root = SURISIM_TEST_SOURCE_DIR;
  EXPECT_THAT(read_file(root + "/CHANGELOG.md"), HasSubstr("\n## " + version + "\n"));
  EXPECT_THAT(read_file(root + "/packaging/debian/changelog"),
              ::testing::StartsWith("surisim (" + version + "-"));
  EXPECT_THAT(read_file(root + "/packaging/vcpkg/ports/surisim/vcpkg.json"),
              HasSubstr("\"version-semver\": \"" + version + "\""));
}

// Pictures ----------------------------------------------------------------------------------------

TEST(LifecyclePicture, IsInDocsAndHasEachPhase) {
  const Ran drawn = surisim({"lifecycle", "--format", "svg"});
  EXPECT_EQ(drawn.out, read_file(SURISIM_TEST_SOURCE_DIR "/docs/lifecycle.svg"))
      << "docs/lifecycle.svg is out of date: surisim lifecycle --output docs/lifecycle.svg";
  for (const Step& step : kLifecycle) {
    EXPECT_THAT(drawn.out, HasSubstr(std::string(">") + step.name + "</text>"));
    EXPECT_THAT(drawn.out, HasSubstr(std::string(">") + step.what + " <tspan"));
  }
}

}  // namespace
}  // namespace surisim::test
