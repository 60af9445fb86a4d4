// A unit test in C (surisim/unit_test.h): its Runtime, the objects it has made for the caller, and
// its failures. Also CrashNotes, which prints which callback of a plugin has crashed.
//
// When:    from surisim_test_begin() to surisim_test_end().
// Owner:   the caller's handle owns the test. The journal outlives its Runtime.
// Threads: [main], except EveRecords; signal handlers run on any thread.
#pragma once

#include <signal.h>

#include <array>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/journal.hpp"
#include "base/mutex.hpp"
#include "surisim/runtime.hpp"
#include "surisim/unit_test.h"

namespace surisim::c_api {

// Handles each crash signal that has no handler yet (a sanitizer installs its own): prints on
// stderr which callback has crashed, before the program ends.
class CrashNotes {
 public:
  CrashNotes();
  CrashNotes(const CrashNotes&) = delete;
  CrashNotes& operator=(const CrashNotes&) = delete;
  ~CrashNotes();

  // For Options::journal; null: out of memory, and nothing will be printed.
  Journal* journal() const { return journal_; }

 private:
  static constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

  Journal* journal_ = nullptr;
  std::array<bool, kSignals.size()> handled_{};
};

}  // namespace surisim::c_api

struct surisim_flow {
  surisim_test* test;
  surisim::FlowId id;
};

namespace surisim::c_api {

// A line of the test, for messages.
struct Where {
  const char* file;
  int line;
};

// [any thread]
class EveRecords {
 public:
  void add(std::string_view line) {
    const MutexLock lock(mutex_);
    lines_.emplace_back(line);
  }
  std::vector<std::string> all() const {
    const MutexLock lock(mutex_);
    return lines_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> lines_ SURISIM_GUARDED_BY(mutex_);
};

// For calls that pass no line.
inline constexpr Where kNoLine{"surisim/unit_test.h", 0};

}  // namespace surisim::c_api

struct surisim_test {
  using Where = surisim::c_api::Where;

  explicit surisim_test(std::string its_name) : name(std::move(its_name)) {}

  // Prints a failure and counts it.
  void fail(Where where, std::string_view message) noexcept;
  // True if the call succeeded; an error is a failure of the test.
  template <class T>
  bool succeeded(const surisim::expected<T>& result, Where where) {
    if (!result) fail(where, result.error().message);
    return result.has_value();
  }
  // Starts the lifecycle if it has not started. Null: it cannot start, which is a failure.
  surisim::Traffic* traffic_now(Where where);
  // False: a plugin was not loaded, which is a failure.
  bool all_loaded(Where where);
  // False: a thread that was to be held did not get there, which is a failure.
  bool holds_were_reached(Where where);
  // Keeps texts for the caller until the end of the test.
  const char* keep(std::string text) { return texts.emplace_back(std::move(text)).c_str(); }
  surisim_texts keep(std::vector<std::string> list);

  std::string name;
  int failures = 0;
  std::shared_ptr<surisim::c_api::EveRecords> eve = std::make_shared<surisim::c_api::EveRecords>();
  surisim::c_api::CrashNotes crash;
  std::optional<surisim::Runtime> runtime;  // none: it could not be created
  bool over = false;                        // the lifecycle did not start: calls do nothing more
  surisim::Traffic* traffic = nullptr;
  std::deque<surisim_flow> flows;
  std::deque<std::string> texts;
  std::deque<std::vector<const char*>> lists;
};

namespace surisim::c_api {

// "" for NULL.
inline std::string text_of(const char* text) { return text != nullptr ? text : ""; }

// Returns the result of `call`, or `otherwise` if there is no test, if it could not start, or if
// `call` throws, which is also a failure of the test.
template <class T, class Call>
T guarded(surisim_test* test, Where where, T otherwise, Call call) noexcept {
  if (test == nullptr || !test->runtime || test->over) return otherwise;
  try {
    return call(*test);
  } catch (const std::exception& thrown) {
    test->fail(where, thrown.what());
  } catch (...) {
    test->fail(where, "an exception was thrown");
  }
  return otherwise;
}

// The same for a flow: `call` also gets the Traffic.
template <class T, class Call>
T guarded(surisim_flow* flow, Where where, T otherwise, Call call) noexcept {
  if (flow == nullptr) return otherwise;
  return guarded(flow->test, where, otherwise,
                 [&](surisim_test& test) -> T { return call(test, *test.traffic); });
}

}  // namespace surisim::c_api
