// Misuse of the JSON builder, its marks, and running out of memory. Method: each call's result, and
// the resulting text.
#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "builder.hpp"
#include "library_out_of_memory.hpp"

namespace {

using nlohmann::json;
using test::Builder;
using test::bytes;

using Call = std::function<bool(SCJsonBuilder*)>;

// Each call that writes a member.
std::vector<Call> members(const char* key, SCJsonBuilder* other) {
  return {
      [=](SCJsonBuilder* js) { return SCJbOpenObject(js, key); },
      [=](SCJsonBuilder* js) { return SCJbOpenArray(js, key); },
      [=](SCJsonBuilder* js) { return SCJbSetString(js, key, "a"); },
      [=](SCJsonBuilder* js) { return SCJbSetStringFromBytes(js, key, bytes("a"), 1); },
      [=](SCJsonBuilder* js) { return SCJbSetPrintAsciiString(js, key, bytes("a"), 1); },
      [=](SCJsonBuilder* js) { return SCJbSetBase64(js, key, bytes("a"), 1); },
      [=](SCJsonBuilder* js) { return SCJbSetHex(js, key, bytes("a"), 1); },
      [=](SCJsonBuilder* js) { return SCJbSetUint(js, key, 1); },
      [=](SCJsonBuilder* js) { return SCJbSetInt(js, key, 1); },
      [=](SCJsonBuilder* js) { return SCJbSetFloat(js, key, 1); },
      [=](SCJsonBuilder* js) { return SCJbSetBool(js, key, true); },
      [=](SCJsonBuilder* js) { return SCJbSetObject(js, key, other); },
      [=](SCJsonBuilder* js) { return SCJbSetFormatted(js, key); },
  };
}

std::vector<Call> elements(SCJsonBuilder* other) {
  return {
      [](SCJsonBuilder* js) { return SCJbStartObject(js); },
      [](SCJsonBuilder* js) { return SCJbAppendString(js, "a"); },
      [](SCJsonBuilder* js) { return SCJbAppendStringFromBytes(js, bytes("a"), 1); },
      [](SCJsonBuilder* js) { return SCJbAppendBase64(js, bytes("a"), 1); },
      [](SCJsonBuilder* js) { return SCJbAppendUint(js, 1); },
      [](SCJsonBuilder* js) { return SCJbAppendFloat(js, 1); },
      [=](SCJsonBuilder* js) { return SCJbAppendObject(js, other); },
  };
}

void expect_refused(const std::vector<Call>& calls, const Builder& js) {
  const std::string before = js.text();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    EXPECT_FALSE(calls[i](js)) << "call " << i;
    EXPECT_EQ(js.text(), before) << "call " << i;
  }
}

TEST(JsonBuilderMisuse, MembersDoNotGoIntoAnArray) {
  const Builder other = Builder::object();
  const Builder js = Builder::array();
  expect_refused(members("k", other), js);
  EXPECT_TRUE(SCJbAppendUint(js, 1));
  expect_refused(members("k", other), js);
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(js.text(), "[1]");
}

TEST(JsonBuilderMisuse, ElementsDoNotGoIntoAnObject) {
  const Builder other = Builder::object();
  const Builder js = Builder::object();
  expect_refused(elements(other), js);
  EXPECT_TRUE(SCJbSetUint(js, "k", 1));
  expect_refused(elements(other), js);
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(js.text(), R"({"k":1})");
}

TEST(JsonBuilderMisuse, NothingCanBeAddedAfterTheEnd) {
  const Builder other = Builder::object();
  for (SCJsonBuilder* raw : {SCJbNewObject(), SCJbNewArray()}) {
    const Builder js(raw);
    EXPECT_TRUE(SCJbClose(js));
    expect_refused(members("k", other), js);
    expect_refused(elements(other), js);
    expect_refused({SCJbClose}, js);
  }
}

TEST(JsonBuilderMisuse, ZeroBytesAreRefused) {
  for (const uint8_t* first : {static_cast<const uint8_t*>(nullptr), bytes("a")}) {
    const uint32_t len = first == nullptr ? 1 : 0;
    expect_refused(
        {
            [=](SCJsonBuilder* js) { return SCJbSetStringFromBytes(js, "k", first, len); },
            [=](SCJsonBuilder* js) { return SCJbSetPrintAsciiString(js, "k", first, len); },
            [=](SCJsonBuilder* js) { return SCJbSetBase64(js, "k", first, len); },
            [=](SCJsonBuilder* js) { return SCJbSetHex(js, "k", first, len); },
        },
        Builder::object());
    expect_refused({
                       [=](SCJsonBuilder* js) { return SCJbAppendStringFromBytes(js, first, len); },
                       [=](SCJsonBuilder* js) { return SCJbAppendBase64(js, first, len); },
                   },
                   Builder::array());
  }
}

TEST(JsonBuilderMisuse, EmptyStringsAreAccepted) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbSetString(js, "", ""));
  EXPECT_EQ(js.text(), R"({"":"")");
}

TEST(JsonBuilderMisuse, NullForAStringIsRefused) {
  const Builder other = Builder::object();
  expect_refused(members(nullptr, other), Builder::object());
  expect_refused({[](SCJsonBuilder* js) { return SCJbSetString(js, "k", nullptr); },
                  [](SCJsonBuilder* js) { return SCJbSetObject(js, "k", nullptr); }},
                 Builder::object());
  expect_refused({[](SCJsonBuilder* js) { return SCJbAppendString(js, nullptr); },
                  [](SCJsonBuilder* js) { return SCJbAppendObject(js, nullptr); }},
                 Builder::array());
}

TEST(JsonBuilderMisuse, NullForABuilderIsRefused) {  // Suricata crashes
  const Builder other = Builder::object();
  for (const Call& call : members("k", other)) EXPECT_FALSE(call(nullptr));
  for (const Call& call : elements(other)) EXPECT_FALSE(call(nullptr));
  EXPECT_FALSE(SCJbClose(nullptr));
  EXPECT_EQ(SCJbClone(nullptr), nullptr);
  EXPECT_EQ(SCJbPtr(nullptr), nullptr);
  EXPECT_EQ(SCJbLen(nullptr), 0u);
  EXPECT_EQ(SCJbCapacity(nullptr), 0u);
  SCJbReset(nullptr);
  SCJbFree(nullptr);
  SCJsonBuilderMark mark = {1, 2, 3};
  SCJbGetMark(nullptr, &mark);
  EXPECT_EQ(mark.position, 1u);
  EXPECT_FALSE(SCJbRestoreMark(nullptr, &mark));
}

TEST(JsonBuilderMisuse, ABuilderDoesNotGoIntoItself) {
  const Builder object = Builder::object();
  expect_refused({[](SCJsonBuilder* js) { return SCJbSetObject(js, "k", js); }}, object);
  const Builder array = Builder::array();
  expect_refused({[](SCJsonBuilder* js) { return SCJbAppendObject(js, js); }}, array);
}

SCJsonBuilderMark mark_of(const Builder& js) {
  SCJsonBuilderMark mark;
  SCJbGetMark(js, &mark);
  return mark;
}

TEST(JsonMark, HasTextLevelsAndState) {
  const Builder js = Builder::object();
  auto mark = mark_of(js);
  EXPECT_EQ(mark.position, 1u);
  EXPECT_EQ(mark.state_index, 2u);
  EXPECT_EQ(mark.state, 1u);
  EXPECT_TRUE(SCJbOpenArray(js, "k"));
  mark = mark_of(js);
  EXPECT_EQ(mark.position, 6u);
  EXPECT_EQ(mark.state_index, 3u);
  EXPECT_EQ(mark.state, 3u);
  EXPECT_TRUE(SCJbAppendUint(js, 1));
  EXPECT_EQ(mark_of(js).state, 4u);
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(mark_of(js).state, 2u);
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(mark_of(js).state, 0u);
  EXPECT_EQ(mark_of(js).state_index, 1u);
}

TEST(JsonMark, RemovesWhatHasBeenOpenedSince) {
  const Builder js = Builder::object();
  auto mark = mark_of(js);
  EXPECT_TRUE(SCJbOpenObject(js, "gone"));
  EXPECT_TRUE(SCJbSetUint(js, "a", 1));
  EXPECT_TRUE(SCJbOpenArray(js, "deeper"));
  EXPECT_TRUE(SCJbRestoreMark(js, &mark));
  EXPECT_EQ(js.text(), "{");
  EXPECT_TRUE(SCJbSetUint(js, "stays", 1));
  mark = mark_of(js);
  EXPECT_TRUE(SCJbOpenObject(js, "gone"));
  EXPECT_TRUE(SCJbRestoreMark(js, &mark));
  EXPECT_TRUE(SCJbSetUint(js, "too", 2));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(js.text(), R"({"stays":1,"too":2})");
}

TEST(JsonMark, KeepsMembersOfTheLevelThatItWasTakenIn) {
  const Builder js = Builder::object();
  auto mark = mark_of(js);
  EXPECT_TRUE(SCJbSetUint(js, "a", 1));
  EXPECT_TRUE(SCJbRestoreMark(js, &mark));
  EXPECT_EQ(js.text(), R"({"a":1)");
}

TEST(JsonMark, KeepsWhatHasBeenClosedAgain) {
  const Builder js = Builder::object();
  auto mark = mark_of(js);
  EXPECT_TRUE(SCJbOpenObject(js, "a"));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_TRUE(SCJbRestoreMark(js, &mark));
  EXPECT_EQ(js.text(), R"({"a":{})");
}

TEST(JsonMark, DoesNothingOnceTheTextIsShorter) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbOpenObject(js, "a"));
  auto mark = mark_of(js);
  SCJbReset(js);
  EXPECT_TRUE(SCJbRestoreMark(js, &mark));
  EXPECT_EQ(js.text(), "{");
}

TEST(JsonMark, IsRefusedWithAnInvalidState) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbOpenObject(js, "a"));
  SCJsonBuilderMark mark = {1, 2, 5};
  EXPECT_FALSE(SCJbRestoreMark(js, &mark));
  mark = {1000, 1000, 5};
  EXPECT_FALSE(SCJbRestoreMark(js, &mark));
  EXPECT_FALSE(SCJbRestoreMark(js, nullptr));
  EXPECT_EQ(js.text(), R"({"a":{)");
}

TEST(JsonMark, IsRefusedIfSuricataWouldEndTheProcess) {
  const Builder js = Builder::object();
  EXPECT_TRUE(SCJbOpenObject(js, "\u00e9"));
  SCJsonBuilderMark no_level = {1, 0, 1};
  EXPECT_FALSE(SCJbRestoreMark(js, &no_level));
  SCJsonBuilderMark in_a_character = {3, 2, 1};
  EXPECT_FALSE(SCJbRestoreMark(js, &in_a_character));
  EXPECT_EQ(js.text(), "{\"\u00e9\":{");
  SCJsonBuilderMark before_it = {2, 2, 1};
  EXPECT_TRUE(SCJbRestoreMark(js, &before_it));
  EXPECT_EQ(js.text(), "{\"");
}

TEST(JsonMark, MayRemoveEverything) {
  const Builder other = Builder::object();
  const Builder js = Builder::object();
  SCJsonBuilderMark mark = {0, 1, 1};  // invented: the outermost level as an object, never closed
  EXPECT_TRUE(SCJbRestoreMark(js, &mark));
  EXPECT_EQ(js.text(), "");
  EXPECT_TRUE(SCJbClose(js));
  expect_refused(members("k", other), js);
  expect_refused(elements(other), js);
  expect_refused({SCJbClose}, js);
  const Builder clone(SCJbClone(js));
  SCJbReset(clone);
  EXPECT_EQ(clone.text(), "{");
}

TEST(JsonOutOfMemory, NoBuilderIsCreated) {
  const Builder js = Builder::object();
  for (int successes = 0; successes < 3; ++successes) {
    const test::LibraryOutOfMemory out_of_memory(successes);
    EXPECT_EQ(SCJbNewObject(), nullptr);
  }
  for (int successes = 0; successes < 3; ++successes) {
    const test::LibraryOutOfMemory out_of_memory(successes);
    EXPECT_EQ(SCJbNewArray(), nullptr);
  }
  for (int successes = 0; successes < 3; ++successes) {
    const test::LibraryOutOfMemory out_of_memory(successes);
    EXPECT_EQ(SCJbClone(js), nullptr);
  }
}

TEST(JsonOutOfMemory, WhatFitsCanStillBeAdded) {
  const std::string text(5000, 'x');
  const Builder js = Builder::object();
  const test::LibraryOutOfMemory out_of_memory;
  EXPECT_TRUE(SCJbSetString(js, "a", "fits"));
  EXPECT_FALSE(SCJbSetString(js, "b", text.c_str()));
  EXPECT_EQ(js.text(), R"({"a":"fits","b":)");  // as Suricata leaves it
  EXPECT_FALSE(SCJbSetStringFromBytes(js, "c", bytes(text), 5000));
  EXPECT_FALSE(SCJbSetPrintAsciiString(js, "c", bytes(text), 5000));
  EXPECT_FALSE(SCJbSetHex(js, "c", bytes(text), 5000));
  EXPECT_FALSE(SCJbSetBase64(js, "c", bytes(text), 5000));
  EXPECT_FALSE(SCJbSetFormatted(js, text.c_str()));
  EXPECT_FALSE(SCJbOpenObject(js, text.c_str()));
  EXPECT_LE(SCJbLen(js), SCJbCapacity(js));
  SCJbReset(js);
  EXPECT_EQ(js.text(), "{");
}

TEST(JsonOutOfMemory, ALevelIsNotOpened) {
  const Builder js = Builder::object();
  const test::LibraryOutOfMemory out_of_memory;
  int opened = 0;
  while (opened < 100 && SCJbOpenObject(js, "k")) ++opened;
  EXPECT_EQ(opened, 30);
  for (int i = 0; i <= opened; ++i) EXPECT_TRUE(SCJbClose(js));
  EXPECT_FALSE(SCJbClose(js));
}

TEST(JsonOutOfMemory, TheSameCallSucceedsOnceThereIsMemory) {
  const std::string text(5000, 'x');
  const Builder js = Builder::array();
  {
    const test::LibraryOutOfMemory out_of_memory;
    EXPECT_FALSE(SCJbAppendString(js, text.c_str()));
  }
  SCJbReset(js);
  EXPECT_TRUE(SCJbAppendString(js, text.c_str()));
  EXPECT_TRUE(SCJbClose(js));
  EXPECT_EQ(json::parse(js.text())[0], text);
}

}  // namespace
