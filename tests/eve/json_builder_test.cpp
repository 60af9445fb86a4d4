// The JSON builder's output. Method: the text, and the result of parsing it. All expected texts are
// those of Suricata's builder for the same calls.
#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "builder.hpp"

namespace {

using nlohmann::json;
using test::Builder;
using test::bytes;
using test::length;

TEST(JsonBuilder, OpensItsOutermostLevelItself) {
  EXPECT_EQ(Builder::object().text(), "{");
  EXPECT_EQ(Builder::array().text(), "[");
}

TEST(JsonBuilder, WritesMembersInOrder) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbSetString(js, "string", "text"));
  EXPECT_TRUE(SCJbSetStringFromBytes(js, "bytes", bytes("a\0b"), 3));
  EXPECT_TRUE(SCJbSetPrintAsciiString(js, "ascii", bytes("a\x01"), 2));
  EXPECT_TRUE(SCJbSetHex(js, "hex", bytes("\x0f\xa5"), 2));
  EXPECT_TRUE(SCJbSetBase64(js, "base64", bytes("fo"), 2));
  EXPECT_TRUE(SCJbSetUint(js, "uint", 7));
  EXPECT_TRUE(SCJbSetInt(js, "int", -7));
  EXPECT_TRUE(SCJbSetFloat(js, "float", 0.5));
  EXPECT_TRUE(SCJbSetBool(js, "yes", true));
  EXPECT_TRUE(SCJbSetBool(js, "no", false));
  EXPECT_TRUE(SCJbSetFormatted(js, R"("ready":[1, 2])"));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(js.text(),
            R"({"string":"text","bytes":"a\u0000b","ascii":"a.","hex":"0fa5","base64":"Zm8=",)"
            R"("uint":7,"int":-7,"float":0.5,"yes":true,"no":false,"ready":[1, 2]})");
  EXPECT_EQ(json::parse(js.text())["bytes"], std::string("a\0b", 3));
}

TEST(JsonBuilder, WritesElementsInOrder) {
  const Builder js = Builder::array();
  EXPECT_TRUE(SCJbAppendString(js, "text"));
  EXPECT_TRUE(SCJbAppendStringFromBytes(js, bytes("a\0b"), 3));
  EXPECT_TRUE(SCJbAppendBase64(js, bytes("fo"), 2));
  EXPECT_TRUE(SCJbAppendUint(js, 7));
  EXPECT_TRUE(SCJbAppendFloat(js, 0.5));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(js.text(), R"(["text","a\u0000b","Zm8=",7,0.5])");
}

TEST(JsonBuilder, NestsObjectsAndArrays) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbOpenObject(js, "first"));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_TRUE(SCJbOpenArray(js, "list"));
  EXPECT_TRUE(SCJbStartObject(js));
  EXPECT_TRUE(SCJbOpenArray(js, "inner"));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_TRUE(SCJbAppendUint(js, 1));
  EXPECT_TRUE(SCJbStartObject(js));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_TRUE(SCJbOpenObject(js, "last"));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(js.text(), R"({"first":{},"list":[{"inner":[]},1,{}],"last":{}})");
}

TEST(JsonBuilder, NestsToAnyDepth) {
  const Builder js = Builder::object();
  constexpr int kDeep = 1000;
  for (int i = 0; i < kDeep; ++i) ASSERT_TRUE(SCJbOpenObject(js, "k"));
  for (int i = 0; i <= kDeep; ++i) ASSERT_TRUE(SCJbClose(js));
  EXPECT_FALSE(SCJbClose(js));
  EXPECT_TRUE(json::accept(js.text()));
}

TEST(JsonBuilder, EscapesOnlyWhatJsonRequires) {
  std::string all;
  for (char c = 1; c < 127; ++c) all.push_back(c);
  all.push_back(127);
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbSetString(js, "a", all.c_str()));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(js.text(),
            R"({"a":"\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f)"
            R"(\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c)"
            R"(\u001d\u001e\u001f !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\])"
            "^_`abcdefghijklmnopqrstuvwxyz{|}~\x7f\"}");
  EXPECT_EQ(json::parse(js.text())["a"], all);
}

TEST(JsonBuilder, WritesKeysAndFormattedMembersUnchanged) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbSetUint(js, "a\"b\n", 1));
  EXPECT_TRUE(SCJbSetFormatted(js, "no json"));
  EXPECT_TRUE(SCJbSetFormatted(js, ""));
  EXPECT_EQ(js.text(), "{\"a\"b\n\":1,no json,");
}

TEST(JsonBuilder, HasShorthandsForMembersThatAreLiterals) {
  const Builder js = Builder::object();
  EXPECT_TRUE(JB_SET_STRING(js, "a", "b"));
  EXPECT_TRUE(JB_SET_TRUE(js, "t"));
  EXPECT_TRUE(JB_SET_FALSE(js, "f"));
  EXPECT_EQ(js.text(), R"({"a":"b","t":true,"f":false)");
}

const char* const kUtf8[] = {
    "\u00e9",       "\u4e16\u754c", "\U0001f44b",   "\xc2\x80",         "\xe0\xa0\x80",
    "\xef\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
};

TEST(JsonBuilder, KeepsUtf8) {
  for (const std::string text : kUtf8) {
    const Builder js = Builder::array();
    EXPECT_TRUE(SCJbAppendString(js, text.c_str()));
    EXPECT_TRUE(SCJbAppendStringFromBytes(js, bytes(text), length(text)));
    EXPECT_EQ(js.text(), "[\"" + text + "\",\"" + text + "\"");
  }
}

// Overlong, surrogates, too large, truncated, unexpected continuation.
const char* const kNotUtf8[] = {
    "\x80",
    "\xbf",
    "\xc0\x80",
    "\xc1\xbf",
    "\xe0\x80\x80",
    "\xe0\x9f\xbf",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xf0\x80\x80\x80",
    "\xf0\x8f\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",
    "\xff",
    "\xc3",
    "\xe4\xb8",
    "\xf0\x9f\x91",
    "\xc3\x28",
    "\xe4\xb8\x28",
    "\xf0\x9f\x91\x28",
    "\xe4\x28\x96",
};

std::string as_hex_text(std::string_view bytes_in) {
  std::string text;
  for (const char c : bytes_in) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    text += (static_cast<unsigned char>(c) < 0x80) ? std::string(1, c) : hex;
  }
  return text;
}

TEST(JsonBuilder, WritesBytesThatAreNotUtf8AsHexText) {
  for (const std::string text : kNotUtf8) {
    const Builder js = Builder::array();
    EXPECT_TRUE(SCJbAppendStringFromBytes(js, bytes(text), length(text)));
    EXPECT_TRUE(SCJbClose(js));
    EXPECT_EQ(json::parse(js.text())[0], as_hex_text(text));
  }
}

TEST(JsonBuilder, WritesAllHighBytesAsHexTextWhenOneIsWrong) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbSetStringFromBytes(js, "a", bytes("\u00e9\n\"\xff"), 5));
  EXPECT_EQ(js.text(), R"({"a":"\\xc3\\xa9\n\"\\xff")");
}

TEST(JsonBuilder, RefusesCStringsThatAreNotUtf8) {
  for (const char* text : kNotUtf8) {
    const Builder object = Builder::object();
    EXPECT_FALSE(SCJbSetString(object, "a", text));
    EXPECT_FALSE(SCJbSetString(object, text, "a"));
    EXPECT_FALSE(SCJbSetUint(object, text, 1));
    EXPECT_FALSE(SCJbOpenObject(object, text));
    EXPECT_FALSE(SCJbOpenArray(object, text));
    EXPECT_FALSE(SCJbSetFormatted(object, text));
    EXPECT_EQ(object.text(), "{");
    const Builder array = Builder::array();
    EXPECT_FALSE(SCJbAppendString(array, text));
    EXPECT_EQ(array.text(), "[");
  }
}

TEST(JsonBuilder, PrintsAsciiAndDots) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbSetPrintAsciiString(js, "a", bytes(all), length(all)));
  EXPECT_TRUE(SCJbClose(js));
  std::string expected;
  for (int c = 0; c < 256; ++c) {
    const bool kept = c == '\r' || c == '\n' || (c >= ' ' && c < 127);
    expected.push_back(kept ? static_cast<char>(c) : '.');
  }
  EXPECT_EQ(json::parse(js.text())["a"], expected);
}

TEST(JsonBuilder, EncodesBase64WithPadding) {  // RFC 4648
  const Builder js = Builder::array();
  for (const std::string text : {"f", "fo", "foo", "foob", "\xff\xfe\xfd\xfb"}) {
    EXPECT_TRUE(SCJbAppendBase64(js, bytes(text), length(text)));
  }
  EXPECT_EQ(js.text(), R"(["Zg==","Zm8=","Zm9v","Zm9vYg==","//79+w==")");
}

TEST(JsonBuilder, WritesWholeNumbersOfAllSizes) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbSetUint(js, "a", std::numeric_limits<uint64_t>::max()));
  EXPECT_TRUE(SCJbSetUint(js, "b", 0));
  EXPECT_TRUE(SCJbSetInt(js, "c", std::numeric_limits<int64_t>::min()));
  EXPECT_TRUE(SCJbSetInt(js, "d", std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(js.text(), R"({"a":18446744073709551615,"b":0,"c":-9223372036854775808,)"
                       R"("d":9223372036854775807)");
}

std::string as_json(double value) {
  const Builder js = Builder::array();
  EXPECT_TRUE(SCJbAppendFloat(js, value));
  return js.text().substr(1);
}

TEST(JsonFloat, HasTheFewestDigitsAndNoExponent) {
  EXPECT_EQ(as_json(1.1), "1.1");
  EXPECT_EQ(as_json(1), "1");
  EXPECT_EQ(as_json(-2.5), "-2.5");
  EXPECT_EQ(as_json(0.001), "0.001");
  EXPECT_EQ(as_json(123456.789), "123456.789");
  EXPECT_EQ(as_json(1e21), "1" + std::string(21, '0'));
  EXPECT_EQ(as_json(1e23), "1" + std::string(23, '0'));
  EXPECT_EQ(as_json(9007199254740993e3), "9007199254740993000");
  EXPECT_EQ(as_json(5e-324), "0." + std::string(323, '0') + "5");
  EXPECT_EQ(as_json(std::numeric_limits<double>::max()),
            "17976931348623157" + std::string(292, '0'));
  EXPECT_EQ(as_json(-std::numeric_limits<double>::min()),
            "-0." + std::string(307, '0') + "22250738585072014");
}

TEST(JsonFloat, KeepsTheSignOfZero) {
  EXPECT_EQ(as_json(0.0), "0");
  EXPECT_EQ(as_json(-0.0), "-0");
}

TEST(JsonFloat, IsNullIfJsonHasNoNumberForIt) {
  EXPECT_EQ(as_json(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(as_json(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(as_json(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonFloat, RoundsAwayFromZeroHalfwayBetweenTwoTexts) {
  // Exactly 0.00097751617431640625.
  EXPECT_EQ(as_json(std::ldexp(1025, -20)), "0.0009775161743164063");
  EXPECT_EQ(as_json(-std::ldexp(1025, -20)), "-0.0009775161743164063");
}

TEST(JsonFloat, ReadsBackAsTheSameNumber) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = as_json(value);
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
  }
}

TEST(JsonBuilder, CopiesTheTextOfAnother) {
  const Builder inner = Builder::array();
  EXPECT_TRUE(SCJbAppendUint(inner, 1));
  EXPECT_TRUE(SCJbClose(inner));
  const Builder object = Builder::object();
  EXPECT_TRUE(SCJbSetObject(object, "a", inner));
  EXPECT_TRUE(SCJbSetObject(object, "b", inner));
  EXPECT_EQ(object.text(), R"({"a":[1],"b":[1])");
  const Builder array = Builder::array();
  EXPECT_TRUE(SCJbAppendObject(array, inner));
  EXPECT_TRUE(SCJbAppendObject(array, inner));
  EXPECT_EQ(array.text(), "[[1],[1]");
}

TEST(JsonBuilder, CopiesTheTextOfAnotherThatIsStillOpen) {
  const Builder inner = Builder::object();
  const Builder object = Builder::object();
  EXPECT_TRUE(SCJbSetObject(object, "a", inner));
  EXPECT_TRUE(SCJbClose(object));
  EXPECT_EQ(object.text(), R"({"a":{})");
}

TEST(JsonBuilder, ContinuesInAClone) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbOpenArray(js, "a"));
  EXPECT_TRUE(SCJbAppendUint(js, 1));
  const Builder clone(SCJbClone(js));
  EXPECT_EQ(clone.text(), js.text());
  EXPECT_EQ(SCJbCapacity(clone), SCJbLen(clone));
  EXPECT_TRUE(SCJbAppendUint(clone, 2));
  EXPECT_TRUE(SCJbClose(clone));
  EXPECT_TRUE(SCJbClose(clone));
  EXPECT_EQ(clone.text(), R"({"a":[1,2]})");
  EXPECT_EQ(js.text(), R"({"a":[1)");
  SCJbReset(clone);
  EXPECT_EQ(clone.text(), "{");
}

TEST(JsonBuilder, StartsAgainAfterReset) {
  for (const bool array : {false, true}) {
    const Builder js(array ? SCJbNewArray() : SCJbNewObject());
    const std::string text(10000, 'x');
    EXPECT_TRUE(array ? SCJbAppendString(js, text.c_str()) : SCJbSetString(js, "a", text.c_str()));
    EXPECT_TRUE(SCJbClose(js));
    const auto capacity = SCJbCapacity(js);
    SCJbReset(js);
    EXPECT_EQ(js.text(), array ? "[" : "{");
    EXPECT_EQ(SCJbCapacity(js), capacity);
    EXPECT_TRUE(array ? SCJbAppendUint(js, 1) : SCJbSetUint(js, "a", 1));
    EXPECT_TRUE(SCJbClose(js));
    EXPECT_EQ(js.text(), array ? "[1]" : R"({"a":1})");
  }
}

TEST(JsonBuilder, GrowsAheadOfItsText) {
  const Builder js = Builder::array();
  EXPECT_EQ(SCJbCapacity(js), 4096u);
  std::string expected = "[";
  const std::string element(1000, 'x');
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(SCJbAppendString(js, element.c_str()));
    ASSERT_LE(SCJbLen(js), SCJbCapacity(js));
    expected += (i == 0 ? "\"" : ",\"") + element + "\"";
  }
  EXPECT_EQ(js.text(), expected);
}

TEST(JsonBuilder, AcceptsATextOfManyMegabytes) {
  const std::string text(16 << 20, '\x01');
  const Builder js = Builder::array();
  EXPECT_TRUE(SCJbAppendString(js, text.c_str()));
  EXPECT_EQ(SCJbLen(js), 6 * text.size() + 3);
}

}  // namespace
