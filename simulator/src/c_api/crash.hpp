// Says on stderr which callback of a plugin has crashed, before the crash ends the program.
//
// When:    from surisim_test_begin() to surisim_test_end(). Signals that have a handler already,
//          as under a sanitizer, are left alone.
// Owner:   the test. The journal outlives its Runtime.
// Threads: [main]; the handlers run on any thread.
#pragma once

#include <signal.h>

#include <array>

#include "base/journal.hpp"

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
