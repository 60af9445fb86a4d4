// Messages in Suricata's log, and their source locations. Method: a host that keeps the messages.
#include <gmock/gmock.h>

#include <cstdint>
#include <limits>
#include <string>
#include <suricata_ffi/expected.hpp>
#include <suricata_ffi/log.hpp>

#include "fake_host.hpp"

namespace {

namespace log = suricata_ffi::log;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Log : public testing::Test {
 protected:
  Log() {
    fake_host::reset();
    fake_host::state().log_level = SC_LOG_DEBUG;
  }
  static const std::string& message() { return fake_host::state().log.back().message; }
};

TEST_F(Log, HasTheFileTheLineAndTheFunctionOfTheCaller) {
  log::notice("here");
  const unsigned int line = __LINE__ - 1;
  ASSERT_THAT(fake_host::state().log, SizeIs(1));
  const auto& written = fake_host::state().log[0];
  EXPECT_EQ(written.file, "log_test.cpp");
  EXPECT_EQ(written.line, line);
  EXPECT_EQ(written.function, "TestBody");
  EXPECT_EQ(written.module, "log_test");
  EXPECT_EQ(written.message, "here");
}

TEST_F(Log, HasAFunctionForEachLevel) {
  log::error("");
  log::warning("");
  log::notice("");
  log::info("");
  log::perf("");
  log::config("");
  log::debug("");
  std::vector<int> levels;
  for (const auto& line : fake_host::state().log) levels.push_back(line.level);
  EXPECT_THAT(levels, ElementsAre(SC_LOG_ERROR, SC_LOG_WARNING, SC_LOG_NOTICE, SC_LOG_INFO,
                                  SC_LOG_PERF, SC_LOG_CONFIG, SC_LOG_DEBUG));
}

TEST_F(Log, ReadsTheHostsLevelEachTime) {
  fake_host::state().log_level = SC_LOG_ERROR;
  log::warning("too low");
  EXPECT_THAT(fake_host::state().log, IsEmpty());
  EXPECT_FALSE(log::enabled(log::Level::warning));
  fake_host::state().log_level = SC_LOG_WARNING;
  log::warning("now");
  EXPECT_THAT(fake_host::state().log, SizeIs(1));
}

TEST_F(Log, WritesNumbers) {
  log::notice("{} {} {}", 0, -1, 1234567890123456789);
  EXPECT_EQ(message(), "0 -1 1234567890123456789");
  log::notice("{} {}", std::numeric_limits<std::int64_t>::min(),
              std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(message(), "-9223372036854775808 18446744073709551615");
  log::notice("{} {}", std::numeric_limits<std::int8_t>::min(), std::uint8_t{255});
  EXPECT_EQ(message(), "-128 255");
  log::notice("{} {} {} {}", true, false, 'x', 0.5);
  EXPECT_EQ(message(), "true false x 0.5");
}

TEST_F(Log, WritesStringsPointersAndErrors) {
  const std::string owned = "owned";
  const char* none = nullptr;
  log::notice("{} {} {} {}", "literal", owned, std::string_view("view"), none);
  EXPECT_EQ(message(), "literal owned view (null)");
  const auto* address = reinterpret_cast<const ThreadVars_*>(0x7f00abcdef01);
  log::notice("{:p} {}", address, address);
  EXPECT_EQ(message(), "0x7f00abcdef01 0x7f00abcdef01");
  log::notice("{}", suricata_ffi::Error::refused);
  EXPECT_EQ(message(), "Suricata refused the registration");
}

TEST_F(Log, WritesTextAroundPlaceholdersAndBraces) {
  log::notice("<{}|{}> {{}} {{{}}}", 1, 2, 3);
  EXPECT_EQ(message(), "<1|2> {} {3}");
}

TEST_F(Log, LeavesNulCharactersOut) {  // the host's message ends at the first one
  log::notice("{}", std::string_view("a\0b", 3));
  EXPECT_EQ(message(), "ab");
}

TEST_F(Log, TruncatesLongMessages) {
  const std::string fits(2047, 'x');
  log::notice("{}", fits);
  EXPECT_EQ(message(), fits);
  log::notice("{}", std::string(5000, 'y'));
  EXPECT_EQ(message(), std::string(2044, 'y') + "...");
  log::notice("{}{}", std::string(5000, 'y'), "more");
  EXPECT_EQ(message(), std::string(2044, 'y') + "...");
}

TEST_F(Log, WritesAFinishedMessageWhateverItsText) {
  log::write(log::Level::info, {"/some/where/file.cpp", 12, "f"}, "module", "{} %s");
  const auto& written = fake_host::state().log.back();
  EXPECT_EQ(written.file, "file.cpp");
  EXPECT_EQ(written.line, 12u);
  EXPECT_EQ(written.message, "{} %s");
}

// Suricata decides whether to exit, whatever its log level.
TEST_F(Log, PassesAFatalErrorToTheHost) {
  fake_host::state().log_level = SC_LOG_NONE;
  log::fatal_error_on_init("no {}: {}", "storage", suricata_ffi::Error::refused);
  EXPECT_THAT(fake_host::state().fatal_errors,
              ElementsAre("no storage: Suricata refused the registration"));
  EXPECT_THAT(fake_host::state().log, IsEmpty());
}

TEST(Errors, AllHaveAMessage) {
  using suricata_ffi::Error;
  std::set<std::string> sentences;
  for (const Error error : {Error::name_contains_nul, Error::refused, Error::unregistered,
                            Error::set_failed, Error::null_callback, Error::text_contains_nul,
                            Error::json_refused, Error::out_of_memory}) {
    sentences.insert(to_string(error));
  }
  EXPECT_THAT(sentences, SizeIs(8));
  EXPECT_FALSE(sentences.contains("unknown error"));
}

}  // namespace
