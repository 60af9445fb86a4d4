// Checks whether a plugin would load, and why not. inspect() makes the same checks without a run.
#include "plugin/plugin_check.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "abi/answers.hpp"
#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "abi/suricata_symbols.hpp"
#include "base/journal.hpp"
#include "base/safe_read.hpp"
#include "plugin/elf_file.hpp"
#include "rules/found.hpp"

namespace surisim::engine {
namespace {

using base::read_memory;
using base::read_string;

Violation load_violation(RuleId rule, const char* function, std::string message) {
  Violation v = found(rule, std::move(message));
  v.phase = "load plugins";
  v.thread = "main";
  v.function = function;
  return v;
}

// The string at `address` if it could be the name of a 7.x plugin: short and printable.
std::optional<std::string> plausible_name(std::uint64_t address) {
  if (address < 4096) return std::nullopt;
  const std::string text = read_string(reinterpret_cast<const char*>(address));
  const bool printable =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (text.empty() || text.size() > 256 || !printable) return std::nullopt;
  return text;
}

std::string version_text(std::uint64_t version) {
  if (version == 0) return "0";
  if (version <= 0xffff)
    return fmt::format("0x{:04x} (Suricata {}.{})", version, version >> 8, version & 0xff);
  return fmt::format("0x{:x}", version);
}

std::string join(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 50;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i)
    out += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMost) out += fmt::format(" and {} more", names.size() - kMost);
  return out;
}

// The sanitizer whose runtime this library is. Such a runtime cannot be loaded as a dependency of a
// plugin: unless it is loaded first, it ends the process.
std::optional<std::string_view> sanitizer_of(std::string_view library) {
  for (const auto& [prefix, name] :
       {std::pair<std::string_view, std::string_view>{"libasan.so", "AddressSanitizer"},
        {"libtsan.so", "ThreadSanitizer"},
        {"libclang_rt.asan", "AddressSanitizer"},
        {"libclang_rt.tsan", "ThreadSanitizer"}})
    if (library.starts_with(prefix)) return name;
  return std::nullopt;
}

}  // namespace

PluginInfo describe(const SCPlugin& plugin, const std::string& path) {
  PluginInfo info;
  info.path = path;
  info.name = read_string(plugin.name);
  info.version = read_string(plugin.plugin_version);
  info.license = read_string(plugin.license);
  info.author = read_string(plugin.author);
  info.suricata_version = read_string(plugin.suricata_version);
  info.api_version = plugin.version;
  return info;
}

std::vector<std::string> plugin_names_in(const std::string& directory, std::error_code& error) {
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().filename();
    if (name.find(".so") != std::string::npos) names.push_back(std::move(name));
  }
  return names;
}

Violation load_failed(const std::string& path, const std::string& why) {
  return load_violation(RuleId::load_failed, "dlopen", fmt::format("{}: {}", path, why));
}

Violation no_entry_point(const std::string& path) {
  return load_violation(
      RuleId::load_no_entry_point, "SCPluginRegister",
      fmt::format("{} exports no function SCPluginRegister; Suricata goes on without the plugin. "
                  "Export it as a C function with default visibility",
                  path));
}

std::optional<Suricata> version_of(const SCPlugin* plugin) {
  std::uint64_t version = 0;
  if (plugin == nullptr || read_memory(plugin, &version, sizeof version) < sizeof version)
    return std::nullopt;
  for (const Suricata one : {Suricata::v8_0, Suricata::v9_0})
    if (version == abi::host_of(one).api_version) return one;
  return std::nullopt;
}

Violation for_other_version(const std::string& path, const std::string& names, Suricata version) {
  return load_failed(
      path, fmt::format("it is for another version: Suricata {} does not have {}. Suricata goes on "
                        "without the plugin",
                        to_string(version), names));
}

std::vector<Violation> check_plugin(const SCPlugin* plugin, const std::string& path,
                                    std::uint64_t api_version) {
  if (plugin == nullptr)
    return {load_violation(RuleId::load_no_entry_point, "SCPluginRegister",
                           fmt::format("SCPluginRegister of {} returned NULL; Suricata reads "
                                       "through the pointer and crashes",
                                       path))};
  SCPlugin copy{};
  const std::size_t got = read_memory(plugin, &copy, sizeof copy);
  if (got < sizeof copy.version)
    return {load_violation(RuleId::load_no_entry_point, "SCPluginRegister",
                           fmt::format("SCPluginRegister of {} returned a pointer to memory that "
                                       "cannot be read; Suricata crashes",
                                       path))};

  if (copy.version != api_version) {
    const auto name = plausible_name(copy.version);
    const std::string expected_text = version_text(api_version);
    return {load_violation(
        RuleId::load_version_mismatch, "SCPluginRegister",
        name ? fmt::format("{} has the SCPlugin of Suricata 7.x, whose first word is a pointer to "
                           "the name (\"{}\") and no API version; expected version {}. Suricata "
                           "goes on without the plugin",
                           path, *name, expected_text)
             : fmt::format("{} was built for API version {}; expected {}. Suricata goes on without "
                           "the plugin",
                           path, version_text(copy.version), expected_text))};
  }
  if (got < sizeof copy)
    return {load_violation(
        RuleId::load_null_field, "SCPluginRegister",
        fmt::format("the SCPlugin of {} is cut off after {} of {} bytes", path, got, sizeof copy))};

  std::vector<Violation> all;
  const auto required = [&](const char* field, const void* value, bool text) {
    char byte = 0;
    if (value == nullptr)
      all.push_back(load_violation(
          RuleId::load_null_field, "SCPluginRegister",
          fmt::format("SCPlugin field `{}` of {} is NULL; Suricata aborts", field, path)));
    else if (text && read_memory(value, &byte, 1) != 1)
      all.push_back(load_violation(RuleId::load_null_field, "SCPluginRegister",
                                   fmt::format("SCPlugin field `{}` of {} points to memory that "
                                               "cannot be read; Suricata crashes",
                                               field, path)));
  };
  required("name", copy.name, true);
  required("license", copy.license, true);
  required("author", copy.author, true);
  required("Init", reinterpret_cast<const void*>(copy.Init), false);
  return all;
}

std::vector<Violation> check_open_failure(const std::string& path, const std::string& dlerror_text,
                                          const std::string& opened) {
  const auto imports = read_imports(opened.empty() ? path : opened);
  if (!imports) return {load_violation(RuleId::load_failed, "dlopen", imports.error().message)};

  std::string why;
  std::vector<std::string> missing;
  std::vector<std::string> not_here;
  for (const ImportedSymbol& s : imports->imports) {
    if (s.status != ImportedSymbol::Status::missing || s.weak) continue;
    (abi::is_suricatas(s.name) ? not_here : missing).push_back(s.name);
  }
  if (!imports->not_found.empty())
    why = fmt::format("{} {} not found", imports->not_found.size() == 1 ? "library" : "libraries",
                      join(imports->not_found));
  if (!missing.empty()) {
    if (!why.empty()) why += "; ";
    why += missing.size() == 1
               ? fmt::format("symbol {} is defined nowhere", missing[0])
               : fmt::format("{} symbols are defined nowhere: {}", missing.size(), join(missing));
  }
  // Data, and functions of libraries that Suricata contains.
  if (!not_here.empty()) {
    if (!why.empty()) why += "; ";
    return {load_violation(
        RuleId::load_failed, "dlopen",
        fmt::format("{} cannot be loaded here: {}Suricata has {}, and surisim does not. This is "
                    "the simulator's limit, not the plugin's mistake",
                    path, why, join(not_here)))};
  }
  if (why.empty()) why = dlerror_text.empty() ? "dlopen failed without a reason" : dlerror_text;
  return {load_violation(
      RuleId::load_failed, "dlopen",
      fmt::format("{} cannot be loaded: {}. Suricata goes on without the plugin", path, why))};
}

std::vector<Violation> check_before_open(const ElfImports& imports, const std::string& path) {
  for (const std::string& library : imports.needed) {
    const auto sanitizer = sanitizer_of(library);
    if (!sanitizer) continue;
    if (void* loaded = ::dlopen(library.c_str(), RTLD_LAZY | RTLD_NOLOAD)) {
      ::dlclose(loaded);
      continue;
    }
    return {load_violation(
        RuleId::load_failed, "dlopen",
        fmt::format("{} was built with {}, whose runtime {} must be in the process before anything "
                    "else: build surisim with the same sanitizer, or run it with LD_PRELOAD={}",
                    path, *sanitizer, library, library))};
  }
  return {};
}

}  // namespace surisim::engine

namespace surisim {

namespace {

struct Close {
  void operator()(void* library) const { ::dlclose(library); }
};

// Without a slash, dlopen would search the library path.
std::string as_path(const std::string& path) {
  return path.find('/') == std::string::npos ? "./" + path : path;
}

// Within this scope, the journal says that this callback is running.
class JournalScope {
 public:
  JournalScope(JournalEntry* journal, JournalCallback callback)
      : journal_(journal),
        before_(journal == nullptr ? JournalCallback::none : journal->enter(callback)) {}
  JournalScope(const JournalScope&) = delete;
  JournalScope& operator=(const JournalScope&) = delete;
  ~JournalScope() {
    if (journal_ != nullptr) journal_->leave(before_);
  }

 private:
  JournalEntry* journal_;
  JournalCallback before_;
};

// Within this scope, plugins that ask for Suricata's version get this one, unless an engine is
// running in this process: then they get the engine's.
class RunAs {
 public:
  explicit RunAs(Suricata version) : before_(abi::host()) {
    if (abi::observer() == nullptr) abi::set_host(abi::host_of(version));
  }
  RunAs(const RunAs&) = delete;
  RunAs& operator=(const RunAs&) = delete;
  ~RunAs() { abi::set_host(before_); }

 private:
  const abi::Host& before_;
};

using Library = std::unique_ptr<void, Close>;

Library open(const std::string& path, JournalEntry* journal) {
  const JournalScope noted(journal, JournalCallback::open);
  return Library(::dlopen(as_path(path).c_str(), RTLD_NOW));
}

// SCPluginRegister is the plugin's code, so it may throw.
std::vector<Violation> call_entry(SCPluginRegisterFunc entry, const std::string& path,
                                  std::optional<Suricata> imported, JournalEntry* journal,
                                  PluginInfo& info) {
  const SCPlugin* plugin = nullptr;
  const JournalScope noted(journal, JournalCallback::entry_point);
  try {
    plugin = entry();
  } catch (...) {
    return {engine::load_violation(abi::rule_of_exception(JournalCallback::entry_point),
                                   "SCPluginRegister",
                                   fmt::format("SCPluginRegister of {} threw an exception", path))};
  }
  const auto needed = engine::version_of(plugin);
  auto problems = engine::check_plugin(
      plugin, path, abi::host_of(imported.value_or(needed.value_or(Suricata::v9_0))).api_version);
  const bool other_layout = !problems.empty() && !is(problems.front(), RuleId::load_null_field);
  if (!other_layout) info = engine::describe(*plugin, path);
  return problems;
}

}  // namespace

expected<std::vector<std::string>> plugin_files(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    auto file = engine::read_elf_file(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    return std::vector<std::string>{path};
  }
  std::error_code error;
  std::vector<std::string> files = engine::plugin_names_in(path, error);
  if (error)
    return fail(ErrorCode::load_failed,
                fmt::format("{}: the directory cannot be read: {}", path, error.message()));
  if (files.empty())
    return fail(ErrorCode::load_failed,
                fmt::format("{}: the directory has no file with .so in its name; expected at least "
                            "one plugin",
                            path));
  for (std::string& file : files) file.insert(0, path + "/");
  return files;
}

expected<Inspection> inspect_file(const std::string& path, std::optional<Suricata> version) {
  auto imports = engine::read_imports(path);
  if (!imports) return tl::unexpected(std::move(imports.error()));

  Inspection out;
  out.plugin.path = path;
  out.has_entry_point = imports->exports_entry_point;
  out.problems = engine::check_before_open(*imports, path);
  const auto needed = engine::version_needed(imports->imports);
  out.suricata = version.value_or(needed.value_or(Suricata::v9_0));
  if (needed && *needed != out.suricata)
    out.problems = {engine::for_other_version(
        path, engine::imports_of_other(imports->imports, out.suricata), out.suricata)};
  out.for_all_versions = engine::is_for_all_versions(imports->imports);
  out.imports = std::move(imports->imports);
  for (ImportedSymbol& symbol : out.imports) {
    symbol.elsewhere = abi::elsewhere(symbol.name, out.suricata);
    const auto only = abi::only_version_with(symbol.name);
    if (!only || *only == out.suricata) continue;
    symbol.status = ImportedSymbol::Status::missing;
    if (!symbol.weak) symbol.support = ImportedSymbol::Support::absent;
  }
  out.needed = std::move(imports->needed);
  if (!out.for_all_versions) out.moved = engine::moved_fields(path, out.suricata);
  return out;
}

expected<Inspection> inspect(const std::string& path, JournalEntry* journal,
                             std::optional<Suricata> version) {
  auto out = inspect_file(path, version);
  if (!out || !out->problems.empty()) return out;
  std::optional<Suricata> imported = engine::version_needed(out->imports);
  if (version) imported = version;
  const RunAs suricata(imported.value_or(Suricata::v9_0));

  Library library = open(path, journal);
  if (!library) {
    const char* why = ::dlerror();
    out->problems = engine::check_open_failure(path, why == nullptr ? "" : why);
  } else if (void* entry = ::dlsym(library.get(), "SCPluginRegister")) {
    if (out->for_all_versions) abi::hide_other_versions(library.get());
    out->has_entry_point = true;
    out->problems = call_entry(reinterpret_cast<SCPluginRegisterFunc>(entry), path, imported,
                               journal, out->plugin);
    if (!imported && out->plugin.api_version == api_version_of(Suricata::v8_0)) {
      out->suricata = Suricata::v8_0;
      if (!out->for_all_versions) out->moved = engine::moved_fields(path, out->suricata);
    }
  } else {
    out->problems = {engine::no_entry_point(path)};
  }
  const JournalScope noted(journal, JournalCallback::close);
  library.reset();
  return out;
}

}  // namespace surisim
