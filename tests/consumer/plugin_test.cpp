// The plugin's unit test, as its author would write it.
#include <surisim/fixtures/fixtures.hpp>

using namespace surisim::fixtures;
using surisim::EventKind;

class ConsumerPlugin : public LifecycleTest {};

TEST_F(ConsumerPlugin, HasCountersOnEachThread) {
  load(PLUGIN);
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
  EXPECT_THAT(events(), OncePerThread(event(EventKind::thread_value_set).named("consumer")));
  EXPECT_THAT(events(), FreedExactlyOnce("consumer"));
  EXPECT_THAT(events(), FreedOn("consumer", "main"));
}
