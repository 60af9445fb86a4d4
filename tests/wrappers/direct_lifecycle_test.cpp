// Direct reads on the simulator: they never hide a read from the checks, and work without them.
// Method: an in-process plugin that reads another thread's value, which the checks must see.
#include <gmock/gmock.h>

#include <suricata/threadvars.h>

#include <atomic>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/thread.hpp>
#include <surisim/runtime.hpp>

namespace {

namespace detail = suricata_ffi::detail;
namespace thread = suricata_ffi::thread;
using surisim::PluginSource;
using surisim::Runtime;

// The simulator's, from its own header: what a compile-time path would have seen.
using SeenLayout = detail::SeenLayout<offsetof(::ThreadVars, storage)>;

template <class Layout>
class DirectRead : public testing::Test {
 protected:
  // Runs a plugin whose workers read main's first ThreadVars as if it were theirs.
  surisim::Summary run(bool checks) {
    surisim::Options options;
    options.checks = checks;
    options.threads = 2;
    options.traffic.flows = 20;
    options.log_level = -1;
    auto runtime = Runtime::create(options);
    EXPECT_TRUE(runtime.has_value());
    EXPECT_TRUE(runtime->add_plugin(PluginSource::in_process("plugin", [this] { init(); })));
    EXPECT_TRUE(runtime->run().has_value());
    return runtime->summary();
  }

  thread::ThreadStorage<int> slot_;
  std::atomic<int> found_ = 0;

 private:
  void init() {
    slot_ = thread::ThreadStorage<int>::register_slot("slot").value_or(slot_);
    EXPECT_TRUE(thread::register_init_callback([this](thread::ThreadVars& tv) {
      if (first_ == nullptr) first_ = tv.as_mut_ptr();
      (void)slot_.get_or_insert_with(tv, [] { return 1; });
    }));
    EXPECT_TRUE(suricata_ffi::flow::register_init_callback(
        [this](thread::ThreadVars&, suricata_ffi::flow::Flow&, const suricata_ffi::flow::Packet&) {
          thread::ThreadVars other = thread::ThreadVars::from_ptr(first_);
          if (slot_.template get_mut<Layout>(other) != nullptr) ++found_;
        }));
  }

  ThreadVars_* first_ = nullptr;  // US, which never runs a flow callback (L36)
};

using Layouts = testing::Types<detail::ProvedLayout, SeenLayout>;
TYPED_TEST_SUITE(DirectRead, Layouts);

TYPED_TEST(DirectRead, OfAnotherThreadIsSeenByTheChecks) {
  const surisim::Summary summary = this->run(true);
  EXPECT_THAT(summary.violations, testing::Not(testing::IsEmpty()));
}

TYPED_TEST(DirectRead, NeedsNoCallWithoutChecks) {
  EXPECT_THAT(this->run(false).violations, testing::IsEmpty());
  EXPECT_GT(this->found_, 0);
  EXPECT_EQ(detail::proved_offset.load(), offsetof(::ThreadVars, storage));
}

}  // namespace
