// The library exports exactly what its public headers declare. Method: compare nm's output with the
// declarations in the headers, read as text.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <regex>
#include <set>
#include <sstream>

#include "abi/allocations.hpp"
#include "abi/unmodelled.hpp"
#include "source_tree.hpp"
#include "surisim/host_functions.hpp"

namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Names = std::multiset<std::string>;  // once for each overload

// Exported, although no public header of the simulator declares them.
const Names& promised_elsewhere() {
  static const Names names = {
      "SurisimApiVersion",           // suricata_ffi/detail/abi.hpp
      "SurisimExceptionCaught",      // the same
      "SurisimThreadStorageOffset",  // the same
      "engine_stage_sc_atomic__",    // read by a macro of Suricata's own headers
  };
  return names;
}

// The text without comments, literals, preprocessor lines, macros for extern "C", and default
// arguments, whose braces open no block; with single blanks.
std::string declarations_only(const std::string& header) {
  static const std::regex macro(R"(\bSURISIM_C_(BEGIN|END)\b)");
  static const std::regex empty_default(R"( = (\{\}|nullptr)([,)]))");
  std::string code;
  std::istringstream lines(layout::code_only(header));
  bool continued = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::string words;
    for (std::string word; in >> word;) words += word + ' ';
    const bool skipped = continued || words.starts_with('#');
    continued = skipped && line.ends_with('\\');
    if (!skipped) code += words;
  }
  return std::regex_replace(std::regex_replace(code, macro, ""), empty_default, "$2");
}

// "f" for `int f(void)`, "data" for `extern char data[8]`, "" for declarations without a symbol:
// types, inline or static functions, data members.
std::string declared_name(const std::string& statement, bool in_class) {
  static const std::regex elsewhere(
      R"(\b(inline|constexpr|typedef|using|friend)\b|=|^\s*(class|struct|enum)\s+\w+\s*$)");
  static const std::regex templated(R"(<[^<>]*>)");
  static const std::regex function(R"((~?\w+|operator\W+)\s*\()");
  static const std::regex data(R"(\bextern\b.*?(\w+)\s*(\[.*)?$)");
  std::string text = statement;
  for (std::string shorter; (shorter = std::regex_replace(text, templated, "")) != text;)
    text = shorter;
  std::smatch match;
  const bool is_operator = text.find("operator=") != text.npos;
  if (!is_operator && std::regex_search(text, elsewhere)) return "";
  if (!in_class && text.find("static ") != text.npos) return "";
  if (is_operator) return "operator=";
  if (std::regex_search(text, match, function)) return match[1];
  return std::regex_search(text, match, data) ? match[1].str() : "";
}

// The symbols that a header declares. C++ names are qualified; private members are left out.
class Declarations {
 public:
  explicit Declarations(const std::string& header) {
    const std::string code = declarations_only(header);
    for (const char c : code) {
      if (c == '{') {
        open();
      } else if (c == '}') {
        if (!scopes_.empty()) scopes_.pop_back();
      } else if (c == ';') {
        add();
      } else {
        statement_ += c;
        if (c == ':') take_access();
      }
    }
  }

  const Names& names() const { return names_; }

 private:
  struct Scope {
    std::string prefix;
    bool is_class = false;
    bool counts = false;  // false in a function's body, an enum, an initialiser
    bool is_private = false;
  };

  void open() {
    static const std::regex space(R"(^\s*namespace\s+(\w+)\s*$)");
    static const std::regex type(R"(^\s*(class|struct)\s+(\w+)\s*(final)?\s*$)");
    std::smatch match;
    Scope scope = scopes_.empty() ? Scope{"", false, true, false} : scopes_.back();
    if (std::regex_match(statement_, match, space)) {
      scope.prefix += match[1].str() + "::";
    } else if (std::regex_match(statement_, match, type)) {
      scope.prefix += match[2].str() + "::";
      scope.is_class = true;
    } else {
      scope.counts = false;
    }
    scopes_.push_back(scope);
    statement_.clear();
  }

  void take_access() {
    for (const char* access : {"public:", "private:"}) {
      const auto at = statement_.find(access);
      if (at == std::string::npos || scopes_.empty()) continue;
      scopes_.back().is_private = access == std::string_view("private:");
      statement_.clear();
    }
  }

  void add() {
    const Scope scope = scopes_.empty() ? Scope{"", false, true, false} : scopes_.back();
    const std::string name =
        scope.counts && !scope.is_private ? declared_name(statement_, scope.is_class) : "";
    if (!name.empty()) names_.insert(scope.prefix + name);
    statement_.clear();
  }

  std::vector<Scope> scopes_;
  std::string statement_;
  Names names_;
};

// The C library's functions that the library defines for threads under control.
std::set<std::string> defined_for_schedules() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return {};
#endif
  static const std::regex definition(R"(\nSURISIM_C_LIBRARY [\w ]*?(\w+)\()");
  std::set<std::string> names;
  for (const layout::File& file : layout::sources()) {
    if (!file.in("simulator/src/schedule/")) continue;
    for (auto at = std::sregex_iterator(file.text.begin(), file.text.end(), definition);
         at != std::sregex_iterator(); ++at)
      names.insert((*at)[1]);
  }
  return names;
}

Names promised() {
  Names names = promised_elsewhere();
  for (const layout::File& file : layout::sources()) {
    if (!file.in("simulator/include/")) continue;
    Names declared = Declarations(file.text).names();
    // A function of two versions may have a declaration for each.
    if (file.in("simulator/include/suricata/")) {
      const std::set once(declared.begin(), declared.end());
      declared = Names(once.begin(), once.end());
    }
    names.merge(std::move(declared));
  }
  const auto also = [&](const auto& list) {
    for (const std::string_view name : list) {
      if (!names.contains(std::string(name))) names.insert(std::string(name));
    }
  };
  for (const std::string& name : defined_for_schedules()) names.insert(name);
  also(surisim::abi::kAccepted);
  also(surisim::abi::kUnmodelled);
  also(std::to_array<std::string_view>({
#define FUNCTION(name, versions) #name,
#define SYMBOL(name, versions)
#include "abi/suricata_symbols.def"
#undef FUNCTION
#undef SYMBOL
  }));
  return names;
}

// A symbol as nm shows it, without parameters: "surisim::text_report[abi:cxx11](…)".
std::string without_parameters(const std::string& symbol) {
  return symbol.substr(0, symbol.find_first_of("[("));
}

std::set<std::string> lines_of(const std::string& command) {
  std::set<std::string> lines;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return lines;
  std::string text;
  for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

// Demangled, each once: a constructor has several symbols of one name.
std::set<std::string> symbols() {
  std::set<std::string> found;
  for (const std::string& one : lines_of(SURISIM_NM " -DC --defined-only " SURISIM_LIBRARY)) {
    found.insert(one.substr(one.find(' ') + 3));  // after its address and its kind
  }
  return found;
}

// malloc and its relatives: simulator/replaceable.list.
bool is_replaceable(const std::string& symbol) {
  static const std::string list =
      layout::read(std::string(SURISIM_TEST_SOURCE_DIR) + "/simulator/replaceable.list");
  return symbol.starts_with("operator new") || symbol.starts_with("operator delete") ||
         list.find("\n  " + symbol + ";") != list.npos;
}

Names exported() {
  Names names;
  for (const std::string& symbol : symbols()) {
    const std::string name = without_parameters(symbol);
    if (!is_replaceable(name)) names.insert(name);
  }
  return names;
}

Names without(const Names& all, const Names& some) {
  Names rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

TEST(Exports, AreWhatThePublicHeadersDeclare) {
  EXPECT_THAT(without(exported(), promised()), IsEmpty()) << "shown, and declared by no header";
  EXPECT_THAT(without(promised(), exported()), IsEmpty()) << "declared, and not in exports.map";
}

// The others: variable arguments; what only Suricata itself calls (as answers.cpp says to tests);
// no declaration; not Suricata's; and those that only 8.0 has.
TEST(Exports, AreFunctionsThatATestCanMockExceptThese) {
  std::set<std::string> replaceable(surisim::abi::kUnmodelled.begin(),
                                    surisim::abi::kUnmodelled.end());
#define SURISIM_NAME(result, name, arguments) replaceable.insert(#name);
  SURISIM_HOST_FUNCTIONS(SURISIM_NAME)
#undef SURISIM_NAME
  std::string answers =
      layout::read(std::string(SURISIM_TEST_SOURCE_DIR) + "/simulator/src/abi/answers.cpp");
  answers = answers.substr(answers.find("kVariadic"));
  answers.resize(answers.find("why_not"));
  std::replace_if(
      answers.begin(), answers.end(), [](char c) { return c == '"' || c == ';'; }, ' ');
  std::set<std::string> of_80;
#define FUNCTION(name, versions) \
  if (#versions == std::string_view("80")) of_80.insert(#name);
#define SYMBOL(name, versions)
#include "abi/suricata_symbols.def"
#undef FUNCTION
#undef SYMBOL
  std::set<std::string> left;
  for (const std::string& line : lines_of(SURISIM_NM " -D --defined-only " SURISIM_LIBRARY)) {
    const std::string name = line.substr(line.find(' ') + 3);
    const bool is_function = line[line.find(' ') + 1] == 'T';
    if (!is_function || !std::isupper(static_cast<unsigned char>(name[0]))) continue;
    if (of_80.contains(name)) continue;
    if (!replaceable.contains(name) && answers.find(" " + name + " ") == answers.npos)
      left.insert(name);
  }
  EXPECT_THAT(left,
              UnorderedElementsAre("SCDetectRegisterThreadCtxGlobalFuncs", "SurisimApiVersion",
                                   "SurisimExceptionCaught", "SurisimThreadStorageOffset"));
}

#ifndef __SANITIZE_ADDRESS__
#ifndef __SANITIZE_THREAD__
TEST(Exports, HaveMallocAndItsRelatives) {
  const auto all = symbols();
  for (const char* name : {"malloc", "free", "mmap", "operator new(unsigned long)", "pthread_join"})
    EXPECT_TRUE(all.contains(name)) << name;
}
#endif
#endif

TEST(Exports, OfLibcAreNotMistakenForSuricatas) {
  std::istringstream list(
      layout::read(std::string(SURISIM_TEST_SOURCE_DIR) + "/simulator/replaceable.list"));
  int names = 0;
  for (std::string line; std::getline(list, line);) {
    const auto end = line.find_first_of("*;");
    if (!line.starts_with("  ") || end == line.npos) continue;
    EXPECT_TRUE(surisim::abi::replaces_libc(line.substr(2, end - 2))) << line;
    ++names;
  }
  EXPECT_GT(names, 20);
}

TEST(Exports, DeclarationsAreParsedAsACompilerParsesThem) {
  EXPECT_THAT(Declarations(R"(
#define MACRO(x) \
  not_this(x);
SURISIM_C_BEGIN
typedef struct S_ { int (*member)(void); } S;
extern const char *text; /* not this(); */
extern S table[SIZE];
static inline int body(int x) { call(x); return x; }
S *function(const S *a,
            void (*Free)(void *));
SURISIM_C_END
)")
                  .names(),
              UnorderedElementsAre("text", "table", "function"));
  EXPECT_THAT(Declarations(R"(
namespace a {
class C;
inline constexpr int kOne = one();
enum class E { one, two };
struct D {
  std::function<void(int)> call;
  int get() const { return x(); }
  int x = f(1);
};
class C {
 public:
  C(C&&) noexcept;
  C& operator=(C&&) noexcept;
  ~C();
  static expected<C> create(Options options = {});
  C(const C&) = delete;

 private:
  void hidden();
};
int f(int x, T* y = nullptr);
int f();
}  // namespace a
)")
                  .names(),
              UnorderedElementsAre("a::C::C", "a::C::operator=", "a::C::~C", "a::C::create", "a::f",
                                   "a::f"));
}

}  // namespace
