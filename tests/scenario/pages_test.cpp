// The scenarios in docs/scenarios.md and in fixtures/examples pass. Method: surisim test with the
// sample plugins.
#include <gmock/gmock.h>

#include <string>

#include "../cli/subprocess.hpp"
#include "../cli/temp_dir.hpp"
#include "../readme/markdown.hpp"

namespace surisim::test {
namespace {

const std::string kPlugins = std::string(SURISIM_TEST_PLUGIN_DIR) + "/";
const std::string kRoot = std::string(SURISIM_TEST_SOURCE_DIR) + "/";

TEST(Pages, ScenariosOfTheGuidePass) {
  const TempDir dir;
  int tried = 0;
  for (const readme::Block& block : readme::blocks(read_file(kRoot + "docs/scenarios.md"))) {
    if (block.language != "scenario") continue;
    std::string text;
    for (const std::string& line : block.lines) text += line + "\n";
    const bool has_eve = text.find("eve flow") != text.npos;
    const Ran ran = surisim({"test", dir.write("block.scenario", text), "--plugin",
                             kPlugins + (has_eve ? "eve_example_cpp.so" : "flow_counter_c.so")});
    EXPECT_EQ(ran.status, 0) << "docs/scenarios.md:" << block.line << "\n" << ran.out << ran.err;
    ++tried;
  }
  EXPECT_GE(tried, 10);
}

TEST(Pages, TheSampleForRustPasses) {
  const std::string sample = kRoot + "fixtures/examples/flow_counter.scenario";
#ifdef SURISIM_TEST_RUST
  const Ran ran = surisim({"test", sample, "--plugin", kPlugins + "flow_counter_rust.so"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
#else
  // Without rustc: the plugin in C is the same except for its slots' names.
  const TempDir dir;
  std::string text = read_file(sample);
  for (std::size_t at; (at = text.find("counter_rust\"")) != text.npos;)
    text.replace(at, 12, "counter_c");
  const Ran ran =
      surisim({"test", dir.write("c.scenario", text), "--plugin", kPlugins + "flow_counter_c.so"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
#endif
}

}  // namespace
}  // namespace surisim::test
