#include <dirent.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/journal.hpp"
#include "base/safe_read.hpp"
#include "plugin/elf.hpp"
#include "plugin/elf_file.hpp"
#include "plugin/plugin_check.hpp"
#include "surisim/plugin.hpp"

namespace surisim {
namespace {

struct Close {
  void operator()(void* library) const { ::dlclose(library); }
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// dlopen takes a name without a slash for a library on its search path; it is a file here.
std::string as_path(const std::string& path) {
  return path.find('/') == std::string::npos ? "./" + path : path;
}

// What runs, in the journal for as long as this lives.
class Noted {
 public:
  Noted(JournalEntry* journal, JournalCallback callback)
      : journal_(journal),
        before_(journal == nullptr ? JournalCallback::none : journal->enter(callback)) {}
  Noted(const Noted&) = delete;
  Noted& operator=(const Noted&) = delete;
  ~Noted() {
    if (journal_ != nullptr) journal_->leave(before_);
  }

 private:
  JournalEntry* journal_;
  JournalCallback before_;
};

using Library = std::unique_ptr<void, Close>;

Library open(const std::string& path, JournalEntry* journal) {
  const Noted noted(journal, JournalCallback::open);
  return Library(::dlopen(as_path(path).c_str(), RTLD_NOW));
}

void describe(const SCPlugin& plugin, PluginInfo& info) {
  info.api_version = plugin.version;
  info.name = base::read_string(plugin.name);
  info.version = base::read_string(plugin.plugin_version);
  info.license = base::read_string(plugin.license);
  info.author = base::read_string(plugin.author);
  info.suricata_version = base::read_string(plugin.suricata_version);
}

// A found SCPluginRegister is the plugin's code: it may throw, though C code above would not see
// it.
std::vector<Violation> call_entry(SCPluginRegisterFunc entry, const std::string& path,
                                  JournalEntry* journal, PluginInfo& info) {
  const SCPlugin* plugin = nullptr;
  const Noted noted(journal, JournalCallback::entry_point);
  try {
    plugin = entry();
  } catch (...) {
    Violation v;
    v.rule = "callback-exception";
    v.severity = Severity::error;
    v.message = fmt::format("SCPluginRegister of {} let an exception out", path);
    v.phase = "load plugins";
    v.thread = "main";
    v.function = "SCPluginRegister";
    return {v};
  }
  auto found = engine::check_plugin(plugin, path);
  const bool other_layout = !found.empty() && found.front().rule != "load-null-field";
  if (!other_layout) describe(*plugin, info);
  return found;
}

}  // namespace

expected<std::vector<std::string>> plugin_files(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    auto file = engine::read_elf_file(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    return std::vector<std::string>{path};
  }
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory)
    return fail(ErrorCode::load_failed,
                fmt::format("{}: the directory cannot be read: {}", path, std::strerror(errno)));
  std::vector<std::string> files;
  while (const dirent* entry = ::readdir(directory.get()))
    if (std::strstr(entry->d_name, ".so") != nullptr)
      files.push_back(fmt::format("{}/{}", path, entry->d_name));
  if (files.empty())
    return fail(ErrorCode::load_failed,
                fmt::format("{}: the directory has no file with .so in its name; expected at least "
                            "one plugin",
                            path));
  return files;
}

expected<Inspection> inspect_file(const std::string& path) {
  auto imports = engine::read_imports(path);
  if (!imports) return tl::unexpected(std::move(imports.error()));

  Inspection out;
  out.plugin.path = path;
  out.has_entry_point = imports->exports_entry_point;
  out.problems = engine::check_before_open(*imports, path);
  out.imports = std::move(imports->imports);
  out.needed = std::move(imports->needed);
  return out;
}

expected<Inspection> inspect(const std::string& path, JournalEntry* journal) {
  auto out = inspect_file(path);
  if (!out || !out->problems.empty()) return out;

  Library library = open(path, journal);
  if (!library) {
    const char* why = ::dlerror();
    out->problems = engine::check_open_failure(path, why == nullptr ? "" : why);
  } else if (void* entry = ::dlsym(library.get(), "SCPluginRegister")) {
    out->has_entry_point = true;
    out->problems =
        call_entry(reinterpret_cast<SCPluginRegisterFunc>(entry), path, journal, out->plugin);
  } else {
    out->problems = {engine::no_entry_point(path)};
  }
  const Noted noted(journal, JournalCallback::close);
  library.reset();
  return out;
}

}  // namespace surisim
