// Lists a plugin's imports, and searches for them in this process and in the plugin's libraries.
#include "plugin/elf_file.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <suricata/util-storage.h>

#include "abi/allocations.hpp"
#include "abi/suricata_symbols.hpp"
#include "abi/unmodelled.hpp"
#include "base/host_scope.hpp"

namespace surisim::engine {
namespace {

namespace fs = std::filesystem;

// The library that has Suricata's C functions: this one.
class Host {
 public:
  Host() {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(&SCStorageRegister), &info) == 0) return;
    handle_ = ::dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host() {
    if (handle_ != nullptr) ::dlclose(handle_);
  }

  // The symbol's address in this library; null: it is not defined here.
  const void* find(const std::string& symbol) const {
    const void* const at = handle_ == nullptr ? nullptr : ::dlsym(handle_, symbol.c_str());
    return at != nullptr && base::is_own_memory(at) ? at : nullptr;
  }

 private:
  void* handle_ = nullptr;
};

// True if something in this process already defines the symbol: the program, libc, libstdc++, …
bool in_global_scope(const std::string& symbol) {
  ::dlerror();
  const void* at = ::dlsym(RTLD_DEFAULT, symbol.c_str());
  return at != nullptr || ::dlerror() == nullptr;  // a symbol's value may be NULL
}

void add_list(std::string_view list, std::vector<std::string>& to) {
  while (!list.empty()) {
    const std::size_t colon = std::min(list.find(':'), list.size());
    if (colon > 0) to.emplace_back(list.substr(0, colon));
    list.remove_prefix(std::min(colon + 1, list.size()));
  }
}

// The loader's own directories: those that /etc/ld.so.conf names, whose include lines in practice
// name only /etc/ld.so.conf.d/*.conf; then the built-in ones.
std::vector<std::string> system_directories() {
  std::vector<std::string> dirs;
  std::vector<fs::path> files = {"/etc/ld.so.conf"};
  std::error_code ignored;
  for (fs::directory_iterator it("/etc/ld.so.conf.d", ignored), end; it != end;
       it.increment(ignored))
    if (it->path().extension() == ".conf") files.push_back(it->path());
  for (const fs::path& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      const std::size_t last = line.find_last_not_of(" \t\r");
      if (line.starts_with('/')) dirs.push_back(line.substr(0, last + 1));
    }
  }
  for (const char* dir : {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64",
                          "/usr/lib64", "/lib", "/usr/lib"})
    dirs.emplace_back(dir);
  return dirs;
}

// The symbols that a plugin's libraries define. The libraries are found on the loader's search path
// and read without loading them, because their constructors may do anything.
class Libraries {
 public:
  Libraries() {
    if (const char* list = std::getenv("LD_LIBRARY_PATH")) add_list(list, from_environment_);
  }

  void add(const ElfFile& user) {
    for (const std::string& name : user.needed) {
      if (name.empty() || !seen_.insert(name).second) continue;
      if (void* loaded = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD)) {
        loaded_.push_back(loaded);
        continue;
      }
      const auto file = find(name, user.run_path);
      if (!file) {
        not_found_.push_back(name);
        continue;
      }
      for (const DynamicSymbol& s : file->symbols)
        if (s.defined) symbols_.insert(s.name);
      add(*file);
    }
  }
  Libraries(const Libraries&) = delete;
  Libraries& operator=(const Libraries&) = delete;
  ~Libraries() {
    for (void* handle : loaded_) ::dlclose(handle);
  }

  bool any_defines(const std::string& symbol) const {
    return symbols_.contains(symbol) || std::any_of(loaded_.begin(), loaded_.end(), [&](void* h) {
             return ::dlsym(h, symbol.c_str()) != nullptr;
           });
  }
  std::vector<std::string> not_found() const { return not_found_; }

 private:
  expected<ElfFile> find(const std::string& name, const std::vector<std::string>& run_path) {
    if (name.find('/') != std::string::npos) return read_elf_file(name);
    if (system_.empty()) system_ = system_directories();
    // As with DT_RUNPATH; DT_RPATH, which linkers no longer write by default, would come first.
    for (const auto* dirs : {&std::as_const(from_environment_), &run_path, &std::as_const(system_)})
      for (const std::string& dir : *dirs)
        if (auto file = read_elf_file(fs::path(dir) / name)) return file;
    return fail(ErrorCode::load_failed, name + ": not found");
  }

  std::vector<std::string> from_environment_;
  std::vector<std::string> system_;
  std::set<std::string> seen_;
  std::vector<void*> loaded_;
  std::unordered_set<std::string> symbols_;
  std::vector<std::string> not_found_;
};

ImportedSymbol::Support support_of(ImportedSymbol::Status status, std::string_view symbol,
                                   const void* at) {
  using Support = ImportedSymbol::Support;
  if (status == ImportedSymbol::Status::system) return Support::none;
  if (status == ImportedSymbol::Status::missing || abi::is_unmodelled(symbol) ||
      abi::is_stand_in(at))
    return Support::unknown;
  return abi::is_accepted(symbol) ? Support::accepted : Support::modelled;
}

}  // namespace

expected<ElfImports> read_imports(const std::string& path) {
  auto file = read_elf_file(path);
  if (!file) return tl::unexpected(std::move(file.error()));
  ElfImports out;
  out.needed = file->needed;

  const Host host;
  Libraries libraries;
  libraries.add(*file);
  out.not_found = libraries.not_found();

  for (const DynamicSymbol& s : file->symbols) {
    if (s.defined) {
      if (s.name == "SCPluginRegister" && s.function) out.exports_entry_point = true;
      continue;
    }
    using Status = ImportedSymbol::Status;
    const void* const at = host.find(s.name);
    const bool ours = at != nullptr && !abi::replaces_libc(s.name);
    const Status status = ours ? Status::provided
                          : in_global_scope(s.name) || libraries.any_defines(s.name)
                              ? Status::system
                              : Status::missing;
    out.imports.push_back({s.name, status, s.weak, support_of(status, s.name, at)});
  }
  const auto by_name = [](const ImportedSymbol& a, const ImportedSymbol& b) {
    return a.name < b.name;
  };
  std::sort(out.imports.begin(), out.imports.end(), by_name);
  return out;
}

std::optional<Suricata> version_needed(const std::vector<ImportedSymbol>& imports) {
  for (const ImportedSymbol& symbol : imports) {
    if (symbol.weak) continue;
    if (const auto version = abi::only_version_with(symbol.name)) return version;
  }
  return std::nullopt;
}

std::optional<Suricata> version_needed(const std::string& path) {
  const auto file = read_elf_file(path);
  if (!file) return std::nullopt;
  for (const DynamicSymbol& symbol : file->symbols) {
    if (symbol.defined || symbol.weak) continue;
    if (const auto version = abi::only_version_with(symbol.name)) return version;
  }
  return std::nullopt;
}

bool is_for_all_versions(const std::vector<ImportedSymbol>& imports) {
  bool any = false;
  for (const ImportedSymbol& symbol : imports) {
    if (!abi::only_version_with(symbol.name)) continue;
    if (!symbol.weak) return false;
    any = true;
  }
  return any;
}

std::string imports_of_other(const std::vector<ImportedSymbol>& imports, Suricata version) {
  std::string names;
  for (const ImportedSymbol& symbol : imports) {
    const auto only = abi::only_version_with(symbol.name);
    if (symbol.weak || !only || *only == version) continue;
    names += (names.empty() ? "" : ", ") + symbol.name;
  }
  return names;
}

}  // namespace surisim::engine
