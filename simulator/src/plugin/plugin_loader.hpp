// Loads plugins as Suricata does: dlopen, SCPluginRegister, checks, Init at once (L38 to L40).
//
// When:    created with the engine; load() in the phase that loads plugins.
// Owner:   the engine. Libraries stay open, except those of refused plugins (L39).
// Threads: [main]
// Source:  util-plugin.c.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/journal.hpp"
#include "base/mutex.hpp"
#include "surisim/error.hpp"
#include "surisim/options.hpp"
#include "surisim/plugin.hpp"
#include "surisim/violation.hpp"

namespace surisim::engine {

// The path of a plugin without a file.
inline constexpr const char* kInProcess = "(in process)";

// Is notified of each plugin library, for example to translate its code (translate/).
class LibraryWatcher {
 public:
  virtual ~LibraryWatcher() = default;
  // `library`: the handle from dlopen. Its constructors have run, SCPluginRegister has not. The
  // same library may be opened several times.
  virtual void opened(void* library) = 0;
  // The library was refused, and is about to be closed.
  virtual void closing(void* library) = 0;
};

// Sets the watcher of all Runtimes of the process; nullptr: none. It must outlive them. Returns the
// previous one. [main] while no plugins are being loaded
LibraryWatcher* watch_libraries(LibraryWatcher* watcher);

class PluginLoader {
 public:
  // Gets the frame that called an Init, and the Init's address; nullptr: unknown.
  using InitReturned = std::function<void(const void*, const void*)>;

  // `found` is called with each violation, and `init_returned` after each Init. Plugins' paths are
  // relative to `directory`. `forced`: the version of Suricata; without it, the first plugin that
  // needs a particular version decides. [main]
  PluginLoader(std::function<void(Violation)> found, InitReturned init_returned,
               std::string directory = "", std::optional<Suricata> forced = std::nullopt)
      : found_(std::move(found)),
        init_returned_(std::move(init_returned)),
        directory_(std::move(directory)),
        forced_(forced) {}

  // If there are several plugins, chooses the version of Suricata now: that of the first plugin
  // which needs a particular one, so that plugins before it run in it too. [main] before the first
  // load()
  void look_ahead(const std::vector<PluginSource>& sources);
  // Loads one source: a file, every `.so` of a directory, or an in-process plugin. If it cannot be
  // loaded, that is a violation, and start-up continues without it (L39). Errors: what would end
  // Suricata itself (SCPluginRegister returned NULL, or a NULL name, author, license or Init), and
  // plugins for two versions of Suricata. [main]
  expected<void> load(const PluginSource& source);

  // [main] while plugins are loaded, then any thread
  const std::vector<PluginInfo>& plugins() const SURISIM_NO_THREAD_SAFETY_ANALYSIS {
    return plugins_;  // which only main changes
  }
  // [any thread] at any time
  std::vector<PluginInfo> plugins_so_far() const;
  // The plugin whose constructors, SCPluginRegister or Init are running, or nullptr. [main]
  const PluginInfo* initialising() const;
  // Notes what initialising() has registered; does nothing if that is nullptr. [main]
  void registered(SlotInfo&& slot);
  void registered(CallbackInfo&& callback);
  // Calls a function that the plugin at this index passed in its Init. What it registers counts as
  // registered in Init. [main]
  void run_late(std::uint32_t plugin, JournalCallback kind, void (*call)());
  // The same; `call` calls the plugin's `function`.
  void run_late(std::uint32_t plugin, JournalCallback kind, const std::function<void()>& call,
                const void* function);
  bool any_loaded() const;
  // A function that a plugin exports.
  struct Function {
    void* address;
    std::uint32_t plugin;
  };
  // Searches the plugins in order; nullopt: none exports it. [main]
  std::optional<Function> find(const std::string& name) const;
  // For a message about something that any of the plugins may have done: their names.
  std::string suspects() const;

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // The first index of the same file: a file loaded twice is one library with one set of variables
  // (L40).
  std::uint32_t library_of(std::size_t plugin) const;
  // Notes that this plugin's code runs from now on, for the C functions in the process state too.
  void set_initialising(std::size_t plugin);
  // The index of the plugin that is being loaded.
  std::uint32_t next() const { return static_cast<std::uint32_t>(plugins().size()); }
  // For [main] to change.
  PluginInfo* being_initialised() SURISIM_REQUIRES(mutex_);
  void add(PluginInfo plugin);
  // The plugin needs this version: runs it from now on. Error: an earlier plugin needs another one.
  expected<void> choose_version(Suricata version, const std::string& path);
  expected<void> load_file(const std::string& path);
  expected<void> load_directory(const std::string& path);
  // The paths of the plugins in a directory. Empty after an error.
  std::vector<std::string> files_in(const std::string& directory, std::error_code& error);
  expected<void> start(const SCPlugin* plugin, const std::string& path, bool* refused);
  void run_init(const std::function<void()>& init, const void* function);
  void run_guarded(JournalCallback kind, const std::function<void()>& call, const void* function);
  void report(std::vector<Violation> found);
  void report_threads(const std::set<pid_t>& before_init, const void* init);

  std::function<void(Violation)> found_;
  InitReturned init_returned_;
  const std::string directory_;
  const std::optional<Suricata> forced_;
  std::string decided_by_;  // the plugin that chose the version
  mutable Mutex mutex_;     // held to change plugins_
  std::vector<PluginInfo> plugins_ SURISIM_GUARDED_BY(mutex_);
  std::size_t initialising_ = kNone;
  std::optional<PluginInfo> opening_;  // a plugin before its Init, with what it has registered
  std::set<pid_t> threads_before_;     // threads of the process before this plugin was loaded
  std::set<pid_t> threads_opened_;     // and after dlopen
};

}  // namespace surisim::engine
