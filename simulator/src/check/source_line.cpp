#include "check/source_line.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fmt/core.h>
#include <link.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "surisim/source_line.hpp"

namespace surisim {
namespace check {
namespace {

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      ::abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : symbol;
}

// One ELF file, opened once. Addresses are the file's own.
class ElfModule {
 public:
  explicit ElfModule(const std::string& file) : dwfl_(dwfl_begin(&kCallbacks)) {
    if (dwfl_ == nullptr) return;
    module_ = dwfl_report_elf(dwfl_, file.c_str(), file.c_str(), -1, 0, true);
    dwfl_report_end(dwfl_, nullptr, nullptr);
  }
  ElfModule(const ElfModule&) = delete;
  ElfModule& operator=(const ElfModule&) = delete;
  ~ElfModule() { dwfl_end(dwfl_); }

  Lookup look_up(std::uint64_t address) const {
    Lookup found;
    if (module_ == nullptr) return found;
    GElf_Sym symbol;
    GElf_Off offset = 0;
    const char* const name =
        dwfl_module_addrinfo(module_, address, &offset, &symbol, nullptr, nullptr, nullptr);
    // A symbol that ends before the address is not the function around it.
    if (name != nullptr && (symbol.st_size == 0 || offset < symbol.st_size)) {
      found.function = demangled(name);
      found.offset = offset;
    }
    found.source = source(address);
    return found;
  }

 private:
  std::string source(std::uint64_t address) const {
    Dwarf_Addr bias = 0;
    Dwarf_Die* const unit = unit_of(address, bias);
    Dwarf_Line* const line = unit == nullptr ? nullptr : dwarf_getsrc_die(unit, address - bias);
    if (line == nullptr) return {};
    int number = 0;
    const char* const file = dwarf_linesrc(line, nullptr, nullptr);
    if (file == nullptr || dwarf_lineno(line, &number) != 0 || number <= 0) return {};
    std::filesystem::path path = file;
    Dwarf_Attribute attribute;
    if (const char* directory = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
        directory != nullptr && path.is_relative())
      path = std::filesystem::path(directory) / path;
    return fmt::format("{}:{}", path.lexically_normal().string(), number);
  }

  // The compilation unit that has the address. gcc writes an index of them, clang does not.
  Dwarf_Die* unit_of(std::uint64_t address, Dwarf_Addr& bias) const {
    Dwarf_Die* unit = dwfl_module_addrdie(module_, address, &bias);
    if (unit != nullptr) return unit;
    while ((unit = dwfl_module_nextcu(module_, unit, &bias)) != nullptr)
      if (dwarf_haspc(unit, address - bias) == 1) return unit;
    return nullptr;
  }

  // Separate debug information is taken where it is installed. The standard callback would ask a
  // debuginfod server, too: a run must not depend on a network.
  static constexpr Dwfl_Callbacks kCallbacks = {
      .find_elf = nullptr,
      .find_debuginfo = dwfl_build_id_find_debuginfo,
      .section_address = nullptr,
      .debuginfo_path = nullptr,
  };
  Dwfl* dwfl_;
  Dwfl_Module* module_ = nullptr;
};

// What has been looked up stays: a violation may come a million times from one place.
class Cache {
 public:
  Lookup look_up(const std::string& file, std::uint64_t address) {
    const std::lock_guard lock(mutex_);
    const auto [known, is_new] = lookups_.try_emplace({file, address});
    if (is_new) {
      auto& module = modules_[file];
      if (module == nullptr) module = std::make_unique<ElfModule>(file);
      known->second = module->look_up(address);
    }
    return known->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<ElfModule>> modules_;
  std::map<std::pair<std::string, std::uint64_t>, Lookup> lookups_;
};

// Never destroyed: plugins' destructors may still be up to something after ours have run.
Cache& cache() {
  static Cache& all = *new Cache;
  return all;
}

CodePlace place(const std::string& file, std::uint64_t address, std::uint64_t shown) {
  Lookup found = look_up(file, address);
  const std::string name = file.substr(file.rfind('/') + 1);
  if (found.function.empty()) return {fmt::format("{}+{:#x}", name, shown), found.source};
  // Nothing returns to a function's first bytes: that is the function as a whole.
  const std::uint64_t offset = found.offset + (shown - address);
  const std::string within = offset > 1 ? fmt::format("+{:#x}", offset) : std::string();
  return {fmt::format("{}!{}{}", name, found.function, within), std::move(found.source)};
}

}  // namespace

LoadedAddress loaded_address(const void* address) {
  Dl_info info{};
  link_map* map = nullptr;
  if (address == nullptr ||
      dladdr1(address, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0 ||
      info.dli_fname == nullptr || map == nullptr)
    return {};
  return {info.dli_fname, reinterpret_cast<std::uintptr_t>(address) - map->l_addr};
}

Lookup look_up(const std::string& file, std::uint64_t address) {
  return cache().look_up(file, address);
}

std::string source_of(const void* return_address) {
  const auto [file, address] = loaded_address(return_address);
  return file.empty() ? std::string() : call_place(file, address).source;
}

}  // namespace check

CodePlace code_place(const std::string& file, std::uint64_t address) {
  return check::place(file, address, address);
}

CodePlace call_place(const std::string& file, std::uint64_t return_address) {
  if (return_address == 0) return code_place(file, 0);
  return check::place(file, return_address - 1, return_address);
}

}  // namespace surisim
