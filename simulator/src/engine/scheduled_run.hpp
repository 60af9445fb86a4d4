// A run whose schedule is controlled: the strategy and the Controller for Options::schedule, the
// plugins' code that is watched meanwhile, and the violations: threads that cannot continue, data
// races, locks that are taken in opposite orders.
//
// When:    from the engine's construction to its destruction, with Options::schedule.
// Owner:   the Engine.
// Threads: [creator]; a deadlock is reported by the thread that notices it.
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
  // A plugin's library has been loaded: its sites can be placed.
  virtual void loaded() = 0;
  // The thread is before the access at a point.
  virtual void comes_to(const translate::Site& site) = 0;
  // The thread is about to make a system call itself, as in translate::Watcher.
  virtual std::optional<long> calls_system(const translate::SystemCall& call) = 0;
  virtual void has_accessed(std::span<const translate::Access> accesses) = 0;

 protected:
  ~CodeListener() = default;
};

// The plugins' code, translated for the runs under control of this process: which accesses the
// calling thread has made, and before which of them another thread may run.
//
// When:    begin() and end() for each run; the translation stays, as plugins stay loaded (L38).
// Owner:   the process; never destroyed, as plugins' destructors run translated too.
// Threads: begin() and end() on [creator], the rest on the thread that has the baton.
class WatchedCode final : private LibraryWatcher, private translate::Watcher {
 public:
  static WatchedCode& of_process();

  // `translate`: accesses are seen, too, not only where the plugins' calls are. `count`:
  // instructions are counted instead of that.
  void begin(CodeListener& listener, bool translate, bool count);
  void end();

  // Another thread may run before this access, until end(). False: no file with the site is loaded.
  bool set_point(const CodeSite& site);
  std::optional<schedule::Place> place_of(const CodeSite& site) const;
  std::optional<CodeSite> site_of(const schedule::Place& place) const;

  // The calling thread's accesses are seen from enter_thread() to leave_thread().
  void enter_thread();
  void leave_thread();
  std::span<const translate::Access> drain();
  // Not until the function of the plugin's that runs on the calling thread returns.
  void leave_function();
  std::span<const translate::Site> sites() const;
  void restart_spin_count();
  translate::Stats stats() const;

  // Why some code is not watched, as a sentence; empty: all of it is, or none was to be.
  const std::string& not_watched() const { return not_watched_; }

 private:
  struct Library {
    void* handle;
    std::uintptr_t base;  // what is added to the file's own addresses
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
  LibraryWatcher* before_ = nullptr;  // called too
  bool translate_ = false;            // in this run
  bool count_ = false;
  std::unique_ptr<translate::Translation> translation_;
  bool counts_ = false;             // what has been translated
  std::vector<Library> libraries_;  // of this run, in the order of loading
  std::vector<std::uintptr_t> points_;
  std::string not_watched_;
};

class ScheduledRun final : private CodeListener {
 public:
  // `options` outlive it; their strategy exists.
  ScheduledRun(const ScheduleOptions& options, ledger::Violations& violations);
  ~ScheduledRun();
  ScheduledRun(const ScheduledRun&) = delete;
  ScheduledRun& operator=(const ScheduledRun&) = delete;

  // The calling thread, which is [creator], and all threads of the engine are under control while
  // it exists. NULL: they are not.
  class Scope : public schedule::Controller::Scope {
   public:
    explicit Scope(ScheduledRun* run) noexcept
        : schedule::Controller::Scope(run == nullptr ? nullptr : &run->controller_) {}
  };

  // The run is over. If the process ends now, its end is under control too. Called once.
  void is_over();
  // `ended`: the run has come to its end, so that it can be compared with the one asked for.
  ScheduleSummary summary(bool ended) const;
  // What could not be counted.
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
  void report(const races::Ring& ring);
  std::string describe(const races::Side& side) const;
  std::vector<StackFrame> stack_of(const races::Side& side) const;
  std::vector<SiteOrder> conflicts() const;
  void say_more();
  void note_name(schedule::ThreadId thread);  // of the calling thread, also when it ends
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
  // Of each thread at each point, the last time.
  std::map<std::pair<schedule::ThreadId, const void*>, Stack> stacks_;
  std::map<const void*, translate::Site> sites_;  // points that threads have come to
  std::vector<SiteOrder> raced_;
  std::optional<std::size_t> known_at_end_;     // races and conflicts that have been told
  int explained_at_end_ = 0;                    // times
  std::map<const void*, long> not_controlled_;  // numbers of system calls, by instruction
};

}  // namespace surisim::engine
