// Goal: each kind of edge orders two accesses, in C, C++ and Rust; if it is missing or the wrong
// one, the race is found in the first schedules. Accesses by the C library and libstdc++ count as
// the plugin's. Method: plugins with many small cases (edges/edges.h), whose variables' names say
// what must be found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "../cli/subprocess.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using Names = std::set<std::string>;

json explored(const std::string& plugin, const char* schedules = "3") {
  const Ran ran = surisim({"explore", SURISIM_EDGES_DIR "/" + plugin + ".so", "--format", "json",
                           "--schedules", schedules});
  return json::parse(ran.out);
}

// "`mutex_wrong`: W#01 writes it …" gives "mutex_wrong".
std::string variable_in(const std::string& message) {
  if (message.empty() || message.front() != '`') return message;
  return message.substr(1, message.find('`', 1) - 1);
}

struct Cases {
  const char* plugin;
  Names names;
};

class Edges : public ::testing::TestWithParam<Cases> {};

TEST_P(Edges, OrderAccessesAndTheirAbsenceIsARace) {
  const json report = explored(GetParam().plugin);
  Names wanted;
  for (const std::string& name : GetParam().names) wanted.insert(name + "_wrong");
  Names found;
  for (const json& finding : report["findings"]) {
    const json& violation = finding["violation"];
    EXPECT_EQ(violation["rule"], "data-race") << finding;
    EXPECT_EQ(violation["severity"], "error") << finding;
    EXPECT_TRUE(finding["repeated"]) << finding;
    found.insert(variable_in(violation["message"]));
  }
  EXPECT_EQ(found, wanted);
}

const Names& of_c() {
  static const Names names = {
      "mutex", "rwlock",   "spin",     "condition", "semaphore", "barrier",  "once",  "c11",
      "join",  "detached", "fence",    "acquire",   "seq_cst",   "exchange", "flag",  "flag_itself",
      "futex", "handler",  "specific", "pipe",      "socket",    "eventfd",  "polled"};
  return names;
}
const Names& of_memory() {
  static const Names names = {"copied",           "copied_from",        "moved",     "set",
                              "cleared",          "compared",           "found",     "length",
                              "bounded",          "copied_string",      "appended",  "printed",
                              "duplicated",       "structure",          "last_call", "by_pointer",
                              "compared_strings", "copied_string_up_to"};
  return names;
}
const Names& of_cpp_memory() {
  static const Names names = {"assigned", "inserted", "read", "compared", "copied", "filled"};
  return names;
}

INSTANTIATE_TEST_SUITE_P(
    Of, Edges,
    testing::Values(
        Cases{"edges_c", of_c()},
        Cases{"edges_cpp",
              {"mutex",    "shared_mutex", "condition",   "semaphore",  "latch",
               "barrier",  "once",         "guard",       "thread",     "jthread",
               "future",   "promise",      "async",       "acquire",    "seq_cst",
               "exchange", "waiting",      "atomic_flag", "shared_ptr", "thread_local_object",
               "fence"}},
#ifdef SURISIM_HAS_RUST
        Cases{"edges_rust",
              {"mutex", "rwlock", "condvar", "barrier", "once", "once_lock", "channel", "join",
               "scope", "park", "acquire", "seq_cst", "exchange", "arc", "thread_local", "fence"}},
#endif
        Cases{"memory_c", of_memory()}, Cases{"memory_c_no_plt", of_memory()},
        Cases{"memory_c_unoptimized", of_memory()}, Cases{"memory_cpp", of_cpp_memory()},
        Cases{"memory_cpp_static", of_cpp_memory()}),
    [](const auto& test) { return test.param.plugin; });

TEST(MemoryCall, IsNamedWithItsPlaceAndWhatItAccesses) {
  const json report = explored("memory_c");
  Names messages;
  for (const json& finding : report["findings"]) messages.insert(finding["violation"]["message"]);
  EXPECT_THAT(messages, Contains(AllOf(HasSubstr("`copied_from_wrong`: "),
                                       HasSubstr("reads it with memcpy, 40 bytes"),
                                       HasSubstr("!do_copied_from+"), HasSubstr("memory.c:"))));
}

TEST(MemoryCall, IsAPointInOtherSchedules) {
  const json report = explored("named_once", "10");
  const auto& findings = report["findings"];
  const auto crash = std::find_if(findings.begin(), findings.end(), [](const json& finding) {
    return finding["violation"]["rule"] == "callback-crash";
  });
  ASSERT_NE(crash, findings.end()) << report;
  EXPECT_THAT((*crash)["explanation"].get<std::string>(),
              AllOf(HasSubstr("'s read of `name` ("), HasSubstr(" comes before W#"),
                    HasSubstr("'s update of `name` (")));
}

}  // namespace
}  // namespace surisim::test
