// The wrappers on the simulator's threads: each value is created once per thread, visible only to
// its thread, and destroyed once, on main. Method: an in-process plugin that keeps a value of every
// kind on each thread and increments it without a lock; ThreadSanitizer would find shared values.
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/log.hpp>
#include <suricata_ffi/thread.hpp>
#include <surisim/runtime.hpp>
#include <tuple>

#include "values.hpp"

namespace {

namespace flow = suricata_ffi::flow;
namespace thread = suricata_ffi::thread;
using flow::FlowStorage;
using flow::Packet;
using suricata_ffi::Error;
using surisim::PluginSource;
using surisim::Runtime;
using test::Census;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using thread::ThreadStorage;
using thread::ThreadVars;
using FlowView = flow::Flow;

// One kind of value on every thread, and which thread saw which value.
template <class T>
class Subject {
 public:
  void register_slot(const std::string& name) {
    const auto slot = ThreadStorage<T>::register_slot(name);
    ASSERT_TRUE(slot.has_value()) << to_string(slot.error());
    slot_ = *slot;
  }

  void on_thread_init(ThreadVars& tv) {  // [main]
    while (true) {
      try {
        const auto value = slot_.get_or_insert_with(tv, [] { return T(); });
        ASSERT_TRUE(value.has_value()) << to_string(value.error());
        EXPECT_TRUE(users_.emplace(*value, User{tv.as_ptr(), {}}).second);
        return;
      } catch (const std::runtime_error&) {
        ++throws_;  // and once more: the slot is still empty
      }
    }
  }

  // Increments the thread's value. [any thread]
  void on_flow(ThreadVars& tv) const {
    T* value = slot_.get_mut(tv);
    if (value == nullptr || value != slot_.get(tv)) {
      ADD_FAILURE() << "a thread without its value";
      return;
    }
    ++value->count;
    thread_local T* seen = nullptr;  // OS threads are new in each run
    if (seen != value) first_use(tv, value, seen);
    seen = value;
  }

  void verify(int threads, std::uint64_t counted) const {
    EXPECT_EQ(Census<T>::made, threads + throws_);
    EXPECT_EQ(Census<T>::moved, 0);
    EXPECT_EQ(Census<T>::destroyed, threads + throws_);
    EXPECT_EQ(Census<T>::made_or_destroyed_elsewhere, 0) << "than on main";
    if constexpr (decltype(T::count)::kIsOneByte) {
      EXPECT_EQ(Census<T>::total % 256, counted % 256);
    } else {
      EXPECT_EQ(Census<T>::total, counted);
    }
  }

 private:
  struct User {
    const ThreadVars_* tv;
    std::thread::id os_thread;  // the first to use the value
  };

  void first_use(const ThreadVars& tv, T* value, const T* seen_before) const {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(seen_before, nullptr) << "a thread that sees two values";
    User& user = users_.at(value);
    EXPECT_EQ(user.tv, tv.as_ptr());
    EXPECT_EQ(user.os_thread, std::thread::id()) << "a value that two threads see";
    user.os_thread = std::this_thread::get_id();
  }

  ThreadStorage<T> slot_;
  int throws_ = 0;
  mutable std::mutex mutex_;
  mutable std::map<const T*, User> users_;
};

// A plugin with a slot for each kind of value.
template <class... Values>
class CountingPlugin {
 public:
  CountingPlugin() {
    (Census<Values>::clear(), ...);
    test::ThrowingConstructor::throws_left = 3;
  }

  void init() {
    int n = 0;
    each([&](auto& subject) { subject.register_slot("slot " + std::to_string(++n)); });
    ASSERT_TRUE(thread::register_init_callback(
        [this](ThreadVars& tv) { each([&](auto& subject) { subject.on_thread_init(tv); }); }));
    ASSERT_TRUE(flow::register_init_callback([this](ThreadVars& tv, FlowView&, const Packet&) {
      each([&](auto& subject) { subject.on_flow(tv); });
    }));
    ASSERT_TRUE(flow::register_finish_callback(
        [this](ThreadVars& tv, FlowView&) { each([&](auto& subject) { subject.on_flow(tv); }); }));
  }

  void verify(const surisim::Summary& summary) {
    const auto threads = static_cast<int>(summary.threads.size());
    const std::uint64_t counted = summary.flow_init_callbacks + summary.flow_finish_callbacks;
    each([&](auto& subject) { subject.verify(threads, counted); });
  }

 private:
  template <class F>
  void each(F f) {
    std::apply([&](auto&... subject) { (f(subject), ...); }, subjects_);
  }

  std::tuple<Subject<Values>...> subjects_;
};

surisim::Options options_for(std::uint64_t flows) {
  surisim::Options options;
  options.threads = 64;
  options.command_socket = false;  // values of a command thread are never freed (L27)
  options.traffic.flows = flows;
  options.traffic.packets_per_flow = 2;
  options.log_level = -1;  // destructors that throw are logged, one line a value
  return options;
}

// Runs the whole lifecycle with a plugin that has only an Init.
surisim::Summary run(const surisim::Options& options, std::function<void()> init) {
  auto runtime = Runtime::create(options);
  if (!runtime) {
    ADD_FAILURE() << runtime.error().message;
    return {};
  }
  const auto added = runtime->add_plugin(PluginSource::in_process("plugin", std::move(init)));
  EXPECT_TRUE(added.has_value());
  const auto done = runtime->run();
  EXPECT_TRUE(done.has_value()) << done.error().message;
  return runtime->summary();
}

int count_logs(const Runtime& runtime, std::string_view start) {
  int n = 0;
  for (const auto& event : runtime.events()) {
    if (event.kind == surisim::EventKind::log && event.what.starts_with(start)) ++n;
  }
  return n;
}

template <class... Values>
void run_counting_plugin(const surisim::Options& options) {
  CountingPlugin<Values...> plugin;
  const surisim::Summary summary = run(options, [&plugin] { plugin.init(); });
  EXPECT_EQ(summary.flows.started, options.traffic.flows);
  EXPECT_GT(summary.threads.size(), 64u);
  plugin.verify(summary);
}

template <class T>
class ThreadValue : public testing::Test {};

using Kinds =
    testing::Types<test::Small, test::OneByte, test::MoveOnly, test::Immovable, test::TwoLines,
                   test::Page, test::MiB, test::ThrowingConstructor, test::ThrowingDestructor>;
TYPED_TEST_SUITE(ThreadValue, Kinds);

TYPED_TEST(ThreadValue,
           IsCreatedOncePerThreadVisibleOnlyToItAndDestroyedOnceOnMain) {  // L5, L25, L26
  run_counting_plugin<TypeParam>(options_for(2'000));
}

TEST(ThreadValues, OfEveryKindAtOnceSurviveAMillionFlows) {
  surisim::Options options = options_for(1'000'000);
  options.record = surisim::Options::Record::off;
  options.checks = false;
  run_counting_plugin<test::Small, test::OneByte, test::MoveOnly, test::Immovable, test::TwoLines,
                      test::Page, test::MiB, test::ThrowingConstructor, test::ThrowingDestructor>(
      options);
}

TEST(FlowValues, AreCreatedOncePerFlowAndDestroyedOnceHoweverItEnds) {  // L32, L33, L34
  struct Counts {
    std::atomic<std::uint64_t> made{0}, destroyed{0}, updates{0}, found{0};
  };
  struct PerFlow {
    explicit PerFlow(Counts& c) : counts(c) { ++counts.made; }
    PerFlow(PerFlow&&) = delete;
    ~PerFlow() {
      ++counts.destroyed;
      counts.updates += updates;
    }
    Counts& counts;
    std::uint64_t updates = 0;  // the flow is locked: no thread shares it (L35)
  };
  Counts counts;
  const surisim::Summary summary = run(options_for(20'000), [&counts] {
    const auto slot = FlowStorage<PerFlow>::register_slot("per flow");
    ASSERT_TRUE(slot.has_value());
    EXPECT_GE(slot->id(), 1) << "id 0 is Suricata's own (L19)";
    ASSERT_TRUE(flow::register_init_callback(
        [&counts, slot = *slot](ThreadVars&, FlowView& f, const Packet&) {
          if (slot.get(f) != nullptr) ++counts.found;
          (void)slot.get_or_insert_with(f, [&counts] { return PerFlow(counts); });
        }));
    ASSERT_TRUE(flow::register_update_callback(
        [slot = *slot](ThreadVars&, FlowView& f, Packet&) { ++slot.get_mut(f)->updates; }));
  });
  EXPECT_EQ(counts.made, summary.flows.started);
  EXPECT_EQ(counts.destroyed, summary.flows.started);
  EXPECT_EQ(counts.updates, summary.flow_update_callbacks);
  EXPECT_EQ(counts.found, 0u) << "a new flow that has a value";
  EXPECT_GT(summary.flows.without_finish(), 0u);
}

TEST(Registration, IsRefusedOnceStorageIsFinalized) {  // L2, L16
  std::optional<Error> error;
  run(options_for(10), [&error] {
    ASSERT_TRUE(thread::register_init_callback([&error](ThreadVars&) {
      const auto late = ThreadStorage<int>::register_slot("late");
      if (!late) error = late.error();
    }));
  });
  EXPECT_EQ(error, Error::refused);
}

TEST(Registration,
     IsRefusedForATakenOrEmptyName) {  // L16, L17: the host reads its first name again
  std::optional<Error> second;
  std::optional<Error> empty;
  run(options_for(10), [&] {
    for (int i = 0; i < 2; ++i) {
      std::string name = "a name in memory that is gone when the second registration comes";
      const auto slot = ThreadStorage<int>::register_slot(name);
      if (!slot) second = slot.error();
      name.assign(name.size(), 'x');
    }
    const auto slot = ThreadStorage<int>::register_slot("");
    if (!slot) empty = slot.error();
    EXPECT_TRUE(FlowStorage<int>::register_slot("free for another type").has_value());
    EXPECT_TRUE(ThreadStorage<int>::register_slot("free for another type").has_value());
  });
  EXPECT_EQ(second, Error::refused);
  EXPECT_EQ(empty, Error::refused);
}

TEST(Exceptions, OfCallbacksAreLoggedAndTheEngineContinues) {
  surisim::Options options = options_for(100);
  options.threads = 2;
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime.has_value());
  int after = 0;
  ASSERT_TRUE(runtime->add_plugin(PluginSource::in_process("plugin", [&after] {
    ASSERT_TRUE(thread::register_init_callback(
        [](ThreadVars&) { throw std::runtime_error("on purpose"); }));
    ASSERT_TRUE(thread::register_init_callback([&after](ThreadVars&) { ++after; }));
  })));
  ASSERT_TRUE(runtime->run());
  const int threads = static_cast<int>(runtime->summary().threads.size());
  EXPECT_EQ(after, threads);
  EXPECT_EQ(count_logs(*runtime, "thread init callback threw an exception: on purpose"), threads);
  const std::vector<surisim::Violation> found = runtime->summary().violations;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].rule, "callback-exception");
  EXPECT_EQ(found[0].callback, "thread init");
  EXPECT_EQ(found[0].count, threads);
  EXPECT_THAT(found[0].call_site, HasSubstr("wrappers_lifecycle_test"));
}

// The port of the guide's samples, as a plugin file.
const std::string kGuideThreads = SURISIM_TEST_PLUGIN_DIR "/guide_threads.so";

TEST(GuideThreads, LogsEachThreadAndKeepsAValueOnIt) {
  surisim::Options options = options_for(100);
  options.threads = 2;
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime.has_value());
  ASSERT_TRUE(runtime->add_plugin(PluginSource::file(kGuideThreads)));
  ASSERT_TRUE(runtime->run());
  const surisim::Summary summary = runtime->summary();
  ASSERT_THAT(summary.plugins, SizeIs(1));
  EXPECT_TRUE(summary.plugins[0].loaded);
  EXPECT_EQ(summary.plugins[0].name, "guide-threads");
  EXPECT_THAT(summary.violations, IsEmpty());
  ASSERT_THAT(summary.values, SizeIs(1));
  EXPECT_EQ(summary.values[0].slot, "guide-threads");
  EXPECT_EQ(summary.values[0].made, summary.threads.size());
  EXPECT_EQ(summary.values[0].freed, summary.threads.size());
  EXPECT_EQ(summary.flow_init_callbacks, 100u);
}

TEST(GuideThreads, ReportsThatItsSlotsNameIsUsed) {  // L40: loaded twice, its Init runs twice
  surisim::Options options = options_for(10);
  options.threads = 1;
  options.log_level = 3;
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime.has_value());
  ASSERT_TRUE(runtime->add_plugin(PluginSource::file(kGuideThreads)));
  ASSERT_TRUE(runtime->add_plugin(PluginSource::file(kGuideThreads)));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count_logs(*runtime, "no thread storage: Suricata refused the registration"), 1);
  EXPECT_EQ(count_logs(*runtime, "thread initialized: 0x"),
            static_cast<int>(runtime->summary().threads.size()));
}

TEST(GuideThreads, CanBeUnloaded) {  // as Suricata does with a plugin it rejects (L39)
  const std::string copy =
      testing::TempDir() + "guide_threads_unloaded.so";  // not loaded anywhere else
  std::filesystem::copy_file(kGuideThreads, copy,
                             std::filesystem::copy_options::overwrite_existing);
  void* plugin = dlopen(copy.c_str(), RTLD_NOW);
  ASSERT_NE(plugin, nullptr) << dlerror();
  EXPECT_EQ(dlclose(plugin), 0);
  EXPECT_EQ(dlopen(copy.c_str(), RTLD_NOW | RTLD_NOLOAD), nullptr) << "still there";
  std::filesystem::remove(copy);
}

}  // namespace
