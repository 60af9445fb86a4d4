// Registering callbacks, and calls by the host. Method: a fake host (fake_host.hpp) keeps the
// function and the user pointer; the test calls them as the host would.
#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/thread.hpp>
#include <vector>

#include "fake_host.hpp"
#include "out_of_memory.hpp"

namespace {

namespace flow = suricata_ffi::flow;
namespace thread = suricata_ffi::thread;
using flow::Packet;
using suricata_ffi::Error;
using suricata_ffi::expected;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using thread::ThreadVars;
using FlowView = flow::Flow;

// The differences between the four kinds: how to register, and how the host calls.
struct ThreadInit {
  static constexpr const char* kName = "thread init callback";
  template <class F>
  static expected<void> add(F&& f) {
    return thread::register_init_callback(std::forward<F>(f));
  }
  static auto& list() { return fake_host::state().thread_init; }
  template <class Callback>
  static void call(const Callback& callback, ThreadVars_* tv, Flow_*, Packet_*) {
    callback.fn(tv, callback.user);
  }
};

struct FlowInit {
  static constexpr const char* kName = "flow init callback";
  template <class F>
  static expected<void> add(F&& f) {
    return flow::register_init_callback(std::forward<F>(f));
  }
  static auto& list() { return fake_host::state().flow_init; }
  template <class Callback>
  static void call(const Callback& callback, ThreadVars_* tv, Flow_* f, Packet_* p) {
    callback.fn(tv, f, p, callback.user);
  }
};

struct FlowUpdate {
  static constexpr const char* kName = "flow update callback";
  template <class F>
  static expected<void> add(F&& f) {
    return flow::register_update_callback(std::forward<F>(f));
  }
  static auto& list() { return fake_host::state().flow_update; }
  template <class Callback>
  static void call(const Callback& callback, ThreadVars_* tv, Flow_* f, Packet_* p) {
    callback.fn(tv, f, p, callback.user);
  }
};

struct FlowFinish {
  static constexpr const char* kName = "flow finish callback";
  template <class F>
  static expected<void> add(F&& f) {
    return flow::register_finish_callback(std::forward<F>(f));
  }
  static auto& list() { return fake_host::state().flow_finish; }
  template <class Callback>
  static void call(const Callback& callback, ThreadVars_* tv, Flow_* f, Packet_*) {
    callback.fn(tv, f, callback.user);
  }
};

template <class Kind>
class AnyCallback : public testing::Test {
 protected:
  AnyCallback() { fake_host::reset(); }

  // Like the host, in the order of registration (L8).
  void host_calls_all() {
    for (const auto& callback : Kind::list()) {
      Kind::call(callback, thread_.raw(), flow_.raw(), &packet_);
    }
  }

  fake_host::Thread thread_;
  fake_host::OneFlow flow_;
  Packet_ packet_ = {};
};

using Kinds = testing::Types<ThreadInit, FlowInit, FlowUpdate, FlowFinish>;
TYPED_TEST_SUITE(AnyCallback, Kinds);

int function_calls = 0;
void function(ThreadVars&) { ++function_calls; }
void function(ThreadVars&, FlowView&) { ++function_calls; }
void function(ThreadVars&, FlowView&, const Packet&) { ++function_calls; }

template <class Kind>
auto function_pointer() {
  if constexpr (std::is_same_v<Kind, ThreadInit>) {
    return static_cast<void (*)(ThreadVars&)>(function);
  } else if constexpr (std::is_same_v<Kind, FlowFinish>) {
    return static_cast<void (*)(ThreadVars&, FlowView&)>(function);
  } else {
    return static_cast<void (*)(ThreadVars&, FlowView&, const Packet&)>(function);
  }
}

TYPED_TEST(AnyCallback, MayBeALambdaWithCaptures) {
  int calls = 0;
  ASSERT_TRUE(TypeParam::add([&calls](auto&...) { ++calls; }));
  this->host_calls_all();
  this->host_calls_all();
  EXPECT_EQ(calls, 2);
}

TYPED_TEST(AnyCallback, MayBeAFunctionPointer) {
  function_calls = 0;
  ASSERT_TRUE(TypeParam::add(function_pointer<TypeParam>()));
  ASSERT_TRUE(TypeParam::add(*function_pointer<TypeParam>()));
  this->host_calls_all();
  EXPECT_EQ(function_calls, 2);
}

TYPED_TEST(AnyCallback, MayBeMoveOnly) {
  int calls = 0;
  ASSERT_TRUE(
      TypeParam::add([owned = std::make_unique<int>(5), &calls](auto&...) { calls += *owned; }));
  this->host_calls_all();
  EXPECT_EQ(calls, 5);
}

TYPED_TEST(AnyCallback, MayBeOverAligned) {
  struct alignas(256) Aligned {
    int* calls;
    void operator()(ThreadVars&) const { count(); }
    void operator()(ThreadVars&, FlowView&) const { count(); }
    void operator()(ThreadVars&, FlowView&, const Packet&) const { count(); }
    void count() const {
      if (reinterpret_cast<std::uintptr_t>(this) % 256 == 0) ++*calls;
    }
  };
  int calls = 0;
  ASSERT_TRUE(TypeParam::add(Aligned{&calls}));
  this->host_calls_all();
  EXPECT_EQ(calls, 1);
}

TYPED_TEST(AnyCallback, MayReturnSomething) {
  ASSERT_TRUE(TypeParam::add([](auto&...) { return 42; }));
  this->host_calls_all();
}

TYPED_TEST(AnyCallback, IsCopiedFromAnLvalue) {
  auto owned = std::make_shared<int>(0);
  const auto callback = [owned](auto&...) { ++*owned; };
  ASSERT_TRUE(TypeParam::add(callback));
  this->host_calls_all();
  EXPECT_EQ(*owned, 1);
  EXPECT_EQ(owned.use_count(), 3);
}

TYPED_TEST(AnyCallback, IsKeptUntilTheProcessEnds) {  // L8: callbacks cannot be unregistered
  auto owned = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = owned;
  ASSERT_TRUE(TypeParam::add([owned = std::move(owned)](auto&...) {}));
  EXPECT_FALSE(watch.expired());
}

TYPED_TEST(AnyCallback, IsDestroyedWhenTheHostRefuses) {
  auto owned = std::make_shared<int>(0);
  fake_host::state().refuse_callbacks = true;
  const auto refused = TypeParam::add([owned](auto&...) {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), Error::refused);
  EXPECT_EQ(owned.use_count(), 1);
}

TYPED_TEST(AnyCallback, IsDestroyedWhenThereIsNoMemory) {
  auto owned = std::make_shared<int>(0);
  const test::OutOfMemory out_of_memory;
  const auto refused = TypeParam::add([owned](auto&...) {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), Error::out_of_memory);
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_THAT(TypeParam::list(), IsEmpty());
}

TYPED_TEST(AnyCallback, IsRefusedWhenNull) {  // L8: the host would call it
  auto null = function_pointer<TypeParam>();
  null = nullptr;
  const auto refused = TypeParam::add(null);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), Error::null_callback);

  using Empty = std::function<std::remove_pointer_t<decltype(null)>>;
  const auto refused_empty = TypeParam::add(Empty());
  ASSERT_FALSE(refused_empty.has_value());
  EXPECT_EQ(refused_empty.error(), Error::null_callback);
  EXPECT_THAT(TypeParam::list(), IsEmpty());
}

TYPED_TEST(AnyCallback, CatchesExceptions) {
  ASSERT_TRUE(TypeParam::add([](auto&...) { throw std::runtime_error("boom"); }));
  ASSERT_TRUE(TypeParam::add([](auto&...) { throw 5; }));
  int calls = 0;
  ASSERT_TRUE(TypeParam::add([&calls](auto&...) { ++calls; }));
  this->host_calls_all();
  EXPECT_EQ(calls, 1);

  const auto& log = fake_host::state().log;
  ASSERT_THAT(log, SizeIs(2));
  for (const auto& line : log) {
    EXPECT_EQ(line.level, SC_LOG_ERROR);
    EXPECT_EQ(line.module, "suricata_ffi");
    EXPECT_THAT(line.message, StartsWith(TypeParam::kName));
  }
  EXPECT_THAT(log[0].message, EndsWith("threw an exception: boom"));
  EXPECT_THAT(log[1].message, EndsWith("threw an exception: not derived from std::exception"));
}

TYPED_TEST(AnyCallback, IsNoexceptForTheHost) {
  static_assert(noexcept(suricata_ffi::detail::on_thread_init<int>(nullptr, nullptr)));
  static_assert(
      noexcept(suricata_ffi::detail::on_flow_init<int>(nullptr, nullptr, nullptr, nullptr)));
  static_assert(
      noexcept(suricata_ffi::detail::on_flow_update<int>(nullptr, nullptr, nullptr, nullptr)));
  static_assert(noexcept(suricata_ffi::detail::on_flow_finish<int>(nullptr, nullptr, nullptr)));
}

TEST(ThreadInitCallback, GetsTheThreadVarsOfTheHost) {
  fake_host::reset();
  fake_host::Thread host;
  std::vector<const ThreadVars_*> seen;
  ASSERT_TRUE(thread::register_init_callback([&](ThreadVars& tv) { seen.push_back(tv.as_ptr()); }));
  const auto& callback = fake_host::state().thread_init.at(0);
  callback.fn(host.raw(), callback.user);
  EXPECT_THAT(seen, ElementsAre(host.raw()));
}

TEST(ThreadInitCallback, MayHaveState) {  // all calls come from one thread (L5)
  fake_host::reset();
  fake_host::Thread host;
  int last = 0;
  ASSERT_TRUE(thread::register_init_callback([&last, n = 0](ThreadVars&) mutable { last = ++n; }));
  const auto& callback = fake_host::state().thread_init.at(0);
  callback.fn(host.raw(), callback.user);
  callback.fn(host.raw(), callback.user);
  EXPECT_EQ(last, 2);
}

TEST(FlowCallbacks, GetWhatTheHostPasses) {
  fake_host::reset();
  fake_host::Thread host_thread;
  fake_host::OneFlow host_flow;
  Packet_ host_packet = {};
  std::vector<const void*> seen;
  const auto note = [&seen](const ThreadVars& tv, const FlowView& f, const Packet& p) {
    seen.insert(seen.end(), {tv.as_ptr(), f.as_ptr(), p.as_ptr()});
  };
  ASSERT_TRUE(flow::register_init_callback(
      [note](ThreadVars& tv, FlowView& f, const Packet& p) { note(tv, f, p); }));
  ASSERT_TRUE(flow::register_update_callback([note](ThreadVars& tv, FlowView& f, Packet& p) {
    note(tv, f, p);
    EXPECT_EQ(p.as_mut_ptr(), p.as_ptr());
  }));
  ASSERT_TRUE(flow::register_finish_callback([&seen](ThreadVars& tv, FlowView& f) {
    seen.insert(seen.end(), {tv.as_ptr(), f.as_ptr()});
  }));
  const auto& host = fake_host::state();
  host.flow_init.at(0).fn(host_thread.raw(), host_flow.raw(), &host_packet,
                          host.flow_init.at(0).user);
  host.flow_update.at(0).fn(host_thread.raw(), host_flow.raw(), &host_packet,
                            host.flow_update.at(0).user);
  host.flow_finish.at(0).fn(host_thread.raw(), host_flow.raw(), host.flow_finish.at(0).user);
  EXPECT_THAT(seen, ElementsAre(host_thread.raw(), host_flow.raw(), &host_packet, host_thread.raw(),
                                host_flow.raw(), &host_packet, host_thread.raw(), host_flow.raw()));
}

}  // namespace
