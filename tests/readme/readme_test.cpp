// The examples in README.md and in pages of docs/ are correct: surisim commands print the shown
// output; C, C++ and CMake samples occur in files that are built. Method: extract the fenced
// blocks.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <system_error>

#include "markdown.hpp"

namespace {

namespace fs = std::filesystem;
using readme::Block;
using readme::Command;
using testing::ElementsAre;

const fs::path kRoot = SURISIM_TEST_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The current directory of the pages' commands; removed when the test ends.
const std::string& directory() {
  static const struct Directory {
    std::string path = testing::TempDir() + "/readme_test_XXXXXX";
    Directory() {
      if (mkdtemp(path.data()) == nullptr) path.clear();
    }
    ~Directory() {
      std::error_code ignored;
      if (!path.empty()) fs::remove_all(path, ignored);
    }
  } made;
  return made.path;
}

constexpr std::array kPages = {"README.md",
                               "docs/capture-plugins.md",
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they have no schedules
                               "docs/check.md",
                               "docs/cost.md",
#endif
                               "docs/evidence.md",
                               "docs/faults.md",
                               "docs/outputs.md",
                               "docs/picture.md",
                               "docs/project-file.md",
                               "docs/suricata-versions.md"};
constexpr std::array kWithSamples = {
    "README.md",        "docs/check.md",      "docs/evidence.md",          "docs/faults.md",
    "docs/outputs.md",  "docs/unit-tests.md", "docs/suricata-versions.md", "docs/install.md",
    "docs/versions.md", "CHANGELOG.md"};

std::vector<Block> blocks_in(const char* page, const std::string& language) {
  std::vector<Block> found;
  for (Block& block : readme::blocks(read(kRoot / page))) {
    if (block.language == language) found.push_back(std::move(block));
  }
  return found;
}

struct Ran {
  std::vector<std::string> output;
  int status = 0;
};

// The pages use build/release; this replaces it with the current build.
Ran run(std::string command, int last_status) {
  const std::string written = "build/release/";
  const std::string here = SURISIM_TEST_BUILD_DIR "/";
  for (std::size_t at = 0; (at = command.find(written, at)) != command.npos; at += here.size()) {
    command.replace(at, written.size(), here);
  }
  const std::string shell = "cd '" + directory() + "' && (exit " + std::to_string(last_status) +
                            "); { " + command + "\n} 2>&1 </dev/null";
  std::string text;
  std::FILE* pipe = popen(shell.c_str(), "r");
  if (pipe == nullptr) return {{"popen failed"}, 127};
  std::array<char, 4096> buffer;
  for (std::size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    text.append(buffer.data(), n);
  }
  const int status = pclose(pipe);
  return {readme::split_lines(text), WIFEXITED(status) ? WEXITSTATUS(status) : 128};
}

// The two set-up commands build this tree, so they are tested on a fresh system instead.
bool is_setup(const Command& command) {
  for (const char* start : {"ci/", "git ", "apt-get ", "cd ", "cmake "}) {
    if (command.text.starts_with(start)) return true;
  }
  return false;
}

// A reader has a capture file. Here: two packets of 42 bytes, UDP over IPv4, in this machine's byte
// order.
void write_capture() {
  const std::array<std::uint32_t, 6> file = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
  const std::array<std::uint32_t, 4> record = {1, 0, 42, 42};
  const unsigned char packet[42] = {2,    0,    0, 0,  0,   1, 2, 0, 0,  0,  0, 2,
                                    8,    0,                                        // Ethernet
                                    0x45, 0,    0, 28, 0,   1, 0, 0, 64, 17, 0, 0,  // IPv4
                                    192,  0,    2, 1,  192, 0, 2, 2,                //
                                    0x30, 0x39, 0, 53, 0,   8, 0, 0};               // UDP
  std::ofstream out(directory() + "/traffic.pcap", std::ios::binary);
  out.write(reinterpret_cast<const char*>(file.data()), sizeof file);
  for (int i = 0; i < 2; ++i) {
    out.write(reinterpret_cast<const char*>(record.data()), sizeof record);
    out.write(reinterpret_cast<const char*>(packet), sizeof packet);
  }
}

// With a sanitizer the program has its pthread_create, and a plugin's threads are not counted.
bool counts_threads([[maybe_unused]] const Command& command) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return command.text.find("output-lost") != std::string::npos;
#else
  return false;
#endif
}

// The number of commands in the page.
int try_commands(const char* page) {
  int tried = 0;
  for (const Block& block : blocks_in(page, "console")) {
    int status = 0;
    for (const Command& command : readme::commands(block)) {
      if (is_setup(command) || counts_threads(command)) continue;
      const Ran ran = run(command.text, status);
      status = ran.status;
      ++tried;
      EXPECT_EQ(readme::first_missing(command.output, ran.output), "")
          << page << ":" << command.line << ": " << command.text << "\nprinted:\n"
          << testing::PrintToString(ran.output);
    }
  }
  return tried;
}

TEST(Readme, CommandsPrintWhatItShows) {
  ASSERT_NE(directory(), "");
  write_capture();
  for (const char* page : kPages)
    EXPECT_GE(try_commands(page), 3) << page << " shows the command at work";
}

TEST(Readme, SamplesAreInFilesThatAreBuilt) {
  const std::map<std::string, std::vector<const char*>> directories = {
      {"c", {"fixtures/plugins", "fixtures/examples"}},
      {"cpp", {"fixtures/plugins", "fixtures/examples", "wrappers/examples", "tests/consumer"}},
      {"cmake", {"tests/consumer"}},
  };
  for (const auto& [language, places] : directories) {
    std::vector<Block> samples;
    for (const char* page : kWithSamples) {
      for (Block& block : blocks_in(page, language)) samples.push_back(std::move(block));
    }
    EXPECT_FALSE(samples.empty()) << language;
    for (const Block& block : samples) {
      bool found = false;
      for (const char* place : places) {
        for (const auto& file : fs::directory_iterator(kRoot / place)) {
          if (file.is_regular_file())
            found = found || readme::is_excerpt(block.lines, read(file.path()));
        }
      }
      EXPECT_TRUE(found) << language << " in line " << block.line
                         << ": is in no file that is built";
    }
  }
}

TEST(Readme, LinksLeadToFiles) {
  int links = 0;
  for (const char* page : kWithSamples) {
    for (const std::string& target : readme::links(read(kRoot / page))) {
      if (target.starts_with("http")) continue;
      ++links;
      EXPECT_TRUE(fs::exists((kRoot / page).parent_path() / target)) << target;
    }
  }
  EXPECT_GT(links, 0);
}

TEST(Readme, IsParsedAsMarkdown) {
  const auto all = readme::blocks("text\n```console\n$ a b\none\n$ c\n```\n```cpp\n  x\n```\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].language, "cpp");
  EXPECT_THAT(all[1].lines, ElementsAre("  x"));
  const auto commands = readme::commands(all[0]);
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(commands[0].text, "a b");
  EXPECT_EQ(commands[0].line, 3);
  EXPECT_THAT(commands[0].output, ElementsAre("one"));
  EXPECT_TRUE(commands[1].output.empty());
  EXPECT_THAT(readme::links("[a](b.md#c) [d](#e)\n```cpp\nf[0](g)\n```\n[h](i)\n"),
              ElementsAre("b.md", "i"));
}

TEST(Readme, DotsMatchAnythingAndOrderMatters) {
  EXPECT_TRUE(readme::fits("took … ms", "took 12 ms"));
  EXPECT_FALSE(readme::fits("took … ms", "took 12 s"));
  EXPECT_FALSE(readme::fits("exact", "exactly"));
  EXPECT_EQ(readme::first_missing({"a", "…", "c"}, {"a", "b", "c"}), "");
  EXPECT_EQ(readme::first_missing({"c", "a"}, {"a", "b", "c"}), "a");
  EXPECT_EQ(readme::first_missing({"d"}, {}), "d");
  EXPECT_TRUE(readme::is_excerpt({"b", "  c"}, "a\n  b\n    c\nd\n"));
  EXPECT_FALSE(readme::is_excerpt({"b", "d"}, "a\nb\nc\nd\n"));
}

}  // namespace
