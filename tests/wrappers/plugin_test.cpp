// The entry point that SURICATA_FFI_PLUGIN exports. Method: this program is the plugin; the test
// looks it up by name, as Suricata does (L38).
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <suricata/suricata-plugin.h>

#include <stdexcept>
#include <suricata_ffi/log.hpp>
#include <suricata_ffi/plugin.hpp>

#include "fake_host.hpp"

static int init_calls = 0;

SURICATA_FFI_PLUGIN({
    .name = "test-plugin",
    .version = "1.2.3",
    .license = "MIT",
    .author = "A. Uthor",
    .init =
        [] {
          if (++init_calls == 2) throw std::runtime_error("second call");
        },
});

namespace {

using testing::SizeIs;

const SCPlugin* registered() {
  const auto entry =
      reinterpret_cast<SCPluginRegisterFunc>(dlsym(RTLD_DEFAULT, "SCPluginRegister"));
  return entry == nullptr ? nullptr : entry();
}

TEST(Plugin, ExportsAnEntryPointThatSuricataAccepts) {  // L38, L39
  const SCPlugin* plugin = registered();
  ASSERT_NE(plugin, nullptr);
  EXPECT_EQ(plugin->version, SC_API_VERSION);
  EXPECT_STREQ(plugin->suricata_version, SC_PACKAGE_VERSION);
  EXPECT_STREQ(plugin->name, "test-plugin");
  EXPECT_STREQ(plugin->plugin_version, "1.2.3");
  EXPECT_STREQ(plugin->license, "MIT");
  EXPECT_STREQ(plugin->author, "A. Uthor");
  EXPECT_EQ(registered(), plugin);
}

TEST(Plugin, CatchesExceptionsOfInit) {
  fake_host::reset();
  init_calls = 0;
  const SCPlugin* plugin = registered();
  ASSERT_NE(plugin, nullptr);
  plugin->Init();
  EXPECT_THAT(fake_host::state().log, SizeIs(0));
  plugin->Init();
  ASSERT_THAT(fake_host::state().log, SizeIs(1));
  EXPECT_EQ(fake_host::state().log[0].message, "Init threw an exception: second call");
  EXPECT_EQ(init_calls, 2);
}

}  // namespace
