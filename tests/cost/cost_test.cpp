// What the hot paths cost, in instructions: a number that no load on the machine can change.
// Method: run cost_driver once under callgrind, which writes the total of each measurement.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "measurements.hpp"

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The line "totals: N" of a callgrind file.
std::uint64_t total_of(const fs::path& dump) {
  std::istringstream in(read(dump));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("totals: ")) return std::stoull(line.substr(8));
  }
  return 0;
}

class CostTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::system("command -v valgrind >/dev/null") != 0) {
      problem_ = "valgrind is not installed; on Debian: apt-get install valgrind (or ci/deps)";
      return;
    }
    std::string directory = (fs::temp_directory_path() / "surisim-cost-XXXXXX").string();
    if (mkdtemp(directory.data()) == nullptr) {
      problem_ = "no temporary directory";
      return;
    }
    const fs::path scratch = directory;
    const std::string command =
        "cd '" + directory +
        "' && valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file=counts "
        "'" SURISIM_COST_DRIVER "' '" SURISIM_COST_PLUGIN "' >names 2>log";
    if (std::system(command.c_str()) != 0) {
      problem_ = command + "\n" + read(scratch / "log");
    } else {
      std::istringstream names(read(scratch / "names"));
      int number = 0;
      for (std::string name; std::getline(names, name);)
        totals_[name] = total_of(scratch / ("counts." + std::to_string(++number)));
    }
    fs::remove_all(scratch);
  }

  void SetUp() override { ASSERT_EQ(problem_, ""); }

  // Instructions that one of `repeats` took, the loop around it included.
  static double each(const std::string& measurement, int repeats) {
    const double total = static_cast<double>(totals_[measurement]);
    // A loop and a call cannot be had for less: a smaller number was not measured.
    EXPECT_GE(total, 5.0 * repeats) << measurement;
    return total / repeats;
  }
  static double call(const std::string& measurement) { return each(measurement, cost::kCalls); }

 private:
  inline static std::string problem_;
  inline static std::map<std::string, std::uint64_t> totals_;
};

TEST_F(CostTest, GettingAValueWithChecksOffTakesNoMoreThanTwoCallsACheckAndALoad) {
  EXPECT_LE(call("raw"), call("reference"));
}

TEST_F(CostTest, GetMutTakesTwoInstructionsMoreThanTheRawCallAtMost) {
  EXPECT_LE(call("get_mut"), call("raw") + 2);
}

// Otherwise the first test would pass whatever it measures.
TEST_F(CostTest, ChecksAreSeenInTheNumberOfInstructions) {
  EXPECT_GT(call("raw_checked"), call("reference") + 10);
}

TEST_F(CostTest, L16_ASlotCostsTheSameAsTheThousandthAndAsTheTenThousandth) {
  const double few = each("register_1000", cost::kFewSlots);
  const double many = each("register_10000", cost::kManySlots);
  EXPECT_LE(many, 1.5 * few);
}

}  // namespace
