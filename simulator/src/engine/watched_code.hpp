// The plugins' code, translated for the runs under control of this process: which accesses the
// calling thread has made, and before which of them another thread may run.
//
// When:    begin() and end() for each run; the translation stays, as plugins stay loaded (L38).
// Owner:   the process; never destroyed, as plugins' destructors run translated too.
// Threads: begin() and end() on [creator], the rest on the thread that has the baton.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plugin/plugin_loader.hpp"
#include "schedule/strategy.hpp"
#include "surisim/schedule.hpp"
#include "translate/translation.hpp"

namespace surisim::engine {

// Told by WatchedCode, on the thread that runs the plugin's code.
class CodeListener {
 public:
  // A plugin's library has been loaded: its sites can be placed.
  virtual void loaded() = 0;
  // The thread is before the access at a point.
  virtual void comes_to(const translate::Site& site) = 0;
  // Is about to make a system call itself; as translate::Watcher says.
  virtual std::optional<long> calls_system(const translate::SystemCall& call) = 0;
  virtual void has_accessed(std::span<const translate::Access> accesses) = 0;

 protected:
  ~CodeListener() = default;
};

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

  // The calling thread's accesses are seen from here on, and no longer.
  void enter_thread();
  void leave_thread();
  std::span<const translate::Access> drain();
  std::span<const translate::Site> sites() const;
  void restart_spin_count();
  translate::Stats stats() const;

  // Why some code is not watched, in a sentence; empty: all is, or was not to be.
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
  std::uintptr_t call_around(std::uintptr_t return_address, bool of_library) override;

  CodeListener* listener_ = nullptr;  // NULL: no run is under control
  LibraryWatcher* before_ = nullptr;  // told, too
  bool translate_ = false;            // in this run
  bool count_ = false;
  std::unique_ptr<translate::Translation> translation_;
  bool counts_ = false;             // what has been translated
  std::vector<Library> libraries_;  // of this run, in the order of loading
  std::vector<std::uintptr_t> points_;
  std::string not_watched_;
};

}  // namespace surisim::engine
