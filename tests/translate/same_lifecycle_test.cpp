// Goal: a plugin's lifecycle is the same natively and translated. Method: the command records the
// golden file of each well-behaved plugin, and the command that translates verifies it. The tests
// of rules, which also run with that command, cover what plugins do wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "../cli/subprocess.hpp"
#include "../rules/plugin_runs.hpp"

namespace surisim::test {
namespace {

namespace fs = std::filesystem;

std::vector<Sample> well_behaved() {
  std::vector<Sample> all;
  const fs::path sources = fs::path(SURISIM_TEST_SOURCE_DIR) / "tests/rules/corpus/good";
  for (const auto& entry : fs::directory_iterator(sources)) {
    const std::string name = entry.path().stem();
    all.push_back({name, std::string(SURISIM_RULES_CORPUS_DIR) + "/good/" + name + ".so",
                   options_of(entry.path())});
  }
  for (const char* name : {"eve_example_cpp", "flow_counter_c", "flow_counter_cpp", "probe"})
    all.push_back({name, std::string(SURISIM_TEST_PLUGIN_DIR) + "/" + name + ".so"});
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

Ran run_command(const char* command, const Sample& sample, const char* verb,
                const std::string& file_option, const std::string& file) {
  // With several workers, what some plugins do depends on who comes first.
  Arguments words = {verb,        "--quiet", sample.plugin_file, file_option, file,
                     "--threads", "1",       "--flows",          "100",       "--eve",
                     "/dev/null"};
  words.insert(words.end(), sample.options.begin(), sample.options.end());
  return Subprocess(words, Subprocess::Stdout::pipe,
                    {std::string("SURISIM_TEST_COMMAND=") + command})
      .finish();
}

class SameLifecycle : public ::testing::TestWithParam<Sample> {};

TEST_P(SameLifecycle, NativelyAndTranslated) {
  const Sample& sample = GetParam();
  const std::string file = ::testing::TempDir() + "/" + sample.name + ".translated.golden";
  fs::remove(file);
  (void)run_command(SURISIM_TEST_COMMAND, sample, "record", "-o", file);
  ASSERT_TRUE(fs::exists(file));
  // Of a few plugins the lifecycle is not the same each time.
  const bool always_same =
      run_command(SURISIM_TEST_COMMAND, sample, "verify", "--golden", file).status == 0;
  const Ran ran = run_command(SURISIM_TRANSLATED_COMMAND, sample, "verify", "--golden", file);
  EXPECT_TRUE(ran.status == 0 || !always_same) << ran.out << ran.err;
  fs::remove(file);
}

INSTANTIATE_TEST_SUITE_P(Corpus, SameLifecycle, ::testing::ValuesIn(well_behaved()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace surisim::test
