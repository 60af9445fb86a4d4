// Goal: every way in which a plugin cannot be loaded has its rule and a helpful message (L39).
// Method: good and bad SCPlugin structs, and compiled plugins with missing symbols.
#include "plugin/plugin_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "base/safe_read.hpp"

namespace surisim::engine {
namespace {

using base::read_string;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

auto violates(const std::string& rule, const std::string& text) {
  return AllOf(Field("rule", &Violation::rule, rule),
               Field("severity", &Violation::severity, Severity::error),
               Field("phase", &Violation::phase, "load plugins"),
               Field("message", &Violation::message, AllOf(HasSubstr("p.so"), HasSubstr(text))));
}

void init() {}

SCPlugin good() {
  return {SC_API_VERSION, SC_PACKAGE_VERSION, "name", nullptr, "MIT", "author", init};
}

// Two pages, of which only the first can be read.
class Edge {
 public:
  Edge()
      : size_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))),
        base_(static_cast<char*>(::mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    ::mprotect(base_ + size_, size_, PROT_NONE);
  }
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;
  ~Edge() { ::munmap(base_, 2 * size_); }
  char* end() const { return base_ + size_; }

 private:
  std::size_t size_;
  char* base_;
};

TEST(CheckPlugin, FindsNothingInAGoodPluginWithoutAVersion) {
  const SCPlugin plugin = good();
  EXPECT_THAT(check_plugin(&plugin, "p.so"), IsEmpty());
}

TEST(CheckPlugin, NullIsNotAnEntryPoint) {
  EXPECT_THAT(check_plugin(nullptr, "p.so"),
              ElementsAre(violates("load-no-entry-point", "returned NULL")));
}

TEST(CheckPlugin, AWildPointerIsReportedWithoutACrash) {
  for (const std::uintptr_t address : {std::uintptr_t{8}, std::uintptr_t{0xdead000000000000}})
    EXPECT_THAT(check_plugin(reinterpret_cast<const SCPlugin*>(address), "p.so"),
                ElementsAre(violates("load-no-entry-point", "cannot be read")));
}

TEST(CheckPlugin, NamesBothVersionsWhenTheyDiffer) {
  SCPlugin plugin = good();
  plugin.version = 0x0800;
  EXPECT_THAT(check_plugin(&plugin, "p.so"),
              ElementsAre(violates("load-version-mismatch",
                                   "0x0800 (Suricata 8.0); expected 0x0900 (Suricata 9.0)")));
  plugin.version = 0;
  EXPECT_THAT(check_plugin(&plugin, "p.so"),
              ElementsAre(violates("load-version-mismatch", "API version 0;")));
  plugin.version = 0xffff'ffff'ffff'ffff;
  EXPECT_THAT(check_plugin(&plugin, "p.so"),
              ElementsAre(violates("load-version-mismatch", "0xffffffffffffffff")));
}

TEST(CheckPlugin, RecognisesTheLayoutOfSuricata7ByTheNameWhereTheVersionWouldBe) {
  struct {
    const char *name, *license, *author;
    void (*Init)();
  } plugin{"seven", "MIT", "author", init};
  EXPECT_THAT(check_plugin(reinterpret_cast<const SCPlugin*>(&plugin), "p.so"),
              ElementsAre(violates("load-version-mismatch",
                                   "Suricata 7.x, whose first word is a pointer "
                                   "to the name (\"seven\")")));
}

TEST(CheckPlugin, ReadsTheShorterStructOfSuricata7AtTheEndOfReadableMemory) {
  const Edge edge;
  const char* name = "seven";
  char* at = edge.end() - 32;
  std::memcpy(at, &name, sizeof name);
  EXPECT_THAT(check_plugin(reinterpret_cast<const SCPlugin*>(at), "p.so"),
              ElementsAre(violates("load-version-mismatch", "(\"seven\")")));
}

TEST(CheckPlugin, ListsEveryFieldThatIsNull) {
  SCPlugin plugin{};
  plugin.version = SC_API_VERSION;
  EXPECT_THAT(
      check_plugin(&plugin, "p.so"),
      ElementsAre(violates("load-null-field", "`name`"), violates("load-null-field", "`license`"),
                  violates("load-null-field", "`author`"), violates("load-null-field", "`Init`")));
}

TEST(CheckPlugin, AFieldThatPointsToUnmappedMemoryIsReportedWithoutACrash) {
  SCPlugin plugin = good();
  plugin.author = reinterpret_cast<const char*>(16);
  EXPECT_THAT(check_plugin(&plugin, "p.so"),
              ElementsAre(violates("load-null-field", "`author` of p.so points to memory")));
}

TEST(ReadString, StopsAtTheEndOfReadableMemory) {
  const Edge edge;
  std::memset(edge.end() - 300, 'x', 300);
  EXPECT_EQ(read_string(edge.end() - 300), std::string(300, 'x'));
  EXPECT_EQ(read_string(edge.end()), "");
  EXPECT_EQ(read_string(nullptr), "");
}

TEST(ReadString, ReadsAcrossPagesUpToALimit) {
  const std::string text(4000, 'y');
  EXPECT_EQ(read_string(text.c_str()), text);
  EXPECT_EQ(read_string(std::string(9999, 'z').c_str()).size(), 4096U);
}

std::string plugin_file(const std::string& name) {
  return std::string(SURISIM_CLI_PLUGIN_DIR) + "/" + name + ".so";
}

TEST(CheckOpenFailure, NamesEveryMissingSymbol) {
  const auto found = check_open_failure(plugin_file("unresolved"), "undefined symbol: …_one");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, "load-failed");
  EXPECT_THAT(found[0].message,
              AllOf(HasSubstr("2 symbols are defined nowhere: surisim_test_missing_one, "
                              "surisim_test_missing_two"),
                    Not(HasSubstr("weak"))));
}

TEST(CheckOpenFailure, NamesTheMissingLibrary) {
  const auto found = check_open_failure(plugin_file("needs_library"), "cannot open shared object");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].message, HasSubstr("library libsurisim_test_nowhere.so not found"));
}

TEST(CheckOpenFailure, ReportsTheLoadersMessageWhenNothingIsMissing) {
  const auto found = check_open_failure(plugin_file("good"), "version `GLIBC_9.99' not found");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].message, HasSubstr("version `GLIBC_9.99' not found"));
}

TEST(CheckBeforeOpen, RefusesASanitizerWhoseRuntimeIsNotLoaded) {
  ElfImports imports;
  imports.needed = {"libtsan.so.99"};
  EXPECT_THAT(check_before_open(imports, "p.so"),
              ElementsAre(violates("load-failed", "built with ThreadSanitizer")));
  imports.needed = {"libc.so.6"};
  EXPECT_THAT(check_before_open(imports, "p.so"), IsEmpty());
}

}  // namespace
}  // namespace surisim::engine
