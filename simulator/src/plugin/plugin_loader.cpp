// Opens plugins, calls SCPluginRegister and Init, and reports what goes wrong.
#include "plugin/plugin_loader.hpp"

#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "abi/answers.hpp"
#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "base/safe_read.hpp"
#include "base/source_line.hpp"
#include "base/user_input.hpp"
#include "plugin/elf_file.hpp"
#include "plugin/plugin_check.hpp"
#include "rules/found.hpp"
#include "trace/context.hpp"
#include "trace/os_threads.hpp"

namespace surisim::engine {

namespace {

namespace fs = std::filesystem;

template <class Result>
const void* address_of(Result (*function)()) {
  return reinterpret_cast<const void*>(function);
}

// Sets a violation's place to this function of the plugin; the line in it is unknown.
void set_place(Violation& violation, const void* function) {
  Dl_info file{};
  if (function == nullptr || dladdr(function, &file) == 0) return;
  const auto offset = static_cast<const char*>(function) - static_cast<char*>(file.dli_fbase);
  base::CodePlace place = base::code_place(file.dli_fname, static_cast<std::uint64_t>(offset));
  violation.call_site = std::move(place.call_site);
  violation.source = std::move(place.source);
}

const SCPlugin* call_entry(SCPluginRegisterFunc entry, std::uint32_t plugin) {
  const abi::CallbackScope scope(JournalCallback::entry_point, nullptr, plugin, address_of(entry));
  return entry();
}

constexpr const char* kEntryPoint = "SCPluginRegister";

// The address at which the file that contains the symbol is loaded.
const void* file_of(const void* symbol) {
  Dl_info info{};
  return dladdr(symbol, &info) == 0 ? nullptr : info.dli_fbase;
}

LibraryWatcher* g_library_watcher = nullptr;

// Runs the library's destructors.
void close(void* library) {
  if (g_library_watcher != nullptr) g_library_watcher->closing(library);
  const abi::CallbackScope scope(JournalCallback::close, nullptr, kNoPlugin, nullptr);
  dlclose(library);
}

}  // namespace

LibraryWatcher* watch_libraries(LibraryWatcher* watcher) {
  return std::exchange(g_library_watcher, watcher);
}

std::uint32_t PluginLoader::library_of(std::size_t plugin) const {
  const PluginInfo* const info = plugin < plugins().size() ? &plugins()[plugin] : nullptr;
  std::size_t first = plugin;
  if (info != nullptr && info->path != kInProcess) {
    const auto same =
        std::find_if(plugins().begin(), plugins().end(),
                     [info](const PluginInfo& other) { return other.path == info->path; });
    first = static_cast<std::size_t>(same - plugins().begin());
  }
  return static_cast<std::uint32_t>(first);
}

bool PluginLoader::any_loaded() const {
  return std::any_of(plugins().begin(), plugins().end(),
                     [](const PluginInfo& plugin) { return plugin.loaded; });
}

// Ignores functions of the same name in libraries that the plugin needs.
std::optional<PluginLoader::Function> PluginLoader::find(const std::string& name) const {
  for (std::uint32_t i = 0; i < plugins().size(); ++i) {
    const bool has_file = plugins()[i].path != kInProcess;
    const std::string file = base::in_directory(directory_, plugins()[i].path);
    void* const library =
        has_file ? dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD) : dlopen(nullptr, RTLD_NOW);
    if (library == nullptr) continue;
    void* const address = dlsym(library, name.c_str());
    const bool is_its = address != nullptr &&
                        (!has_file || file_of(address) == file_of(dlsym(library, kEntryPoint)));
    dlclose(library);
    if (is_its) return Function{address, i};
  }
  return std::nullopt;
}

std::string PluginLoader::suspects() const {
  if (plugins().empty()) return "a plugin";
  if (plugins().size() == 1) return plugins().front().name;
  std::string names = "one of the plugins ";
  for (std::size_t i = 0; i < plugins().size(); ++i)
    names += (i == 0 ? "" : i + 1 == plugins().size() ? " and " : ", ") + plugins()[i].name;
  return names;
}

void PluginLoader::report(std::vector<Violation> found) {
  for (Violation& violation : found) {
    violation.phase = "load plugins";
    violation.thread = "main";
    found_(std::move(violation));
  }
}

std::vector<PluginInfo> PluginLoader::plugins_so_far() const {
  const MutexLock lock(mutex_);
  return plugins_;
}

const PluginInfo* PluginLoader::initialising() const {
  if (initialising_ != kNone) return &plugins()[initialising_];
  return opening_ ? &*opening_ : nullptr;
}

void PluginLoader::registered(SlotInfo&& slot) {
  note_constructor("registered a slot");
  const MutexLock lock(mutex_);
  if (PluginInfo* const plugin = being_initialised()) plugin->slots.push_back(std::move(slot));
}

void PluginLoader::registered(CallbackInfo&& callback) {
  note_constructor("registered a callback");
  const MutexLock lock(mutex_);
  PluginInfo* const plugin = being_initialised();
  if (plugin != nullptr) plugin->callbacks.push_back(std::move(callback));
}

PluginInfo* PluginLoader::being_initialised() {
  if (initialising_ != kNone) return &plugins_[initialising_];
  return opening_ ? &*opening_ : nullptr;
}

void PluginLoader::add(PluginInfo plugin) {
  const MutexLock lock(mutex_);
  plugins_.push_back(std::move(plugin));
}

expected<void> PluginLoader::load(const PluginSource& source) {
  threads_before_ = threads_of_process();
  threads_opened_ = threads_before_;
  bool refused = false;
  if (source.entry != nullptr) {
    return start(call_entry(source.entry, next()), kInProcess, &refused);
  }
  if (source.init) {
    PluginInfo info;
    info.path = kInProcess;
    info.name = source.path;
    info.api_version = abi::host().api_version;
    add(std::move(info));
    run_init(source.init, nullptr);
    return {};
  }
  std::error_code error;
  const fs::file_status status = fs::status(base::in_directory(directory_, source.path), error);
  if (error || status.type() == fs::file_type::not_found) {
    const std::string why = error ? error.message() : "no such file";
    report({load_failed(source.path, why + "; expected a plugin's shared object")});
    return {};
  }
  return fs::is_directory(status) ? load_directory(source.path) : load_file(source.path);
}

expected<void> PluginLoader::choose_version(Suricata version, const std::string& path) {
  if (forced_) return {};
  if (decided_by_.empty()) {
    decided_by_ = path;
    abi::set_host(abi::host_of(version));
  } else if (version != abi::host().version && path != decided_by_) {
    return fail(ErrorCode::load_failed,
                fmt::format("{} is for Suricata {} and {} is for {}; expected plugins for one "
                            "version in a run, or --suricata to choose one",
                            decided_by_, abi::host().name, path, abi::host_of(version).name));
  }
  return {};
}

void PluginLoader::look_ahead(const std::vector<PluginSource>& sources) {
  std::vector<std::string> files;
  for (const PluginSource& source : sources) {
    if (source.entry != nullptr || source.init) continue;
    std::error_code none;
    const std::vector<std::string> in_it = files_in(source.path, none);
    files.insert(files.end(), in_it.begin(), in_it.end());
    if (in_it.empty()) files.push_back(source.path);
  }
  if (forced_ || files.size() < 2) return;
  for (const std::string& path : files) {
    const auto needed = version_needed(base::in_directory(directory_, path));
    if (!needed) continue;
    (void)choose_version(*needed, path);
    return;
  }
}

std::vector<std::string> PluginLoader::files_in(const std::string& given, std::error_code& error) {
  auto files = plugin_names_in(base::in_directory(directory_, given), error);
  for (std::string& file : files) file = fs::path(given) / file;
  return files;
}

expected<void> PluginLoader::load_directory(const std::string& given) {
  std::error_code error;
  const std::vector<std::string> files = files_in(given, error);
  for (const std::string& file : files)
    if (expected<void> loaded = load_file(file); !loaded) return loaded;
  if (error) {
    report({load_failed(given, error.message())});
  } else if (files.empty()) {
    report(
        {load_failed(given, "no file in this directory has .so in its name; expected a plugin")});
  }
  return {};
}

expected<void> PluginLoader::load_file(const std::string& path) {
  // dlopen does not search the library path for an absolute name, and the debug information is
  // found even if a plugin changes the current directory.
  const std::string name = base::in_directory(directory_, path);
  const expected<ElfImports> imports = read_imports(name);
  if (!imports) {
    std::string why = imports.error().message;
    if (why.starts_with(name)) why.replace(0, name.size(), path);
    report({load_failed(path, why)});
    return {};
  }
  if (std::vector<Violation> found = check_before_open(*imports, path); !found.empty()) {
    report(std::move(found));
    return {};
  }
  if (const auto needed = version_needed(imports->imports)) {
    if (expected<void> decided = choose_version(*needed, path); !decided) return decided;
    if (*needed != abi::host().version) {
      const Suricata version = abi::host().version;
      report({for_other_version(path, imports_of_other(imports->imports, version), version)});
      return {};
    }
  }
  record(EventKind::plugin_open, {.what = intern_here(path)});
  opening_.emplace().name = fs::path(path).filename();
  void* library = nullptr;
  {
    const abi::CallbackScope scope(JournalCallback::open, nullptr, next(), nullptr);
    library = dlopen(name.c_str(), RTLD_NOW);
  }
  if (library == nullptr) {
    opening_.reset();
    const char* const text = dlerror();
    report(check_open_failure(path, text == nullptr ? "" : text, name));
    return {};
  }
  if (g_library_watcher != nullptr) g_library_watcher->opened(library);
  threads_opened_ = threads_of_process();
  if (is_for_all_versions(imports->imports)) abi::hide_other_versions(library);
  abi::redirect_new_libraries();
  const auto entry = reinterpret_cast<SCPluginRegisterFunc>(dlsym(library, kEntryPoint));
  if (entry == nullptr) {
    opening_.reset();
    report({no_entry_point(path)});
    close(library);
    return {};
  }
  bool refused = false;
  expected<void> started = start(call_entry(entry, next()), path, &refused);
  // A refused plugin is closed at once (L39); an initialised one is never unloaded (L38).
  if (refused && started) close(library);
  return started;
}

expected<void> PluginLoader::start(const SCPlugin* plugin, const std::string& path, bool* refused) {
  if (const auto needed = version_of(plugin)) {
    if (expected<void> decided = choose_version(*needed, path); !decided) return decided;
  }
  std::vector<Violation> found = check_plugin(plugin, path, abi::host().api_version);
  const PluginInfo before_init = std::exchange(opening_, std::nullopt).value_or(PluginInfo());
  if (!found.empty()) {
    *refused = true;
    const auto fatal = std::find_if(found.begin(), found.end(), [](const Violation& violation) {
      return !is(violation, RuleId::load_version_mismatch);
    });
    const std::string why = fatal == found.end() ? "" : fatal->message;
    const bool ends_suricata = fatal != found.end();
    report(std::move(found));
    if (ends_suricata) return fail(ErrorCode::load_failed, why);
    return {};
  }
  PluginInfo info = describe(*plugin, path);
  info.slots = before_init.slots;
  info.callbacks = before_init.callbacks;
  add(std::move(info));
  run_init(plugin->Init, address_of(plugin->Init));
  return {};
}

void PluginLoader::run_init(const std::function<void()>& init, const void* function) {
  set_initialising(plugins().size() - 1);
  const std::set<pid_t> before_init = threads_of_process();
  const char* const name = plugins().back().name.c_str();
  record(EventKind::plugin_init_enter, {.what = intern_here(name)});
  run_guarded(JournalCallback::init, init, function);
  init_returned_(__builtin_frame_address(0), function);
  report_threads(before_init, function);
  record(EventKind::plugin_init_exit, {.what = intern_here(plugins()[initialising_].name)});
  {
    const MutexLock lock(mutex_);
    plugins_[initialising_].loaded = true;
  }
  set_initialising(kNone);
}

// A thread that still runs when Init has returned is lost when Suricata becomes a daemon (L3).
void PluginLoader::report_threads(const std::set<pid_t>& before_init, const void* init) {
  const std::set<pid_t> started = new_threads(threads_before_);
  if (started.empty()) return;
  threads_before_.insert(started.begin(), started.end());
  Violation violation =
      found(RuleId::thread_started_in_init,
            fmt::format("{} thread{} that {} started while it was loaded still run{}: the fork of "
                        "a daemon comes later, and leaves threads behind",
                        started.size(), started.size() == 1 ? "" : "s",
                        plugins()[initialising_].name, started.size() == 1 ? "s" : ""));
  const pid_t first = *started.begin();
  if (threads_opened_.contains(first)) {
    violation.callback = to_string(JournalCallback::open);
  } else if (before_init.contains(first)) {
    violation.callback = to_string(JournalCallback::entry_point);
  } else {
    violation.callback = to_string(JournalCallback::init);
    set_place(violation, init);
  }
  violation.plugin = plugins()[initialising_].path;
  report({std::move(violation)});
}

void PluginLoader::run_late(std::uint32_t plugin, JournalCallback kind, void (*call)()) {
  run_late(plugin, kind, call, address_of(call));
}

void PluginLoader::run_late(std::uint32_t plugin, JournalCallback kind,
                            const std::function<void()>& call, const void* function) {
  set_initialising(plugin < plugins().size() ? plugin : kNone);
  run_guarded(kind, call, function);
  set_initialising(kNone);
}

void PluginLoader::set_initialising(std::size_t plugin) {
  initialising_ = plugin;
  const bool none = plugin == kNone;
  abi::LoadingPlugin& loading = abi::state().loading;
  loading.place.store(none ? abi::LoadingPlugin::kNone : static_cast<std::uint32_t>(plugin),
                      std::memory_order_relaxed);
  loading.first_of_file.store(none ? abi::LoadingPlugin::kNone : library_of(plugin),
                              std::memory_order_relaxed);
}

void PluginLoader::run_guarded(JournalCallback kind, const std::function<void()>& call,
                               const void* function) {
  std::string threw;
  {
    const abi::CallbackScope scope(kind, nullptr, library_of(initialising_), function);
    try {
      call();
    } catch (...) {
      threw = abi::exception_text();
    }
  }
  if (threw.empty()) return;
  Violation violation = found(
      abi::rule_of_exception(kind),
      fmt::format("{} of {} threw: {}", to_string(kind),
                  initialising_ == kNone ? "a plugin" : plugins()[initialising_].name, threw));
  violation.callback = to_string(kind);
  set_place(violation, function);
  report({std::move(violation)});
}

}  // namespace surisim::engine
