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

// Told of each plugin's library, to run its code in another way (translate/).
class LibraryWatcher {
 public:
  virtual ~LibraryWatcher() = default;
  // `library`: the handle of dlopen. Its constructors have run, SCPluginRegister has not. The same
  // library may be opened again.
  virtual void opened(void* library) = 0;
  // It is refused, and about to be closed.
  virtual void closing(void* library) = 0;
};

// For all Runtimes of the process, until another is set; nullptr: none. It outlives them. Returns
// the one before. [main] while no plugins are being loaded
LibraryWatcher* watch_libraries(LibraryWatcher* watcher);

class PluginLoader {
 public:
  // The frame that called an Init, and the Init's address; nullptr: unknown.
  using InitReturned = std::function<void(const void*, const void*)>;

  // `found` is called with each violation, and `init_returned` after each Init. [main]
  // Relative paths of plugins are in `directory`.
  // `forced`: the version of Suricata; without it the first plugin that tells decides.
  PluginLoader(std::function<void(Violation)> found, InitReturned init_returned,
               std::string directory = "", std::optional<Suricata> forced = std::nullopt)
      : found_(std::move(found)),
        init_returned_(std::move(init_returned)),
        directory_(std::move(directory)),
        forced_(forced) {}

  // Several plugins will be loaded: the first that is for one version of Suricata only decides,
  // even if one before it is for any. [main] before the first load()
  void look_ahead(const std::vector<PluginSource>& sources);
  // Loads one source: a file, every `.so` of a directory, or an in-process plugin. If it cannot be
  // loaded, that is a violation, and start-up continues without it (L39). Errors are what ends
  // Suricata itself: SCPluginRegister returned NULL, or a NULL name, author, license or Init; and
  // plugins of two versions of Suricata.
  // [main]
  expected<void> load(const PluginSource& source);

  // [main] while plugins are loaded, then any thread
  const std::vector<PluginInfo>& plugins() const SURISIM_NO_THREAD_SAFETY_ANALYSIS {
    return plugins_;  // which only main changes
  }
  // [any thread] at any time
  std::vector<PluginInfo> plugins_so_far() const;
  // The plugin whose constructors, SCPluginRegister or Init are running, or nullptr. [main]
  const PluginInfo* initialising() const;
  // It has registered this; without one, nothing happens. [main]
  void registered(SlotInfo&& slot);
  void registered(CallbackInfo&& callback);
  // Calls a function that the plugin at this index passed in its Init, as a part of Init. [main]
  void run_late(std::uint32_t plugin, JournalCallback kind, void (*call)());
  // The same; `call` calls `function`, the plugin's.
  void run_late(std::uint32_t plugin, JournalCallback kind, const std::function<void()>& call,
                const void* function);
  bool any_loaded() const;
  // A function that a plugin exports.
  struct Function {
    void* address;
    std::uint32_t plugin;
  };
  // In the first plugin that has it. Nothing: none has. [main]
  std::optional<Function> find(const std::string& name) const;
  // Who may have done what some plugin has done: its name; of several all names.
  std::string suspects() const;

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // The first index of the same file: a file loaded twice is one library with one set of variables
  // (L40).
  std::uint32_t library_of(std::size_t plugin) const;
  // From now on code of this plugin runs. The C functions read this from the process state.
  void set_initialising(std::size_t plugin);
  // The index of the plugin that is being loaded.
  std::uint32_t next() const { return static_cast<std::uint32_t>(plugins().size()); }
  // For [main] to change.
  PluginInfo* being_initialised() SURISIM_REQUIRES(mutex_);
  void add(PluginInfo plugin);
  // The plugin is for this version: from now on, that version is run. Error: it cannot be, as an
  // earlier plugin is for another one.
  expected<void> decide(Suricata version, const std::string& path);
  expected<void> load_file(const std::string& path);
  expected<void> load_directory(const std::string& path);
  // The plugins in a directory; none: an error, or an empty directory.
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
  std::string decided_by_;  // the plugin whose version is run
  mutable Mutex mutex_;     // held to change plugins_
  std::vector<PluginInfo> plugins_ SURISIM_GUARDED_BY(mutex_);
  std::size_t initialising_ = kNone;
  std::optional<PluginInfo> opening_;  // before Init: what its constructors have registered
  std::set<pid_t> threads_before_;     // threads of the process before this plugin was loaded
  std::set<pid_t> threads_opened_;     // and after it was opened
};

}  // namespace surisim::engine
