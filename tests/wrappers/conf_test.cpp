// Settings through the wrappers. Method: the fake host (fake_host.hpp).
#include <gmock/gmock.h>

#include <string>
#include <suricata_ffi/conf.hpp>

#include "fake_host.hpp"
#include "out_of_memory.hpp"

namespace {

using namespace std::string_view_literals;
using suricata_ffi::conf::conf_get;
using suricata_ffi::conf::conf_get_bool;
using testing::Optional;

class Conf : public testing::Test {
 protected:
  Conf() { fake_host::reset(); }
  static void set(const std::string& key, const char* value) {
    fake_host::state().settings[key] = value;
  }
};

TEST_F(Conf, ReturnsTheTextOfASetting) {
  set("outputs.0.name", "fast");
  set("empty", "");
  EXPECT_THAT(conf_get("outputs.0.name"), Optional("fast"sv));
  EXPECT_THAT(conf_get("empty"), Optional(""sv));
  EXPECT_EQ(conf_get("outputs.0.name")->data()[4], '\0');
}

TEST_F(Conf, ReturnsNothingForASettingThatIsMissingOrHasNoValue) {
  set("outputs", nullptr);
  EXPECT_EQ(conf_get("nobody"), std::nullopt);
  EXPECT_EQ(conf_get("outputs"), std::nullopt);
}

TEST_F(Conf, PassesExactlyTheKeyThatItWasGiven) {
  set("abc", "long");
  set("ab", "short");
  EXPECT_THAT(conf_get("abc"sv.substr(0, 2)), Optional("short"sv));
}

TEST_F(Conf, HasNoSettingWithANulInItsName) {
  set("ab", "value");
  EXPECT_EQ(conf_get("ab\0c"sv), std::nullopt);
}

TEST_F(Conf, ReturnsNothingWhenOutOfMemory) {
  const std::string key(1000, 'k');
  set(key, "value");
  EXPECT_THAT(conf_get(key), Optional("value"sv));
  const test::OutOfMemory out_of_memory;
  EXPECT_EQ(conf_get(key), std::nullopt);
}

TEST_F(Conf, AcceptsExactlyFourWordsAsTrue) {
  for (const char* value : {"1", "yes", "true", "on"}) {
    set("key", value);
    EXPECT_TRUE(conf_get_bool("key")) << value;
  }
  for (const char* value : {"0", "no", "YES", "On", "true ", "2", ""}) {
    set("key", value);
    EXPECT_FALSE(conf_get_bool("key")) << value;
  }
  set("key", nullptr);
  EXPECT_FALSE(conf_get_bool("key"));
  EXPECT_FALSE(conf_get_bool("nobody"));
}

}  // namespace
