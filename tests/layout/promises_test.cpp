// ARCHITECTURE.md's promises about threads and globals. Method: read the sources as text, and nm's
// output for the library.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <regex>
#include <set>
#include <sstream>

#include "source_tree.hpp"

namespace {

using layout::File;
using testing::ElementsAre;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

// An exception to a rule, and its reason.
struct Exception {
  std::string what;
  std::string why;
};

bool among(const std::vector<Exception>& exceptions, const std::string& what) {
  return std::any_of(exceptions.begin(), exceptions.end(),
                     [&](const Exception& one) { return one.what == what; });
}

// Exceptions that are no longer needed.
Strings unused(const std::vector<Exception>& exceptions, const std::set<std::string>& used) {
  Strings rest;
  for (const Exception& one : exceptions) {
    if (!used.contains(one.what)) rest.push_back(one.what + ": " + one.why);
  }
  return rest;
}

// Every wait, wake-up and clock of the engine's threads is behind trace/handover.hpp, and every
// lock is one that clang's analysis understands (base/mutex.hpp).
const std::vector<Exception>& waits_elsewhere() {
  static const std::vector<Exception> list = {
      {"simulator/src/abi/plugin_threads.cpp: pthread_create", "defines it for plugins"},
      {"simulator/src/abi/plugin_threads.cpp: pthread_join", "the same"},
      {"simulator/src/base/user_input.cpp: poll",
       "waits for the writer of a pipe that a user names, before the run"},
      {"simulator/src/explore/explore_schedules.cpp: steady_clock",
       "how long many runs take; none is under way when it is read"},
      {"simulator/src/engine/scheduled_run.cpp: sleep", "the name of what a thread does"},
      {"simulator/src/check/process.cpp: poll", "asks about several descriptors, without waiting"},
  };
  return list;
}

Strings waits_in(const std::string& text) {
  static const std::regex names(
      R"(\b(futex|SYS_futex|notify_one|notify_all|condition_variable\w*|sleep_for|sleep_until|)"
      R"(nanosleep|clock_nanosleep|usleep|sleep|steady_clock|system_clock|high_resolution_clock|)"
      R"(clock_gettime|gettimeofday|sched_yield|this_thread|p?poll|p?select|epoll_wait|sem_\w+|)"
      R"(pthread_(create|join|cond_\w+|mutex_lock|mutex_timedlock|rwlock_\w+|yield)(?=\()|)"
      R"(std::(j?thread|mutex|shared_mutex|timed_mutex|recursive_mutex|latch|barrier|future|async|)"
      R"(lock_guard|unique_lock|scoped_lock|shared_lock|counting_semaphore|binary_semaphore))\b)");
  Strings found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), names);
       at != std::sregex_iterator(); ++at)
    found.push_back(at->str());
  return found;
}

TEST(Waits, AreOnlyInTheHandOvers) {
  std::set<std::string> wrong;
  std::set<std::string> used;
  for (const File& file : layout::sources()) {
    if (!file.in("simulator/src/") || file.in("simulator/src/trace/handover.")) continue;
    // It defines all of these for plugins, and switches controlled threads itself.
    if (file.in("simulator/src/schedule/") || file.in("simulator/src/base/mutex.hpp") ||
        file.in("simulator/src/base/raw_syscall.hpp"))
      continue;
    for (const std::string& name : waits_in(layout::code_only(file.text))) {
      const std::string what = file.path + ": " + name;
      (among(waits_elsewhere(), what) ? used : wrong).insert(what);
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
  EXPECT_THAT(unused(waits_elsewhere(), used), IsEmpty());
}

TEST(Waits, AreFoundInEveryForm) {
  EXPECT_THAT(waits_in("state.notify_all();"), ElementsAre("notify_all"));
  EXPECT_THAT(waits_in("std::this_thread::sleep_for(1ms);"),
              ElementsAre("this_thread", "sleep_for"));
  EXPECT_THAT(waits_in("const std::lock_guard<std::mutex> lock(m);"),
              ElementsAre("std::lock_guard", "std::mutex"));
  EXPECT_THAT(waits_in("auto now = std::chrono::steady_clock::now();"),
              ElementsAre("steady_clock"));
  EXPECT_THAT(waits_in("pthread_join(handle, nullptr);"), ElementsAre("pthread_join"));
  EXPECT_THAT(waits_in("gate.wait(); wait_until_paused();"), IsEmpty());
}

// In comments: texts in brackets that are not an index.
Strings tags_in(const std::string& text) {
  static const std::regex comment(R"(//.*|/\*[^]*?\*/)");
  static const std::regex tag(R"((^|[^\w\[\])\[])\[([a-z][a-z' -]*(,[^\]\n]*)?)\](?![\w({\]]))");
  Strings found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), comment);
       at != std::sregex_iterator(); ++at) {
    const std::string words = at->str();
    for (auto in = std::sregex_iterator(words.begin(), words.end(), tag);
         in != std::sregex_iterator(); ++in)
      found.push_back((*in)[2]);
  }
  return found;
}

// "//   [main]         the program's main thread"
std::set<std::string> defined_tags() {
  static const std::regex definition(R"(\n//   \[([a-z -]+)\] )");
  const std::string text = layout::read(std::string(SURISIM_TEST_SOURCE_DIR) +
                                        "/simulator/include/surisim/lifecycle.hpp");
  std::set<std::string> tags;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), definition);
       at != std::sregex_iterator(); ++at)
    tags.insert((*at)[1]);
  return tags;
}

TEST(ThreadTags, AreThoseThatLifecycleHppDefines) {
  const std::set<std::string> known = defined_tags();
  ASSERT_EQ(known.size(), 7u);
  Strings wrong;
  for (const File& file : layout::sources()) {
    if (!file.in("simulator/") && !file.in("wrappers/include/") && !file.in("fixtures/include/"))
      continue;
    for (const std::string& tag : tags_in(file.text)) {
      if (!known.contains(tag)) wrong.push_back(file.path + ": [" + tag + "]");
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(ThreadTags, AreDistinguishedFromIndexesAndLambdas) {
  EXPECT_THAT(tags_in("// Stops. [any thread]\nint a[n];"), ElementsAre("any thread"));
  EXPECT_THAT(tags_in("// [main, in Init]"), ElementsAre("main, in Init"));
  EXPECT_THAT(tags_in("// list[i] holds; [[nodiscard]]; [x](int), [this]() {}"), IsEmpty());
}

// For controlled runs.
std::vector<Exception> globals_of_schedules() {
  static const std::string of_this_thread = "what this thread is doing now";
  return {
      {"surisim::engine::(anonymous namespace)::t_unwatched", of_this_thread},
      {"surisim::schedule::t_me", of_this_thread},
      {"surisim::schedule::(anonymous namespace)::g_end_key",
       "the key whose destructor ends a thread under control"},
      {"surisim::schedule::(anonymous namespace)::g_processors", "what a process is told"},
      {"surisim::schedule::(anonymous namespace)::g_at_exit", "what a handler of exit() reads"},
      {"surisim::schedule::(anonymous namespace)::barriers()::all",
       "counts of the C library's barriers, which it does not tell"},
      {"surisim::schedule::(anonymous namespace)::running_once()::all",
       "functions that run once and have begun"},
      {"surisim::engine::WatchedCode::of_process()::code",
       "translated code, which stays when a run ends"},
      {"surisim::engine::Explanation::name_of", "a constant, made when first asked for"},
      {"surisim::engine::(anonymous namespace)::atomics()::all",
       "which of the plugins' accesses are atomics, found out once"},
      {"surisim::translate::Translation::Impl::running", "what traps and translated code come to"},
      {"surisim::translate::(anonymous namespace)::g_stop_handler", "the same"},
      {"surisim::translate::(anonymous namespace)::g_memory_handler",
       "what a function for memory tells"},
      {"surisim::translate::(anonymous namespace)::g_signals",
       "the process's handlers of the signals that translated code brings about"},
      {"surisim::translate::thread_state", "where translated code writes this thread's accesses"},
      {"surisim::translate::discard_ring", "the same, of threads that are not watched"},
      {"surisim_translate_saved_bytes", "a constant of the processor, set before it is used"},
      {"surisim_translate_saved_parts", "the same"},
  };
}

// Mutable globals, except those that are part of Suricata's ABI (extern "C").
std::vector<Exception> globals() {
  static const std::string of_this_thread = "what this thread is doing now";
  static const std::string constant = "a constant, made when first asked for";
  std::vector<Exception> list = {
      {"surisim::abi::g_state", "the state of the C functions"},
      {"surisim::abi::detail::running_host", "of g_state, but read on the packet path"},
      {"surisim::abi::detail::running_layout", "of running_host, read for each packet"},
      {"surisim::abi::g_watched", "of g_state, but read on the hot path"},
      {"surisim::abi::g_faults", "asked by malloc, which runs before g_state is made"},
      {"surisim::abi::g_allocations", "the same"},
      {"surisim::abi::(anonymous namespace)::g_foreign", "whose malloc this process uses"},
      {"surisim::abi::(anonymous namespace)::find_foreign_malloc()::foreign",
       "the same, while it is looked up"},
      {"surisim::abi::(anonymous namespace)::g_answers",
       "functions of a test, which plugins' calls reach without a Runtime too"},
      {"surisim::abi::(anonymous namespace)::g_answered", "their number"},
      {"surisim::abi::(anonymous namespace)::unmodelled()::kept", "the same"},
      {"surisim::abi::(anonymous namespace)::innermost_answer", of_this_thread},
      {"surisim::abi::(anonymous namespace)::started_by_plugin", of_this_thread},
      {"surisim::abi::answered_call", of_this_thread},
      {"surisim::base::host_depth", of_this_thread},
      {"surisim::base::no_points", of_this_thread},
      {"surisim::base::own_depth", of_this_thread},
      {"surisim::abi::until_check", of_this_thread},
      {"surisim::abi::(anonymous namespace)::sampling",
       "which of this thread's callbacks are checked"},
      {"surisim::abi::unfailing_depth", of_this_thread},
      {"surisim::base::(anonymous namespace)::looking_up", of_this_thread},
      {"surisim::c_api::(anonymous namespace)::g_journal", "what a handler of crashes reads"},
      {"surisim::check::(anonymous namespace)::busy", of_this_thread},
      {"surisim::abi::(anonymous namespace)::searching", of_this_thread},
      {"surisim::engine::(anonymous namespace)::current", of_this_thread},
      {"surisim::engine::(anonymous namespace)::unmanaged_thread_clock", of_this_thread},
      {"surisim::engine::(anonymous namespace)::SparePages::of_process()::pages",
       "memory for the next Runtime of this process"},
      {"surisim::abi::(anonymous namespace)::g_table",
       "where libraries are mapped, asked by malloc"},
      {"surisim::base::(anonymous namespace)::g_original_code", "who has replaced machine code"},
      {"surisim::engine::(anonymous namespace)::g_library_watcher", "who replaces it"},
      {"surisim::base::(anonymous namespace)::cache()::all", "debug information, read once"},
      {"surisim::abi::(anonymous namespace)::known()::all",
       "which code is Rust's standard library, found out once"},
      {"surisim::engine::spinning_helps()::several", constant},
      {"surisim::engine::(anonymous namespace)::running",
       "the source that functions of capture plugins are about"},
      {"surisim::engine::(anonymous namespace)::placeholder",
       "what fields of a ThreadVars point to that Suricata fills"},
      {"surisim::facts()::all", constant},
      {"surisim::rules()::all", constant},
      {"surisim::golden::(anonymous namespace)::SectionIndex::at(surisim::LifecycleSection const&) "
       "const::nothing",
       constant},
  };
  const std::vector<Exception> more = globals_of_schedules();
  list.insert(list.end(), more.begin(), more.end());
  return list;
}

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Of lines as `nm -f sysv` writes them: what is in a section that stays writable, and is either in
// a namespace of ours or static in a file with C functions.
std::set<std::string> mutable_globals(const std::string& nm) {
  static const std::regex section(R"(\.(t?bss|t?data)(\.(?!rel\.ro).*)?)");
  static const std::regex own(R"([A-Za-z]\w*|.*\bsurisim::.*)");
  // By its name, whatever its section: a constant, or a function of the C library, looked up once.
  static const std::regex constant(R"((.*::)?(k[A-Z]\w*|real(_\w+)?|attempt|made))");
  static const std::regex generated(R"((guard variable|vtable|typeinfo|VTT|TLS).* for .*)");
  std::set<std::string> found;
  std::istringstream lines(nm);
  for (std::string line; std::getline(lines, line);) {
    Strings cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, '|');) cells.push_back(trimmed(cell));
    if (cells.size() != 7 || !std::regex_match(cells[6], section)) continue;
    const std::string name = cells[0].substr(0, cells[0].find("[abi:"));
    const bool of_a_namespace = name.find("::") != name.npos;
    const bool is_local = cells[2] == "b" || cells[2] == "d";
    if (!std::regex_match(name, own) || std::regex_match(name, generated) ||
        std::regex_match(name, constant))
      continue;
    if (of_a_namespace || is_local) found.insert(name);
  }
  return found;
}

// Compilers and sanitizers name static locals and clones differently: the list is for gcc.
#if defined(__clang__) || defined(__SANITIZE_THREAD__)
constexpr bool kNamedAsListed = false;
#else
constexpr bool kNamedAsListed = true;
#endif

TEST(MutableGlobals, AreThoseThatAreListedWithAReason) {
  if (!kNamedAsListed) return;
  Strings wrong;
  std::set<std::string> used;
  for (const std::string& name :
       mutable_globals(output_of(SURISIM_NM " -C --defined-only -f sysv " SURISIM_LIBRARY))) {
    if (among(globals(), name)) {
      used.insert(name);
    } else {
      wrong.push_back(name);
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
  EXPECT_THAT(unused(globals(), used), IsEmpty());
}

TEST(MutableGlobals, AreFoundInEverySection) {
  EXPECT_THAT(
      mutable_globals(
          "surisim::abi::g_state |0000000000000010|   b  |            OBJECT|08|     |.bss\n"
          "surisim::x::depth     |0000000000000010|   b  |               TLS|08|     |.tbss\n"
          "surisim::x::kNames    |0000000000000010|   d  |            OBJECT|08|     "
          "|.data.rel.ro\n"
          "suricata_ctl_flags    |0000000000000010|   B  |            OBJECT|04|     |.bss\n"
          "g_of_a_file           |0000000000000010|   b  |            OBJECT|04|     |.bss\n"
          "guard variable for surisim::f()::x|0000000000000010|   b  | OBJECT|08|     |.bss\n"),
      ElementsAre("g_of_a_file", "surisim::abi::g_state", "surisim::x::depth"));
}

}  // namespace
