// Goal: a fault has one text form, for parsing and writing. Method: parse what was written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "surisim/faults.hpp"
#include "surisim/options.hpp"
#include "surisim/runtime.hpp"

namespace {

using surisim::ErrorCode;
using surisim::Fault;
using surisim::parse_fault;
using testing::HasSubstr;

TEST(FaultText, ReadsWhatItWrites) {
  for (const char* text :
       {"init:W#02", "run:W#01-eth0", "create:FM#01", "spawn:W#02", "spawn:3", "start:RX#01",
        "signal", "paused", "alloc:7", "host-alloc:1", "set:18446744073709551615", "register:2",
        "register:my slot", "register:a:b"}) {
    const auto fault = parse_fault(text);
    ASSERT_TRUE(fault.has_value()) << text;
    EXPECT_EQ(to_string(*fault), text);
  }
}

TEST(FaultText, ListsTheFormsInErrors) {
  for (const char* text :
       {"", "alloc", "alloc:", "alloc:0", "alloc:-1", "alloc:seven", "alloc:*", "set:1x",
        "host-alloc:18446744073709551616", "register:", "register:0", "spawn:", "spawn:0",
        "paused:W#01", "signal:1", "start:", "init:", "W#01", "explode:1"}) {
    const auto fault = parse_fault(text);
    ASSERT_FALSE(fault.has_value()) << text;
    EXPECT_EQ(fault.error().code, ErrorCode::invalid_option);
    EXPECT_THAT(fault.error().message, HasSubstr("alloc:K, host-alloc:K, set:K, register:K"));
    EXPECT_THAT(fault.error().message, HasSubstr("got \"" + std::string(text) + "\""));
  }
}

TEST(FaultText, NeedsANumber) {
  surisim::Options options;
  options.faults = {Fault{Fault::Kind::value_set}};
  const auto runtime = surisim::Runtime::create(options);
  ASSERT_FALSE(runtime.has_value());
  EXPECT_EQ(runtime.error().code, ErrorCode::invalid_option);
  EXPECT_THAT(runtime.error().message, HasSubstr("fault set has no number"));
}

}  // namespace
