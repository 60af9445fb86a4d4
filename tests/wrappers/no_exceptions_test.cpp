// The wrappers in a plugin that is built with -fno-exceptions -fno-rtti: values are created and
// destroyed, and running out of memory is an error. Method: the fake host (fake_host.hpp), without
// GoogleTest, which needs both.
#include <suricata/rust.h>

#include <cstdio>
#include <string>
#include <suricata_ffi/eve.hpp>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/thread.hpp>

#include "fake_host.hpp"
#include "out_of_memory.hpp"
#include "values.hpp"

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this test is to be compiled with -fno-exceptions -fno-rtti"
#endif

namespace {

using suricata_ffi::Error;
using suricata_ffi::flow::FlowStorage;
using suricata_ffi::thread::ThreadStorage;
using suricata_ffi::thread::ThreadVars;
using test::Census;
using FlowView = suricata_ffi::flow::Flow;

int failures = 0;

void expect(bool condition, const char* what, int line) {
  if (condition) return;
  std::fprintf(stderr, "no_exceptions_test.cpp:%d: expected: %s\n", line, what);
  ++failures;
}
#define EXPECT(condition) expect(condition, #condition, __LINE__)

template <class Storage, class View, class Host, class Value>
void value_lives_and_dies() {
  fake_host::reset();
  Census<Value>::clear();
  const auto storage = Storage::register_slot("slot");
  EXPECT(storage.has_value());
  if (!storage) return;
  {
    Host host;
    auto view = View::from_ptr(host.raw());
    {
      const test::OutOfMemory out_of_memory;
      const auto value = storage->get_or_insert_with(view, [] { return Value(); });
      EXPECT(!value && value.error() == Error::out_of_memory);
    }
    const auto value = storage->get_or_insert_with(view, [] { return Value(); });
    EXPECT(value.has_value());
    EXPECT(storage->get_mut(view) == *value);
    EXPECT(Census<Value>::alive() == 1);
  }
  EXPECT(Census<Value>::made == 1);
  EXPECT(Census<Value>::destroyed == 1);
}

template <class... Values>
void values_live_and_die() {
  (value_lives_and_dies<ThreadStorage<Values>, ThreadVars, fake_host::Thread, Values>(), ...);
  (value_lives_and_dies<FlowStorage<Values>, FlowView, fake_host::OneFlow, Values>(), ...);
}

void callbacks_run_or_are_refused() {
  fake_host::reset();
  fake_host::Thread host;
  int calls = 0;
  EXPECT(suricata_ffi::thread::register_init_callback([&](ThreadVars&) { ++calls; }).has_value());
  const auto& callback = fake_host::state().thread_init.at(0);
  callback.fn(host.raw(), callback.user);
  EXPECT(calls == 1);

  const test::OutOfMemory out_of_memory;
  const auto refused = suricata_ffi::thread::register_init_callback([&](ThreadVars&) { ++calls; });
  EXPECT(!refused && refused.error() == Error::out_of_memory);
}

template <class Callback>
std::string record_with(Callback add) {
  fake_host::reset();
  fake_host::Thread host;
  EXPECT(suricata_ffi::eve::register_callback(add).has_value());
  SCJsonBuilder* const record = SCJbNewObject();
  const auto& callback = fake_host::state().eve.at(0);
  callback.fn(host.raw(), nullptr, nullptr, record, callback.user);
  const std::string text(reinterpret_cast<const char*>(SCJbPtr(record)), SCJbLen(record));
  SCJbFree(record);
  return text;
}

void eve_callbacks_add_to_the_record() {
  namespace eve = suricata_ffi::eve;
  const auto nothing_open = [](eve::ThreadVars&, const eve::Packet*, eve::Flow*,
                               eve::JsonBuilder& jb) {
    return jb.set_string("a", "\u00e9") && jb.set_string("b", "\xff");
  };
  EXPECT(record_with(nothing_open) == R"({"a":"\\u{e9}")");
  const auto left_open = [](eve::ThreadVars&, const eve::Packet*, eve::Flow*,
                            eve::JsonBuilder& jb) {
    return jb.set_uint("a", 1) && jb.open_object("gone") && jb.set_string("b", "\xff");
  };
  EXPECT(record_with(left_open) == "{");
}

}  // namespace

int main() {
  values_live_and_die<test::Small, test::OneByte, test::MoveOnly, test::Immovable, test::TwoLines,
                      test::Page, test::MiB, test::ThrowingConstructor, test::ThrowingDestructor>();
  callbacks_run_or_are_refused();
  eve_callbacks_add_to_the_record();
  if (failures == 0) std::puts("wrappers without exceptions and RTTI: as expected");
  return failures == 0 ? 0 : 1;
}
