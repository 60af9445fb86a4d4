// The wrappers' thread and flow storage, for every kind of value. Method: a fake host
// (fake_host.hpp) that aborts on an id that was never registered.
#include <gmock/gmock.h>

#include <cstdint>
#include <set>
#include <string>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/thread.hpp>

#include "fake_host.hpp"
#include "out_of_memory.hpp"
#include "values.hpp"

namespace {

using suricata_ffi::Error;
using suricata_ffi::flow::FlowStorage;
using suricata_ffi::thread::ThreadStorage;
using suricata_ffi::thread::ThreadVars;
using test::Census;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using FlowView = suricata_ffi::flow::Flow;

// Both kinds of storage have the same tests.
template <template <class> class StorageOf, class HostObject, class ObjectView>
struct Family {
  template <class T>
  using Storage = StorageOf<T>;
  using Host = HostObject;  // a thread or flow of the host
  using View = ObjectView;
};

struct Threads : Family<ThreadStorage, fake_host::Thread, ThreadVars> {
  static auto& slots() { return fake_host::state().thread_slots; }
};
struct Flows : Family<FlowStorage, fake_host::OneFlow, FlowView> {
  static auto& slots() { return fake_host::state().flow_slots; }
};

template <class F>
class AnyStorage : public testing::Test {
 protected:
  AnyStorage() { fake_host::reset(); }

  template <class T>
  static auto registered(const char* name = "slot") {
    using Handle = typename F::template Storage<T>;
    const auto storage = Handle::register_slot(name);
    EXPECT_TRUE(storage.has_value());
    return storage.value_or(Handle());
  }
};

using Families = testing::Types<Threads, Flows>;
TYPED_TEST_SUITE(AnyStorage, Families);

TYPED_TEST(AnyStorage, KeepsACopyOfTheNameForTheHost) {  // L17
  {
    std::string name = "a name that lives shortly, and is too long to sit inside a string";
    this->template registered<int>(name.c_str());
    name.assign(name.size(), 'x');
  }
  ASSERT_THAT(TypeParam::slots(), SizeIs(1));
  EXPECT_STREQ(TypeParam::slots()[0].name,
               "a name that lives shortly, and is too long to sit inside a string");
}

TYPED_TEST(AnyStorage, AcceptsNamesThatAreNotTerminated) {
  const char letters[] = {'a', 'b', 'c', 'd'};
  ASSERT_TRUE(TypeParam::template Storage<int>::register_slot(std::string_view(letters, 2)));
  EXPECT_STREQ(TypeParam::slots()[0].name, "ab");
}

TYPED_TEST(AnyStorage, RefusesANameWithANulWithoutCallingTheHost) {
  const auto storage = TypeParam::template Storage<int>::register_slot(std::string_view("a\0b", 3));
  ASSERT_FALSE(storage.has_value());
  EXPECT_EQ(storage.error(), Error::name_contains_nul);
  EXPECT_THAT(TypeParam::slots(), IsEmpty());
}

TYPED_TEST(AnyStorage, ReportsThatTheHostRefused) {  // L16
  const auto empty = TypeParam::template Storage<int>::register_slot("");
  ASSERT_FALSE(empty.has_value());
  EXPECT_EQ(empty.error(), Error::refused);

  fake_host::state().refuse_slots = true;
  const auto late = TypeParam::template Storage<int>::register_slot("late");
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error(), Error::refused);
}

TYPED_TEST(AnyStorage, ReportsThatThereIsNoMemoryForTheName) {
  for (int successes = 0; successes < 2; ++successes) {
    const test::OutOfMemory out_of_memory(successes);
    const auto storage = TypeParam::template Storage<int>::register_slot("slot");
    ASSERT_FALSE(storage.has_value());
    EXPECT_EQ(storage.error(), Error::out_of_memory);
  }
  EXPECT_THAT(TypeParam::slots(), IsEmpty());
}

TYPED_TEST(AnyStorage, AnUnregisteredHandleNeverReachesTheHost) {  // L18: id -1 is out of bounds
  typename TypeParam::Host host;
  auto view = TypeParam::View::from_ptr(host.raw());
  const typename TypeParam::template Storage<int> storage;
  EXPECT_EQ(storage.id(), -1);
  EXPECT_EQ(storage.get(view), nullptr);
  EXPECT_EQ(storage.get_mut(view), nullptr);
  bool made = false;
  const auto value = storage.get_or_insert_with(view, [&] {
    made = true;
    return 1;
  });
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error(), Error::unregistered);
  EXPECT_FALSE(made);
  EXPECT_EQ(fake_host::state().gets + fake_host::state().sets, 0);
}

TYPED_TEST(AnyStorage, AnEmptySlotGivesNullptr) {
  typename TypeParam::Host host;
  auto view = TypeParam::View::from_ptr(host.raw());
  const auto storage = this->template registered<int>();
  EXPECT_EQ(storage.get(view), nullptr);
  EXPECT_EQ(storage.get_mut(view), nullptr);
}

TYPED_TEST(AnyStorage, InsertsOnceAndFindsItAgain) {
  typename TypeParam::Host host;
  auto view = TypeParam::View::from_ptr(host.raw());
  const auto storage = this->template registered<int>();
  int made = 0;
  const auto make = [&made] { return 40 + ++made; };
  const auto first = storage.get_or_insert_with(view, make);
  const auto second = storage.get_or_insert_with(view, make);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(**first, 41);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(storage.get(view), *first);
  EXPECT_EQ(storage.get_mut(view), *first);
}

TYPED_TEST(AnyStorage, EachObjectAndEachSlotHasItsOwnValue) {
  typename TypeParam::Host a;
  typename TypeParam::Host b;
  const auto one = this->template registered<int>("one");
  const auto two = this->template registered<int>("two");
  int next = 0;
  std::set<const int*> addresses;
  for (auto* host : {&a, &b}) {
    auto view = TypeParam::View::from_ptr(host->raw());
    for (const auto& storage : {one, two}) {
      addresses.insert(storage.get_or_insert_with(view, [&] { return next++; }).value_or(nullptr));
    }
  }
  EXPECT_THAT(addresses, SizeIs(4));
  const auto view_a = TypeParam::View::from_ptr(a.raw());
  const auto view_b = TypeParam::View::from_ptr(b.raw());
  EXPECT_EQ(*one.get(view_a), 0);
  EXPECT_EQ(*two.get(view_a), 1);
  EXPECT_EQ(*one.get(view_b), 2);
  EXPECT_EQ(*two.get(view_b), 3);
}

TYPED_TEST(AnyStorage,
           AFactoryThatFillsTheSlotItselfLosesNothing) {  // L20: the host would overwrite
  Census<test::Small>::clear();
  {
    typename TypeParam::Host host;
    auto view = TypeParam::View::from_ptr(host.raw());
    const auto storage = this->template registered<test::Small>();
    test::Small* inner = nullptr;
    const auto outer = storage.get_or_insert_with(view, [&] {
      inner = storage.get_or_insert_with(view, [] { return test::Small(); }).value_or(nullptr);
      return test::Small();
    });
    ASSERT_TRUE(outer.has_value());
    EXPECT_EQ(*outer, inner);
    EXPECT_EQ(storage.get(view), inner);
    EXPECT_EQ(Census<test::Small>::alive(), 1);
  }
  EXPECT_EQ(Census<test::Small>::alive(), 0);
}

TYPED_TEST(AnyStorage, AFactoryMayReturnAnArgumentOfTheConstructor) {
  typename TypeParam::Host host;
  auto view = TypeParam::View::from_ptr(host.raw());
  const auto storage = this->template registered<std::string>();
  const auto value = storage.get_or_insert_with(view, [] { return "text"; });
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(**value, "text");
}

TYPED_TEST(AnyStorage, HandlesAreIds) {
  using Storage = typename TypeParam::template Storage<test::Immovable>;
  static_assert(std::is_trivially_copyable_v<Storage>);
  static_assert(std::is_nothrow_default_constructible_v<Storage>);
  static_assert(sizeof(Storage) == sizeof(int));
  this->template registered<int>("first");
  EXPECT_EQ(this->template registered<int>("second").id(), 1);
}

TYPED_TEST(AnyStorage, ViewsAreBorrowed) {
  using View = typename TypeParam::View;
  static_assert(!std::is_copy_constructible_v<View> && !std::is_copy_assignable_v<View>);
  static_assert(!std::is_move_constructible_v<View> && !std::is_move_assignable_v<View>);
  typename TypeParam::Host host;
  auto view = View::from_ptr(host.raw());
  EXPECT_EQ(view.as_ptr(), host.raw());
  EXPECT_EQ(view.as_mut_ptr(), host.raw());
}

// Both kinds of storage with every kind of value.
template <class F, class V>
struct Case {
  using Family = F;
  using Value = V;
};

template <class C>
class AnyValue : public AnyStorage<typename C::Family> {
 protected:
  using Host = typename C::Family::Host;
  using View = typename C::Family::View;

  AnyValue() {
    Census<typename C::Value>::clear();
    test::ThrowingConstructor::throws_left = 0;
  }
};

using Cases = testing::Types<
    Case<Threads, test::Small>, Case<Threads, test::OneByte>, Case<Threads, test::MoveOnly>,
    Case<Threads, test::Immovable>, Case<Threads, test::TwoLines>, Case<Threads, test::Page>,
    Case<Threads, test::MiB>, Case<Threads, test::ThrowingConstructor>,
    Case<Threads, test::ThrowingDestructor>, Case<Flows, test::Small>, Case<Flows, test::OneByte>,
    Case<Flows, test::MoveOnly>, Case<Flows, test::Immovable>, Case<Flows, test::TwoLines>,
    Case<Flows, test::Page>, Case<Flows, test::MiB>, Case<Flows, test::ThrowingConstructor>,
    Case<Flows, test::ThrowingDestructor>>;
TYPED_TEST_SUITE(AnyValue, Cases);

TYPED_TEST(AnyValue, IsConstructedInPlaceOnceAndDestroyedOnceByFree) {  // L21
  using Value = typename TypeParam::Value;
  const auto storage = this->template registered<Value>();
  {
    typename TestFixture::Host host;
    auto view = TestFixture::View::from_ptr(host.raw());
    const auto value = storage.get_or_insert_with(view, [] { return Value(); });
    ASSERT_TRUE(value.has_value());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(*value) % alignof(Value), 0u);
    EXPECT_EQ(Census<Value>::made, 1);
    EXPECT_EQ(Census<Value>::moved, 0);
    EXPECT_EQ(Census<Value>::destroyed, 0);
    EXPECT_EQ(++(*value)->count, 1u);
  }
  EXPECT_EQ(Census<Value>::made, 1);
  EXPECT_EQ(Census<Value>::destroyed, 1);
}

TYPED_TEST(AnyValue, IsNotConstructedIfThereIsNoMemory) {
  using Value = typename TypeParam::Value;
  const auto storage = this->template registered<Value>();
  typename TestFixture::Host host;
  auto view = TestFixture::View::from_ptr(host.raw());
  {
    const test::OutOfMemory out_of_memory;
    const auto value = storage.get_or_insert_with(view, [] { return Value(); });
    ASSERT_FALSE(value.has_value());
    EXPECT_EQ(value.error(), Error::out_of_memory);
  }
  EXPECT_EQ(Census<Value>::made, 0);
  EXPECT_EQ(storage.get(view), nullptr);
}

TYPED_TEST(AnyValue, IsDestroyedIfTheHostDoesNotStoreIt) {  // L20
  using Value = typename TypeParam::Value;
  const auto storage = this->template registered<Value>();
  typename TestFixture::Host host;
  auto view = TestFixture::View::from_ptr(host.raw());
  fake_host::state().refuse_values = true;
  if constexpr (std::is_nothrow_destructible_v<Value>) {
    const auto value = storage.get_or_insert_with(view, [] { return Value(); });
    ASSERT_FALSE(value.has_value());
    EXPECT_EQ(value.error(), Error::set_failed);
  } else {
    EXPECT_THROW((void)storage.get_or_insert_with(view, [] { return Value(); }),
                 std::runtime_error);
  }
  EXPECT_EQ(Census<Value>::made, 1);
  EXPECT_EQ(Census<Value>::destroyed, 1);
  EXPECT_EQ(storage.get(view), nullptr);
}

TYPED_TEST(AnyValue, LeavesTheSlotEmptyIfTheFactoryThrows) {
  using Value = typename TypeParam::Value;
  const auto storage = this->template registered<Value>();
  typename TestFixture::Host host;
  auto view = TestFixture::View::from_ptr(host.raw());
  const auto fail = []() -> Value { throw std::runtime_error("maker"); };
  EXPECT_THROW((void)storage.get_or_insert_with(view, fail), std::runtime_error);
  EXPECT_EQ(Census<Value>::made, 0);
  EXPECT_EQ(fake_host::state().sets, 0);
  EXPECT_TRUE(storage.get_or_insert_with(view, [] { return Value(); }).has_value());
}

template <class F>
class ThrowingValue : public AnyStorage<F> {};
TYPED_TEST_SUITE(ThrowingValue, Families);

TYPED_TEST(ThrowingValue, InAConstructorLeavesTheSlotEmptyAndCanBeRetried) {
  using Value = test::ThrowingConstructor;
  Census<Value>::clear();
  const auto storage = this->template registered<Value>();
  typename TypeParam::Host host;
  auto view = TypeParam::View::from_ptr(host.raw());
  Value::throws_left = 1;
  EXPECT_THROW((void)storage.get_or_insert_with(view, [] { return Value(); }), std::runtime_error);
  EXPECT_EQ(Census<Value>::alive(), 0);
  EXPECT_EQ(storage.get(view), nullptr);
  EXPECT_TRUE(storage.get_or_insert_with(view, [] { return Value(); }).has_value());
  EXPECT_EQ(Census<Value>::alive(), 1);
}

TYPED_TEST(ThrowingValue, InADestructorIsLoggedAndTheHostContinues) {
  const auto storage = this->template registered<test::ThrowingDestructor>();
  {
    typename TypeParam::Host host;
    auto view = TypeParam::View::from_ptr(host.raw());
    ASSERT_TRUE(storage.get_or_insert_with(view, [] { return test::ThrowingDestructor(); }));
  }
  ASSERT_THAT(fake_host::state().log, SizeIs(1));
  const fake_host::LogLine& line = fake_host::state().log[0];
  EXPECT_EQ(line.level, SC_LOG_ERROR);
  EXPECT_EQ(line.module, "suricata_ffi");
  EXPECT_THAT(line.message, HasSubstr("Free of a "));
  EXPECT_THAT(line.message, HasSubstr("threw an exception: destructor"));
}

TEST(FlowValues, AreNotPadded) {  // there are many flows
  EXPECT_EQ((suricata_ffi::detail::ValueMemory<char, 1>::kSize), 1u);
  EXPECT_EQ(suricata_ffi::detail::FlowHost::kLine, 1u);
}

}  // namespace
