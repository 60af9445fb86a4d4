// Implements ratio_reporter.hpp: groups, baselines, and the table.
#include "ratio_reporter.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>

namespace bench {

namespace {

std::string group_of(const std::string& name) { return name.substr(0, name.rfind('/')); }

class RatioReporter : public benchmark::BenchmarkReporter {
 public:
  explicit RatioReporter(std::string baseline) : baseline_(std::move(baseline)) {}

  bool ReportContext(const Context& context) override {
    PrintBasicContext(&GetErrorStream(), context);
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      const std::string& name = run.run_name.function_name;
      const auto [known, is_new] = fastest_.try_emplace(name, run.GetAdjustedCPUTime());
      known->second = std::min(known->second, run.GetAdjustedCPUTime());
      if (is_new) names_.push_back(name);
    }
  }

  void Finalize() override {
    std::sort(names_.begin(), names_.end(), [this](const auto& a, const auto& b) {
      return std::pair(group_of(a), fastest_[a]) < std::pair(group_of(b), fastest_[b]);
    });
    std::printf("\n%-48s %10s %12s\n", "fastest repetition", "ns", ("by " + baseline_).c_str());
    for (const std::string& name : names_) {
      const auto base = fastest_.find(group_of(name) + "/" + baseline_);
      std::printf("%-48s %10.2f", name.c_str(), fastest_[name]);
      if (base != fastest_.end()) std::printf(" %11.2fx", fastest_[name] / base->second);
      std::printf("\n");
    }
  }

 private:
  std::string baseline_;
  std::vector<std::string> names_;
  std::map<std::string, double> fastest_;
};

}  // namespace

int run_with_ratios(int argc, char** argv, std::vector<std::string> defaults,
                    const std::string& baseline) {
  std::vector<char*> arguments(argv, argv + argc);
  std::vector<char*> flags;
  for (std::string& flag : defaults) flags.push_back(flag.data());
  arguments.insert(arguments.begin() + 1, flags.begin(), flags.end());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  RatioReporter reporter(baseline);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return 0;
}

}  // namespace bench
