// Direct reads on the simulator: they never bypass the checks, and work without them. Method: an
// in-process plugin that reads its value before storage is finalized, which the checks must report.
#include <gmock/gmock.h>

#include <suricata/threadvars.h>

#include <suricata_ffi/thread.hpp>
#include <surisim/runtime.hpp>

namespace {

namespace detail = suricata_ffi::detail;
namespace thread = suricata_ffi::thread;
using surisim::PluginSource;
using surisim::Runtime;

// The offset in the simulator's header, as a compile-time layout would use it.
using SeenLayout = detail::SeenLayout<offsetof(::ThreadVars, storage)>;

template <class Layout>
class DirectRead : public testing::Test {
 protected:
  // Runs a plugin that counts the threads on which it finds its value.
  surisim::Summary run(bool checks) {
    surisim::Options options;
    options.checks = checks;
    options.threads = 2;
    options.traffic.flows = 20;
    options.command_socket = false;  // its value would never be freed (L27)
    options.log_level = -1;
    auto runtime = Runtime::create(options);
    EXPECT_TRUE(runtime.has_value());
    EXPECT_TRUE(runtime->add_plugin(PluginSource::in_process("plugin", [this] { init(); })));
    EXPECT_TRUE(runtime->run().has_value());
    return runtime->summary();
  }

  thread::ThreadStorage<int> slot_;
  bool reads_early_ = false;
  int threads_ = 0;  // init callbacks run on main (L5)
  int found_ = 0;

 private:
  void init() {
    slot_ = thread::ThreadStorage<int>::register_slot("slot").value_or(slot_);
    EXPECT_TRUE(thread::register_init_callback([this](thread::ThreadVars& tv) {
      if (slot_.get_or_insert_with(tv, [] { return 1; })) ++threads_;
      if (slot_.template get_mut<Layout>(tv) != nullptr) ++found_;
    }));
    if (reads_early_) read_early();
  }

  void read_early() {
    ::ThreadVars* const early = ThreadVarsAlloc();
    thread::ThreadVars tv = thread::ThreadVars::from_ptr(early);
    EXPECT_EQ(slot_.template get_mut<Layout>(tv), nullptr);
    ThreadVarsFree(early);
  }
};

using Layouts = testing::Types<detail::ProvedLayout, SeenLayout>;
TYPED_TEST_SUITE(DirectRead, Layouts);

TYPED_TEST(DirectRead, TooEarlyIsFoundByTheChecks) {
  this->reads_early_ = true;
  const auto violations = this->run(true).violations;
  ASSERT_THAT(violations, testing::Not(testing::IsEmpty()));
  EXPECT_EQ(violations[0].rule, "access-before-finalize");
}

TYPED_TEST(DirectRead, FindsItsValueWithChecksOn) {
  EXPECT_THAT(this->run(true).violations, testing::IsEmpty());
  EXPECT_GT(this->threads_, 2);
  EXPECT_EQ(this->found_, this->threads_);
}

TYPED_TEST(DirectRead, FindsItsValueWithoutACallWithChecksOff) {
  EXPECT_THAT(this->run(false).violations, testing::IsEmpty());
  EXPECT_GT(this->threads_, 2);
  EXPECT_EQ(this->found_, this->threads_);
  EXPECT_EQ(detail::proved_offset.load(), offsetof(::ThreadVars, storage));
}

}  // namespace
