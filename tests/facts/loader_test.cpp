// Facts L38, L39 and L40: the plugin loader. Method: small plugins that record in the environment
// what the loader did with them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace {

using namespace surisim;
using namespace surisim::fixtures;
using testing::HasSubstr;

std::string plugin(const std::string& name) {
  return std::string(SURISIM_FACTS_PLUGIN_DIR) + "/" + name + ".so";
}

bool said(const char* what) { return std::getenv(what) != nullptr; }

class Loader : public LifecycleTest {
 protected:
  void SetUp() override {
    for (const char* name :
         {"SURISIM_FACT_INIT", "SURISIM_FACT_FIRST", "SURISIM_FACT_REFUSED", "SURISIM_FACT_CLOSED",
          "SURISIM_FACT_WRONG_CLOSED", "SURISIM_FACT_WRONG_INIT"})
      unsetenv(name);
  }
};

TEST_F(Loader, L38_AnInitialisedPluginIsNeverUnloaded) {
  load(plugin("says_when_closed"));
  ASSERT_TRUE(run());
  EXPECT_TRUE(said("SURISIM_FACT_INIT"));
  EXPECT_FALSE(said("SURISIM_FACT_CLOSED"));
}

TEST_F(Loader, L38_ADirectoryIsReadAndEveryNameThatContainsSoIsLoaded) {
  namespace fs = std::filesystem;
  const fs::path dir = fs::path(testing::TempDir()) / "surisim_plugins_of_l38";
  fs::remove_all(dir);
  fs::create_directory(dir);
  fs::copy(plugin("says_when_closed"), dir / "one.so");
  fs::copy(plugin("says_when_closed"), dir / "two.so.bak");
  fs::copy(plugin("says_when_closed"), dir / "three.txt");
  load(dir.string());
  ASSERT_TRUE(run());
  EXPECT_EQ(summary().plugins.size(), 2u);
  fs::remove_all(dir);
}

TEST_F(Loader, L39_AMissingFileIsReportedAndStartUpContinuesWithoutIt) {
  load("/nonexistent/plugin.so");
  load(plugin("says_when_closed"));
  ASSERT_TRUE(runtime().run().has_value());
  ASSERT_EQ(violations("load-failed").size(), 1u);
  EXPECT_THAT(violations("load-failed")[0].message, HasSubstr("/nonexistent/plugin.so"));
  EXPECT_EQ(summary().plugins.size(), 1u);
}

TEST_F(Loader, L39_AWrongVersionIsRefusedAndTheLibraryClosedAtOnceWithItsDestructors) {
  load(plugin("wrong_version"));
  load(plugin("says_when_closed"));
  ASSERT_TRUE(runtime().run().has_value());
  EXPECT_FALSE(said("SURISIM_FACT_WRONG_INIT"));
  EXPECT_TRUE(said("SURISIM_FACT_WRONG_CLOSED"));
  EXPECT_TRUE(said("SURISIM_FACT_INIT"));
  EXPECT_EQ(violations("load-version-mismatch").size(), 1u);
}

SCPlugin nameless() {
  static void (*const init)(void) = [] {};
  SCPlugin plugin{};
  plugin.version = SC_API_VERSION;
  plugin.license = "MIT";
  plugin.author = "surisim";
  plugin.Init = init;
  return plugin;
}

TEST_F(Loader, L39_ANullFieldEndsSuricata) {
  load([]() -> SCPlugin* {
    static SCPlugin plugin = nameless();
    return &plugin;
  });
  const testing::AssertionResult result = run();
  EXPECT_FALSE(result);
  EXPECT_THAT(result.message(), HasSubstr("name"));
  EXPECT_EQ(violations("load-null-field").size(), 1u);
  EXPECT_THAT(events(), Has(event(EventKind::fatal)));
  EXPECT_THAT(events(), HasNo(event(EventKind::storage_finalize)));
}

TEST_F(Loader, L39_SCPluginRegisterReturningNullEndsSuricata) {
  load([]() -> SCPlugin* { return nullptr; });
  EXPECT_FALSE(run());
  EXPECT_EQ(violations("load-no-entry-point").size(), 1u);
}

TEST_F(Loader, L40_TheSameFileTwiceRunsInitTwiceAndTheSecondRegistrationIsRefused) {
  load(plugin("says_when_closed"));
  load(plugin("says_when_closed"));
  ASSERT_TRUE(run());
  EXPECT_TRUE(said("SURISIM_FACT_FIRST"));
  EXPECT_TRUE(said("SURISIM_FACT_REFUSED"));
  EXPECT_EQ(summary().plugins.size(), 2u);
  EXPECT_EQ(violations("register-duplicate-name").size(), 1u);
}

}  // namespace
