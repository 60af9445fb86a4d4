// A test of surisim/unit_test.h: its Runtime, what it has made for the caller, and its failures.
// And CrashNotes, which say on stderr which callback of a plugin has crashed, before the crash ends
// the program.
//
// When:    from surisim_test_begin() to surisim_test_end(). Signals that have a handler already, as
//          under a sanitizer, are left alone.
// Owner:   the caller's handle. The journal outlives its Runtime.
// Threads: [main], but for EveRecords; the handlers run on any thread.
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

class CrashNotes {
 public:
  CrashNotes();
  CrashNotes(const CrashNotes&) = delete;
  CrashNotes& operator=(const CrashNotes&) = delete;
  ~CrashNotes();

  // For Options::journal; null: there is no memory for it, and nothing will be said.
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

// Of calls that pass no line.
inline constexpr Where kHere{"surisim/unit_test.h", 0};

}  // namespace surisim::c_api

struct surisim_test {
  using Where = surisim::c_api::Where;

  explicit surisim_test(std::string its_name) : name(std::move(its_name)) {}

  // Prints it and counts it.
  void fail(Where where, std::string_view message) noexcept;
  // Whether it succeeded; an error is a failure of the test.
  template <class T>
  bool succeeded(const surisim::expected<T>& result, Where where) {
    if (!result) fail(where, result.error().message);
    return result.has_value();
  }
  // Starts the lifecycle if it has not. Null: it does not start, which has failed the test.
  surisim::Traffic* traffic_now(Where where);
  // False: a plugin was not loaded, which has failed the test.
  bool all_loaded(Where where);
  // False: no thread has come to a hold, so that what it should show has not happened: a failure.
  bool holds_were_reached(Where where);
  // Kept until the end of the test.
  const char* keep(std::string text) { return texts.emplace_back(std::move(text)).c_str(); }
  surisim_texts keep(std::vector<std::string> list);

  std::string name;
  int failures = 0;
  std::shared_ptr<surisim::c_api::EveRecords> eve = std::make_shared<surisim::c_api::EveRecords>();
  surisim::c_api::CrashNotes crash;
  std::optional<surisim::Runtime> runtime;  // none: it could not be made
  bool over = false;                        // it did not start: nothing more happens
  surisim::Traffic* traffic = nullptr;
  std::deque<surisim_flow> flows;
  std::deque<std::string> texts;
  std::deque<std::vector<const char*>> lists;
};

namespace surisim::c_api {

// NULL is a text without characters.
inline std::string text_of(const char* text) { return text != nullptr ? text : ""; }

// The result of `call`, which is a failure of the test if it throws. Without a test, or if that did
// not start: `otherwise`.
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

// The same with a flow, and with its traffic.
template <class T, class Call>
T guarded(surisim_flow* flow, Where where, T otherwise, Call call) noexcept {
  if (flow == nullptr) return otherwise;
  return guarded(flow->test, where, otherwise,
                 [&](surisim_test& test) -> T { return call(test, *test.traffic); });
}

}  // namespace surisim::c_api
