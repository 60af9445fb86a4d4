// The wrapper of the JSON builder. Method: the simulator's builder, and the resulting text.
#include <gmock/gmock.h>
#include <suricata/rust.h>

#include <limits>
#include <string>
#include <suricata_ffi/jsonbuilder.hpp>

#include "out_of_memory.hpp"

namespace {

using suricata_ffi::Error;
using suricata_ffi::expected;
using suricata_ffi::jsonbuilder::JsonBuilder;
using namespace std::string_literals;

class JsonBuilderView : public testing::Test {
 protected:
  ~JsonBuilderView() override { SCJbFree(raw_); }

  std::string text() const { return {reinterpret_cast<const char*>(SCJbPtr(raw_)), SCJbLen(raw_)}; }

  // A string in the record, still escaped as JSON.
  std::string written(std::string_view value) {
    SCJbReset(raw_);
    EXPECT_TRUE(jb_.set_string("k", value));
    return text().substr(R"({"k":")"s.size());
  }

  SCJsonBuilder* const raw_ = SCJbNewObject();
  JsonBuilder jb_ = JsonBuilder::from_raw(raw_);
};

Error error_of(const expected<void>& result) {
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? Error{} : result.error();
}

TEST_F(JsonBuilderView, WritesMembers) {
  EXPECT_TRUE(jb_.open_object("a"));
  EXPECT_TRUE(jb_.set_string("string", "text"));
  EXPECT_TRUE(jb_.set_uint("uint", std::numeric_limits<std::uint64_t>::max()));
  EXPECT_TRUE(jb_.set_int("int", std::numeric_limits<std::int64_t>::min()));
  EXPECT_TRUE(jb_.set_float("float", 0.5));
  EXPECT_TRUE(jb_.set_formatted(R"("ready":[1])"));
  EXPECT_TRUE(jb_.close());
  EXPECT_TRUE(jb_.close());
  EXPECT_EQ(text(), R"({"a":{"string":"text","uint":18446744073709551615,)"
                    R"("int":-9223372036854775808,"float":0.5,"ready":[1]}})");
}

TEST_F(JsonBuilderView, RefersToTheHostsBuilder) { EXPECT_EQ(jb_.as_mut_ptr(), raw_); }

TEST_F(JsonBuilderView, AcceptsKeysThatAreNotTerminated) {
  const std::string_view words = "one two";
  EXPECT_TRUE(jb_.set_uint(words.substr(0, 3), 1));
  EXPECT_EQ(text(), R"({"one":1)");
}

TEST_F(JsonBuilderView, AcceptsKeysAndTextsOfAnyLength) {
  for (const std::size_t size : {0u, 1u, 126u, 127u, 128u, 129u, 100000u}) {
    const std::string long_text(size, 'x');
    SCJbReset(raw_);
    EXPECT_TRUE(jb_.set_string(long_text, long_text));
    EXPECT_EQ(text(), "{\"" + long_text + "\":\"" + long_text + "\"");
  }
}

// The expected texts are those of the Rust crate for the same value.
TEST_F(JsonBuilderView, EscapesTextAsRustDoesAndThenAsJson) {
  EXPECT_EQ(written("plain ~!"), R"(plain ~!")");
  EXPECT_EQ(written("a\tb\rc\nd"), R"(a\\tb\\rc\\nd")");
  EXPECT_EQ(written("'\"\\"), R"(\\'\\\"\\\\")");
  EXPECT_EQ(written("\x01\x1f\x7f"), R"(\\u{1}\\u{1f}\\u{7f}")");
  EXPECT_EQ(written("\0"s), R"(\\u{0}")");
  EXPECT_EQ(written("\u00e9\u4e16\U0001f44b\U0010ffff"),
            R"(\\u{e9}\\u{4e16}\\u{1f44b}\\u{10ffff}")");
  EXPECT_EQ(written("\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000"),
            R"(\\u{80}\\u{7ff}\\u{800}\\u{d7ff}\\u{e000}\\u{ffff}\\u{10000}")");
}

TEST_F(JsonBuilderView, RefusesTextThatIsNotUtf8) {
  for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                          "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x80\x80",
                          "\xff", "\xc3", "\xe4\xb8", "\xf0\x9f\x91", "\xc3\x28", "\xe4\xb8\x28"}) {
    EXPECT_EQ(error_of(jb_.set_string("k", bad)), Error::json_refused);
    EXPECT_EQ(error_of(jb_.set_string(bad, "v")), Error::json_refused);
    EXPECT_EQ(error_of(jb_.set_formatted(bad)), Error::json_refused);
  }
  EXPECT_EQ(text(), "{");
}

TEST_F(JsonBuilderView, RefusesKeysWithNul) {
  const std::string key = "a\0b"s;
  EXPECT_EQ(error_of(jb_.open_object(key)), Error::text_contains_nul);
  EXPECT_EQ(error_of(jb_.set_string(key, "v")), Error::text_contains_nul);
  EXPECT_EQ(error_of(jb_.set_uint(key, 1)), Error::text_contains_nul);
  EXPECT_EQ(error_of(jb_.set_int(key, 1)), Error::text_contains_nul);
  EXPECT_EQ(error_of(jb_.set_float(key, 1)), Error::text_contains_nul);
  EXPECT_EQ(error_of(jb_.set_formatted(key)), Error::text_contains_nul);
  EXPECT_EQ(text(), "{");
}

TEST_F(JsonBuilderView, ReportsThatTheHostRefused) {
  EXPECT_TRUE(jb_.close());
  EXPECT_EQ(error_of(jb_.close()), Error::json_refused);
  EXPECT_EQ(error_of(jb_.open_object("k")), Error::json_refused);
  EXPECT_EQ(error_of(jb_.set_string("k", "v")), Error::json_refused);
  EXPECT_EQ(error_of(jb_.set_uint("k", 1)), Error::json_refused);
  EXPECT_EQ(error_of(jb_.set_int("k", 1)), Error::json_refused);
  EXPECT_EQ(error_of(jb_.set_float("k", 1)), Error::json_refused);
  EXPECT_EQ(error_of(jb_.set_formatted("\"k\":1")), Error::json_refused);
  EXPECT_EQ(text(), "{}");
}

TEST_F(JsonBuilderView, ReportsThatThereIsNoMemory) {
  const std::string long_text(1000, 'x');
  const test::OutOfMemory out_of_memory;
  EXPECT_TRUE(jb_.set_string("short", "needs none"));
  EXPECT_EQ(error_of(jb_.set_string("k", long_text)), Error::out_of_memory);
  EXPECT_EQ(error_of(jb_.set_uint(long_text, 1)), Error::out_of_memory);
  EXPECT_EQ(text(), R"({"short":"needs none")");
}

TEST_F(JsonBuilderView, CanBeRestoredToAMark) {
  EXPECT_TRUE(jb_.set_uint("stays", 1));
  const auto mark = jb_.get_mark();
  EXPECT_EQ(mark.position, text().size());
  EXPECT_TRUE(jb_.open_object("gone"));
  EXPECT_TRUE(jb_.set_uint("a", 1));
  EXPECT_TRUE(jb_.restore_mark(mark));
  EXPECT_EQ(text(), R"({"stays":1)");
}

TEST_F(JsonBuilderView, IsUnchangedIfNothingHasBeenOpenedSinceTheMark) {
  const auto mark = jb_.get_mark();
  EXPECT_TRUE(jb_.set_uint("a", 1));
  EXPECT_TRUE(jb_.restore_mark(mark));
  EXPECT_EQ(text(), R"({"a":1)");
}

TEST_F(JsonBuilderView, RefusesAnInvalidMark) {
  EXPECT_EQ(error_of(jb_.restore_mark({1, 1, 99})), Error::json_refused);
}

}  // namespace
