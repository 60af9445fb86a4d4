// A run under control (Options::schedule): sets up the Controller and its strategy, watches the
// plugins' translated code (WatchedCode), and reports deadlocks, data races and locks that are
// taken in opposite orders (ScheduledRun).
//
// When:    ScheduledRun: from the engine's construction to its destruction. WatchedCode: begin()
//          and end() for each run; the translation stays, as plugins stay loaded (L38).
// Owner:   the Engine owns the ScheduledRun. The process owns the WatchedCode and never destroys
//          it, because plugins' destructors run translated too.
// Threads: ScheduledRun: [creator]; a deadlock is reported by the thread that notices it.
//          WatchedCode: begin() and end() on [creator], the rest on the thread that has the baton.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ledger/violations.hpp"
#include "plugin/plugin_loader.hpp"
#include "races/detector.hpp"
#include "races/lock_order.hpp"
#include "schedule/controller.hpp"
#include "schedule/strategy.hpp"
#include "surisim/instructions.hpp"
#include "surisim/schedule.hpp"
#include "translate/translation.hpp"

namespace surisim::engine {

// Called by WatchedCode, on the thread that runs the plugin's code.
class CodeListener {
 public:
  // A plugin's library has been loaded, so addresses of its sites are known.
  virtual void loaded() = 0;
  // The thread is about to make the access at a point.
  virtual void comes_to(const translate::Site& site) = 0;
  // The thread is about to make a system call without the C library, as in translate::Watcher.
  virtual std::optional<long> calls_system(const translate::SystemCall& call) = 0;
  virtual void has_accessed(std::span<const translate::Access> accesses) = 0;

 protected:
  ~CodeListener() = default;
};

// Translates the plugins' code for all runs under control of this process, to see which accesses
// the calling thread makes, and to let another thread run before some of them.
class WatchedCode final : private LibraryWatcher, private translate::Watcher {
 public:
  static WatchedCode& of_process();

  // Without `translate` only the libraries' addresses are known, and accesses are not seen.
  // `count`: instructions are counted, and accesses are not seen.
  void begin(CodeListener& listener, bool translate, bool count);
  void end();

  // Lets another thread run before this access, until end(). False: the site's file is not loaded.
  bool set_point(const CodeSite& site);
  std::optional<schedule::Place> place_of(const CodeSite& site) const;
  std::optional<CodeSite> site_of(const schedule::Place& place) const;

  // The calling thread's accesses are seen from enter_thread() to leave_thread().
  void enter_thread();
  void leave_thread();
  std::span<const translate::Access> drain();
  // Ignores accesses until the plugin's function that runs on the calling thread returns.
  void leave_function();
  std::span<const translate::Site> sites() const;
  void restart_spin_count();
  translate::Stats stats() const;

  // Why some code is not watched, in a sentence; empty: all code is, or none was asked for.
  const std::string& not_watched() const { return not_watched_; }

 private:
  struct Library {
    void* handle;
    std::uintptr_t base;  // the difference to addresses in the file
    std::uintptr_t end;
  };
  WatchedCode() = default;
  void opened(void* library) override;
  void closing(void* library) override;
  void translate(void* library, const char* name);
  void point(const translate::Site& site, std::uintptr_t address) override;
  void full(std::span<const translate::Access> accesses) override;
  void spinning() override;
  std::optional<long> system_call(const translate::SystemCall& call) override;
  std::uintptr_t enclosing_call(std::uintptr_t return_address, bool of_library) override;

  CodeListener* listener_ = nullptr;  // NULL: no run is under control
  LibraryWatcher* before_ = nullptr;  // the previous watcher, which is called too
  bool translate_ = false;            // in this run
  bool count_ = false;                // in this run
  std::unique_ptr<translate::Translation> translation_;
  bool counts_ = false;             // translation_ counts instructions
  std::vector<Library> libraries_;  // of this run, in the order of loading
  std::vector<std::uintptr_t> points_;
  std::string not_watched_;
};

class ScheduledRun final : private CodeListener {
 public:
  // `options` must outlive it, and have passed check_options().
  ScheduledRun(const ScheduleOptions& options, ledger::Violations& violations);
  ~ScheduledRun();
  ScheduledRun(const ScheduledRun&) = delete;
  ScheduledRun& operator=(const ScheduledRun&) = delete;

  // While it exists, the calling thread, [creator], and all threads of the engine are under
  // control. NULL: they are not.
  class Scope : public schedule::Controller::Scope {
   public:
    explicit Scope(ScheduledRun* run) noexcept
        : schedule::Controller::Scope(run == nullptr ? nullptr : &run->controller_) {}
  };

  // Called once, when the run is over. With until_exit the end of the process is controlled too.
  void finish();
  // `ended`: the run has not been cut short, so its order can be compared with the expected one.
  ScheduleSummary summary(bool ended) const;
  // Adds what could not be counted.
  void write(InstructionCounts& counts) const;
  // Why no thread can continue; empty: threads can.
  std::string dead() const { return dead_; }

 private:
  class Watch;
  using Stack = std::vector<const void*>;

  [[noreturn]] void die(schedule::Stall how, const std::vector<schedule::Stuck>& threads);
  void loaded() override;
  void comes_to(const translate::Site& site) override;
  std::optional<long> calls_system(const translate::SystemCall& call) override;
  void has_accessed(std::span<const translate::Access> accesses) override;
  races::Moment now();
  void report(const races::Race& race);
  void report(const races::Cycle& cycle);
  std::string describe(const races::Side& side) const;
  std::vector<StackFrame> stack_of(const races::Side& side) const;
  std::vector<SiteOrder> conflicts() const;
  void report_after_end();
  void note_name(schedule::ThreadId thread);  // of the calling thread, also when it is ending
  void explain(ScheduleSummary& summary) const;

  const schedule::OneProcessor one_processor_;
  const ScheduleOptions& options_;
  ledger::Violations& violations_;
  std::unique_ptr<schedule::Ordered> strategy_;
  std::string dead_;
  schedule::Controller controller_;
  WatchedCode& code_;
  std::unique_ptr<races::Detector> detector_;
  std::unique_ptr<races::LockOrder> lock_order_;
  std::unique_ptr<Watch> watch_;
  std::map<schedule::ThreadId, std::string> names_;  // of threads that have accessed memory
  // The last stack of each thread at each point.
  std::map<std::pair<schedule::ThreadId, const void*>, Stack> stacks_;
  std::map<const void*, translate::Site> sites_;  // points that threads have reached
  std::vector<SiteOrder> raced_;
  std::optional<std::size_t> known_at_end_;     // after finish(): races and conflicts reported
  int explained_at_end_ = 0;                    // how often, after finish()
  std::map<const void*, long> not_controlled_;  // numbers of system calls, by instruction
};

}  // namespace surisim::engine
