// Goal: surisim bench --instructions counts what callgrind counts. Method: callgrind runs the same
// traffic natively; its counts in the plugin's file are added up.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../cli/subprocess.hpp"
#include "../cli/temp_dir.hpp"

namespace surisim::test {
namespace {

// Without the log: the length of an address as text depends on where valgrind loads files.
const Arguments kTraffic = {"--flows", "300", "--threads",   "1",
                            "--seed",  "7",   "--log-level", "none"};

// Callgrind writes a name once, as "(3) name", and afterwards "(3)".
class Names {
 public:
  std::string name(const std::string& text) {
    const std::size_t end = text.find(')');
    if (!text.starts_with('(') || end == std::string::npos) return text;
    std::string& known = names_[text.substr(1, end - 1)];
    if (text.size() > end + 2) known = text.substr(end + 2);
    return known;
  }

 private:
  std::map<std::string, std::string> names_;
};

// Instructions in the file with this name: of lines with a cost, without those after "calls=",
// which have the cost of what was called.
std::uint64_t cost_in(const std::string& report, const std::string& plugin) {
  std::ifstream in(report);
  Names names;
  bool is_here = false;
  bool is_call = false;
  std::uint64_t sum = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("ob=")) is_here = names.name(line.substr(3)).ends_with("/" + plugin);
    if (line.starts_with("cob=")) (void)names.name(line.substr(4));
    const bool is_cost = !line.empty() && std::string("0123456789+-*").find(line[0]) != line.npos;
    if (is_cost && is_here && !is_call) {
      const std::size_t space = line.find(' ');
      if (space != line.npos) sum += std::stoull(line.substr(space + 1));
    }
    is_call = line.starts_with("calls=");
  }
  return sum;
}

std::uint64_t counted_by_callgrind(const std::string& plugin_file) {
  const TempDir directory;
  std::string command = "cd '" + directory.path() +
                        "' && valgrind --tool=callgrind --callgrind-out-file=counts "
                        "'" SURISIM_TEST_COMMAND "' run --in-process --no-checks --no-record '" +
                        plugin_file + "'";
  for (const std::string& word : kTraffic) command += " " + word;
  command += " >out 2>log";
  EXPECT_EQ(std::system(command.c_str()), 0) << read_file(directory.file("log"));
  return cost_in(directory.file("counts"), std::filesystem::path(plugin_file).filename().string());
}

std::uint64_t counted_by_us(const std::string& plugin_file) {
  Arguments all = {"bench", "--instructions", "--format", "json", plugin_file};
  all.insert(all.end(), kTraffic.begin(), kTraffic.end());
  const Ran ran = surisim(all);
  EXPECT_EQ(ran.status, 0) << ran.err;
  const auto report = nlohmann::json::parse(ran.out);
  std::uint64_t sum = 0;
  for (const auto& one : report["callbacks"]) sum += one["total"].get<std::uint64_t>();
  return sum;
}

class Callgrind : public ::testing::TestWithParam<std::string> {};

TEST_P(Callgrind, CountsTheSameWithinOnePercent) {
  ASSERT_EQ(std::system("command -v valgrind >/dev/null"), 0)
      << "valgrind is not installed; on Debian: apt-get install valgrind (or ci/deps)";
  const auto theirs = static_cast<double>(counted_by_callgrind(plugin(GetParam())));
  const auto ours = static_cast<double>(counted_by_us(plugin(GetParam())));
  EXPECT_GT(theirs, 1000) << "nothing was counted";
  EXPECT_NEAR(ours, theirs, 0.01 * theirs);
  RecordProperty("difference", std::to_string(ours - theirs));
}

std::vector<std::string> samples() {
  std::vector<std::string> names = {"flow_counter_c", "flow_counter_cpp", "eve_example_cpp"};
  if (std::filesystem::exists(plugin("flow_counter_rust"))) names.emplace_back("flow_counter_rust");
  return names;
}

INSTANTIATE_TEST_SUITE_P(Sample, Callgrind, ::testing::ValuesIn(samples()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace surisim::test
