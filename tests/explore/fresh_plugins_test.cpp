// Goal: the 500th schedule in a process runs as if it had a process to itself; whatever a plugin
// leaves behind besides its variables is noticed. Method: lifecycles in forked processes, which
// describe them through a pipe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "surisim/explore.hpp"
#include "surisim/runtime.hpp"

namespace surisim::test {
namespace {

using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

// The lines that `body` returns in a new process.
Strings in_a_process(const std::function<Strings()>& body) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string all;
    for (const std::string& line : body()) all += line + "\n";
    for (std::size_t at = 0; at < all.size();) {
      const ssize_t n = ::write(ends[1], all.data() + at, all.size() - at);
      if (n <= 0) break;
      at += static_cast<std::size_t>(n);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string all;
  char block[4096];
  for (ssize_t n; (n = ::read(ends[0], block, sizeof block)) > 0;)
    all.append(block, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  Strings lines;
  std::istringstream in(all);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// A lifecycle in this schedule: its order, its points, and what was found.
std::string lifecycle(const std::string& file, const ScheduleOptions& schedule) {
  Options options;
  options.threads = 3;
  options.traffic.flows = 20;
  options.log_level = -1;
  options.schedule = schedule;
  auto runtime = Runtime::create(options);
  if (!runtime) return runtime.error().message;
  (void)runtime->add_plugin(PluginSource::file(file));
  if (const auto ran = runtime->run(); !ran) return ran.error().message;
  const Summary summary = runtime->summary();
  std::string line =
      std::to_string(summary.schedule.order) + " " + std::to_string(summary.schedule.points);
  for (const Violation& found : summary.violations) line += " " + found.rule + found.call_site;
  return line;
}

ScheduleOptions schedule_of(std::size_t number) {
  const auto strategies = schedule_strategies();
  ScheduleOptions schedule;
  schedule.strategy = strategies[number % strategies.size()].name;
  schedule.seed = number;
  return schedule;
}

// One after another in one process, resetting the plugin's variables.
Strings many(const std::string& file, std::size_t count) {
  return in_a_process([&] {
    FreshPlugins plugins;
    Strings all;
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(lifecycle(file, schedule_of(i)));
      const std::string why = plugins.put_back();
      EXPECT_EQ(why, "");
    }
    return all;
  });
}

std::string alone(const std::string& file, std::size_t number) {
  const Strings lines = in_a_process([&] { return Strings{lifecycle(file, schedule_of(number))}; });
  return lines.empty() ? "nothing" : lines[0];
}

std::string explored(const std::string& name) { return SURISIM_EXPLORED_DIR "/" + name + ".so"; }

class SamePlugin : public ::testing::TestWithParam<const char*> {};

TEST_P(SamePlugin, HasTheSameScheduleAsTheFiveHundredthInAProcessAndAlone) {
  constexpr std::size_t kMany = 500;
  const std::string file = GetParam();
  const Strings together = many(file, kMany);
  ASSERT_EQ(together.size(), kMany);
  for (const std::size_t number : {0, 1, 2, 3, 100, 250, 497, 498, 499})
    EXPECT_EQ(together[number], alone(file, number)) << number;
}

INSTANTIATE_TEST_SUITE_P(, SamePlugin,
                         ::testing::Values(SURISIM_EXPLORED_DIR "/remembers.so",
                                           SURISIM_EXPLORED_DIR "/leaves_nothing.so",
                                           SURISIM_EXPLORED_DIR "/constructor_sets.so",
#ifdef SURISIM_HAS_RUST
                                           SURISIM_TEST_PLUGIN_DIR "/flow_counter_rust.so",
#endif
                                           SURISIM_TEST_PLUGIN_DIR "/flow_counter_c.so",
                                           SURISIM_TEST_PLUGIN_DIR "/flow_counter_cpp.so",
                                           SURISIM_TEST_PLUGIN_DIR "/eve_example_cpp.so"),
                         [](const auto& test) {
                           return std::filesystem::path(test.param).stem().string();
                         });

// What put_back() says after each of three lifecycles.
Strings put_back_after(const std::string& file) {
  return in_a_process([&] {
    FreshPlugins plugins;
    Strings all;
    for (std::size_t i = 0; i < 3; ++i) {
      (void)lifecycle(file, schedule_of(i));
      all.push_back(plugins.put_back());
    }
    return all;
  });
}

struct Leaves {
  const char* plugin;
  const char* why;
};
void PrintTo(const Leaves& one, std::ostream* to) { *to << one.plugin; }

class APlugin : public ::testing::TestWithParam<Leaves> {};

TEST_P(APlugin, IsNotRunAgainInAProcessInWhichItMayHaveLeftState) {
  const Strings said = put_back_after(explored(GetParam().plugin));
  ASSERT_EQ(said.size(), 3u);
  EXPECT_THAT(said[2], HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    , APlugin,
    ::testing::Values(Leaves{"constructor_allocates", "one of its constructors allocated memory"},
                      Leaves{"constructor_registers",
                             "one of its constructors registered a callback"},
                      Leaves{"constructor_calls", "one of its constructors called Suricata"},
                      Leaves{"constructor_starts", "one of its constructors started a thread"},
                      Leaves{"destructor", "its destructors run when the process ends"},
                      Leaves{"environment", "it uses setenv"}, Leaves{"handler", "it uses signal"},
                      Leaves{"directory", "it uses chdir"},
                      Leaves{"descriptor", "it left a descriptor open"},
                      Leaves{"key", "it left a key"}, Leaves{"at_exit", "it uses __cxa_atexit"},
                      Leaves{"library", "it uses dlopen"}, Leaves{"numbers", "it uses rand"},
                      Leaves{"needs_library", "it needs libz.so"},
                      Leaves{"thread_local_object",
                             "its thread_local variables of the main thread have destructors"}),
    [](const auto& test) { return std::string(test.param.plugin); });

// What Suricata never frees stays: a value and a ThreadVars of a command thread, and the list of
// callbacks (L27).
TEST(FreshPlugins, LeaveLittleMemoryBehind) {
  const Strings bytes = in_a_process([] {
    FreshPlugins plugins;
    Strings seen;
    for (const std::size_t until : {100, 500}) {
      for (std::size_t i = 0; i < until; ++i) {
        (void)lifecycle(SURISIM_TEST_PLUGIN_DIR "/flow_counter_c.so", schedule_of(i));
        (void)plugins.put_back();
      }
      seen.push_back(std::to_string(::mallinfo2().uordblks));
    }
    return seen;
  });
  ASSERT_EQ(bytes.size(), 2u);
  constexpr std::size_t kEach = 800;
  EXPECT_LT(std::stoull(bytes[1]), std::stoull(bytes[0]) + 500 * kEach);
}

}  // namespace
}  // namespace surisim::test
