// The cost of the hot paths in instructions, which does not depend on the load of the machine.
// Method: run cost_driver once under callgrind, which writes the total of each measurement.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "kept.hpp"
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

  // Instructions per repeat, including the loop around it.
  static double each(const std::string& measurement, int repeats) {
    const double total = static_cast<double>(totals_[measurement]);
    // A loop and a call cannot take fewer: a smaller number means that nothing was measured.
    EXPECT_GE(total, 5.0 * repeats) << measurement;
    return total / repeats;
  }
  static int repeats_of(const std::string& measurement) {
    if (measurement == "register_1000") return cost::kFewSlots;
    return measurement == "register_10000" ? cost::kManySlots : cost::kCalls;
  }
  static std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& [name, total] : totals_) all.push_back(name);
    return all;
  }
  static double call(const std::string& measurement) { return each(measurement, cost::kCalls); }
  // One iteration of a loop in the plugin. The start and end of the loop are divided by all
  // iterations, and add less than one instruction.
  static double turn(const std::string& way) { return std::floor(call("loop_" + way)); }

 private:
  inline static std::string problem_;
  inline static std::map<std::string, std::uint64_t> totals_;
};

TEST_F(CostTest, GettingAValueWithChecksOffCostsAtMostTwoCallsACheckAndALoad) {
  EXPECT_LE(call("call_get"), call("call_reference"));
}

TEST_F(CostTest, GetMutInALoopTakesEightInstructionsWithSuricatasHeaders) {
  EXPECT_LE(turn("get_mut_seen"), cost::kLoopSeen);
}

TEST_F(CostTest, GetMutInALoopTakesTwelveInstructionsWithAProvedOffset) {
  EXPECT_LE(turn("get_mut_proved"), cost::kLoopProved);
}

TEST_F(CostTest, GetMutThroughTheApiTakesAtMostTwoInstructionsMoreThanTheRawCall) {
  EXPECT_LE(call("call_get_mut_api"), call("call_raw") + cost::kMoreThanRaw);
  EXPECT_LE(turn("get_mut_api"), turn("raw") + cost::kMoreThanRaw);
}

TEST_F(CostTest, GetMutWithoutACallTakesFewerInstructionsThanTheRawCall) {
  EXPECT_LT(call("call_get_mut_seen"), call("call_raw"));
  EXPECT_LT(call("call_get_mut_proved"), call("call_raw"));
}

TEST_F(CostTest, AHitOfGetOrInsertWithTakesAtMostTwoInstructionsMoreThanGetMut) {
  for (const std::string way : {"_proved", "_seen"}) {
    EXPECT_LE(call("call_insert" + way), call("call_get_mut" + way) + cost::kMoreForInsert) << way;
    EXPECT_LE(turn("insert" + way), turn("get_mut" + way) + cost::kMoreForInsert) << way;
  }
  // A callback must save registers for a possible miss: more than for get_mut.
  EXPECT_LE(turn("insert_api"), turn("get_mut_api") + cost::kMoreForInsert);
}

TEST_F(CostTest, RecordingAStoreTakesAtMost125Instructions) {
  EXPECT_LE(call("store_recorded"), call("store") + cost::kRecorded);
  RecordProperty("recorded", static_cast<int>(call("store_recorded") - call("store")));
}

TEST_F(CostTest, WatchingAnAllocationAndItsFreeTakesAtMost300Instructions) {
  EXPECT_GT(call("allocation_checked"), call("allocation") + 10) << "nothing was watched";
  EXPECT_LE(call("allocation_checked"), call("allocation") + cost::kWatched);
}

#ifdef SURISIM_COST_KEPT
// The start and end of a loop add less than a tenth of an instruction; numbers with allocations
// vary by one percent, and those of thousands of registrations by three: tables are ordered by
// addresses.
TEST_F(CostTest, NoOperationTakesMoreInstructionsThanItsLimit) {
  EXPECT_EQ(names().size(), cost::kKept.size());
  for (const std::string& name : names()) {
    const auto kept = cost::kKept.find(name);
    ASSERT_NE(kept, cost::kKept.end()) << name << " is not in tests/cost/kept.hpp";
    const double taken = each(name, repeats_of(name));
    const double percent = name.starts_with("register_") ? 3 : 1;
    EXPECT_LE(taken, kept->second + std::max(0.1, kept->second * percent / 100)) << name;
  }
}
#endif

// Otherwise the first test could pass without measuring anything, or the checks could be off.
TEST_F(CostTest, ChecksAndRecordingIncreaseTheNumberOfInstructions) {
  EXPECT_GT(call("call_get_checked"), call("call_reference") + 10);
  EXPECT_GT(call("call_get_mut_proved_checked"), call("call_reference") + 10);
  EXPECT_GT(call("call_get_mut_seen_checked"), call("call_reference") + 10);
  EXPECT_GT(call("store_recorded"), call("store") + 10);
}

TEST_F(CostTest, L16_TheFirstSlotCostsAsMuchAsTheThousandthAndTheTenThousandth) {
  const double few = each("register_1000", cost::kFewSlots);
  const double many = each("register_10000", cost::kManySlots);
  EXPECT_LE(many, 1.5 * few);
}

}  // namespace
