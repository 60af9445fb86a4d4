// A unit test in C: its options, plugins, lifecycle and expectations, and what it prints when an
// expectation is not met or a callback crashes.
#include "c_api/test.hpp"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <string>

#include "surisim/options.hpp"

using surisim::c_api::guarded;
using surisim::c_api::text_of;
using surisim::c_api::Where;

void surisim_test::fail(Where where, std::string_view message) noexcept {
  ++failures;
  std::fprintf(stderr, "%s:%d: %s: %.*s\n", where.file, where.line, name.c_str(),
               static_cast<int>(message.size()), message.data());
}

surisim::Traffic* surisim_test::traffic_now(Where where) {
  if (traffic != nullptr || over || !runtime) return traffic;
  const auto started = runtime->start();
  over = !succeeded(started, where) || !all_loaded(where);
  if (over) return nullptr;
  const auto opened = runtime->traffic();
  over = !succeeded(opened, where);
  return traffic = over ? nullptr : *opened;
}

bool surisim_test::all_loaded(Where where) {
  bool all = true;
  for (const surisim::Violation& violation : runtime->summary().violations) {
    if (!violation.rule.starts_with("load-")) continue;
    fail(where, violation.rule + ": " + violation.message);
    all = false;
  }
  return all;
}

surisim_texts surisim_test::keep(std::vector<std::string> list) {
  std::vector<const char*>& kept = lists.emplace_back();
  for (std::string& text : list) kept.push_back(keep(std::move(text)));
  kept.push_back(nullptr);
  return {list.size(), kept.data()};
}

namespace {

using surisim::expected;
using surisim::Mode;

expected<surisim::Options> options_of(const surisim_options& wanted) {
  surisim::Options options;
  options.threads = wanted.threads != 0 ? wanted.threads : 2;
  options.record = surisim::Options::Record::all;
  options.checks = !wanted.checks_off;
  options.traffic.by_hand = true;
  const std::string mode = text_of(wanted.mode);
  for (const Mode one : {Mode::workers, Mode::autofp, Mode::single}) {
    if (mode == to_string(one)) options.mode = one;
  }
  if (!mode.empty() && mode != to_string(options.mode))
    return surisim::fail(surisim::ErrorCode::invalid_option,
                         "there is no mode \"" + mode + "\"; expected workers, autofp or single");
  for (const char* setting : wanted.settings) {
    if (setting != nullptr) options.config_settings.emplace_back(setting);
  }
  for (const char* text : wanted.faults) {
    if (text == nullptr) continue;
    auto fault = surisim::parse_fault(text);
    if (!fault) return tl::unexpected<surisim::Error>(fault.error());
    options.faults.push_back(*std::move(fault));
  }
  return options;
}

void make_runtime(surisim_test& test, const surisim_options& wanted, Where where) {
  auto options = options_of(wanted);
  if (!test.succeeded(options, where)) return;
  options->journal = test.crash.journal();
  options->eve.on_record = [eve = test.eve](std::string_view line) { eve->add(line); };
  auto runtime = surisim::Runtime::create(*std::move(options));
  if (test.succeeded(runtime, where)) test.runtime.emplace(*std::move(runtime));
}

bool load(Where where, surisim_test* test, surisim::PluginSource plugin) {
  return guarded(test, where, false, [&](surisim_test& its) {
    return its.succeeded(its.runtime->add_plugin(std::move(plugin)), where);
  });
}

// "\"text\"", or "NULL".
std::string quoted(const char* text) {
  return text != nullptr ? "\"" + std::string(text) + "\"" : "NULL";
}

// Fails the test unless `met`. Without a test, returns false. Works also in a test that did not
// start.
template <class Message>
bool expect(surisim_test* test, Where where, bool met, Message message) noexcept {
  if (test == nullptr || met) return test != nullptr;
  try {
    test->fail(where, message());
  } catch (...) {
    test->fail(where, "out of memory for the message of a failed expectation");
  }
  return false;
}

}  // namespace

bool surisim_test::holds_were_reached(Where where) {
  if (traffic == nullptr || !runtime || runtime->phase() != surisim::Phase::wait_running)
    return true;
  const std::string missed = traffic->missed();
  if (!missed.empty()) fail(where, missed);
  return missed.empty();
}

extern "C" {

surisim_test* surisim_test_begin_at(const char* file, int line, const char* function,
                                    surisim_options options) {
  const Where where{file, line};
  std::unique_ptr<surisim_test> test;
  try {
    test = std::make_unique<surisim_test>(options.name != nullptr ? options.name : function);
    make_runtime(*test, options, where);
  } catch (const std::exception& thrown) {
    if (test != nullptr) test->fail(where, thrown.what());
  }
  return test.release();
}

int surisim_test_end(surisim_test* test) {
  if (test == nullptr) return 1;
  constexpr int kMost = 99;
  (void)test->holds_were_reached(surisim::c_api::kNoLine);
  test->runtime.reset();
  const int failures = std::min(test->failures, kMost);
  if (failures > 0)
    std::fprintf(stderr, "%s: %d failure%s\n", test->name.c_str(), failures,
                 failures == 1 ? "" : "s");
  delete test;
  return failures;
}

bool surisim_load_at(const char* file, int line, surisim_test* test, const char* path) {
  return load({file, line}, test, surisim::PluginSource::file(text_of(path)));
}
bool surisim_load_init_at(const char* file, int line, surisim_test* test, const char* name,
                          void (*init)(void)) {
  return load({file, line}, test, surisim::PluginSource::in_process(text_of(name), init));
}
bool surisim_load_entry_at(const char* file, int line, surisim_test* test,
                           SCPlugin* (*entry)(void)) {
  return load({file, line}, test, surisim::PluginSource::in_process(entry));
}

bool surisim_start_at(const char* file, int line, surisim_test* test) {
  const Where where{file, line};
  return guarded(test, where, false,
                 [&](surisim_test& its) { return its.traffic_now(where) != nullptr; });
}

bool surisim_stop_at(const char* file, int line, surisim_test* test) {
  const Where where{file, line};
  return guarded(test, where, false, [&](surisim_test& its) {
    if (its.traffic_now(where) == nullptr) return false;
    const std::string held = its.traffic->held();
    const bool reached = its.holds_were_reached(where);
    const bool stopped = its.succeeded(its.runtime->stop(), where);
    if (!held.empty())
      its.fail(where, "surisim_stop() waits for the thread, but " + held + ": release it first");
    return stopped && held.empty() && reached;
  });
}

bool surisim_check_at(const char* file, int line, surisim_test* test, bool met, const char* text) {
  return expect(test, {file, line}, met, [&] { return std::string("expected: ") + text; });
}

bool surisim_check_equal_at(const char* file, int line, surisim_test* test, long long actual,
                            long long expected, const char* text) {
  return expect(test, {file, line}, actual == expected, [&] {
    return std::string(text) + " is " + std::to_string(actual) + ", expected " +
           std::to_string(expected);
  });
}

bool surisim_check_text_at(const char* file, int line, surisim_test* test, const char* actual,
                           const char* expected, const char* text) {
  const bool both = actual != nullptr && expected != nullptr;
  const bool same = both ? std::string_view(actual) == expected : actual == expected;
  return expect(test, {file, line}, same, [&] {
    return std::string(text) + " is " + quoted(actual) + ", expected " + quoted(expected);
  });
}

bool surisim_check_clean_at(const char* file, int line, surisim_test* test) {
  const Where where{file, line};
  return guarded(test, where, false, [&](surisim_test& its) {
    bool clean = true;
    for (const surisim::Violation& violation : its.runtime->summary().violations) {
      if (violation.severity < surisim::Severity::warning) continue;
      its.fail(where, violation.rule + ": " + violation.message);
      clean = false;
    }
    return clean;
  });
}

}  // extern "C"

namespace surisim::c_api {
namespace {

// The running test's journal.
std::atomic<Journal*> g_journal{nullptr};

void print(std::initializer_list<const char*> words) {
  std::array<char, 1024> line{};
  std::size_t length = 0;
  for (const char* word : words) {
    const std::size_t part = ::strnlen(word, line.size() - length);
    std::memcpy(line.data() + length, word, part);
    length += part;
  }
  [[maybe_unused]] const ssize_t done = ::write(STDERR_FILENO, line.data(), length);
}

const char* name_of(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name != nullptr ? name : "?";
}

// A signal handler: prints which callback has crashed. Then the signal's default action ends the
// program.
void print_crash(int signal) {
  Journal* const journal = g_journal.load();
  const JournalEntry* const mine = journal == nullptr ? nullptr : journal->find(::gettid());
  if (mine != nullptr && mine->callback() != JournalCallback::none) {
    Dl_info place{};
    const bool known = mine->function() != nullptr && ::dladdr(mine->function(), &place) != 0 &&
                       place.dli_fname != nullptr;
    // Thread names are short enough for std::string not to allocate.
    const std::string thread = mine->thread();
    const std::string tv = mine->tv();
    print({"surisim: SIG", name_of(signal), " in ", to_string(mine->callback()), " of the plugin",
           known ? " in " : "", known ? place.dli_fname : "", " on ", thread.c_str(),
           tv.empty() ? "" : " about ", tv.c_str(), "\n"});
  }
  ::raise(signal);
}

}  // namespace

CrashNotes::CrashNotes() {
  void* const memory = ::mmap(nullptr, sizeof(Journal), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;
  journal_ = static_cast<Journal*>(memory);  // all zeros, its initial state
  g_journal.store(journal_);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction before {};
    struct sigaction mine {};
    mine.sa_handler = print_crash;
    mine.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK);
    const bool is_free = ::sigaction(kSignals[i], nullptr, &before) == 0 &&
                         (before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == SIG_DFL;
    handled_[i] = is_free && ::sigaction(kSignals[i], &mine, nullptr) == 0;
  }
}

CrashNotes::~CrashNotes() {
  if (journal_ == nullptr) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    if (handled_[i]) ::signal(kSignals[i], SIG_DFL);
  g_journal.store(nullptr);
  ::munmap(journal_, sizeof(Journal));
}

}  // namespace surisim::c_api
