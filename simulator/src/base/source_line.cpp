// Finds the function and the source line of an address with libdw, and caches them.
#include "base/source_line.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fmt/core.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/dwfl_file.hpp"
#include "base/mutex.hpp"

namespace surisim::base {
namespace {

// Only names that begin with _Z are C++'s: "i", the name of a C function, would become "int".
std::string demangled(const char* symbol) {
  std::string name(without_suffix(symbol));
  if (std::optional<std::string> rust = demangled_rust(name)) return *std::move(rust);
  if (!name.starts_with("_Z")) return name;
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      ::abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : name;
}

// What a file's symbol and line tables say about one of its addresses.
struct Lookup {
  std::string function;      // demangled, also of a static function; empty: unknown
  std::uint64_t offset = 0;  // from its start
  std::uint64_t size = 0;    // 0: unknown
  std::string source;        // "/src/plugin.c:42", or empty
  std::string inlined;       // the library's function there
};

// One ELF file, opened once. Addresses are the file's own.
class ElfModule {
 public:
  explicit ElfModule(const std::string& path) : file_(path), module_(file_.module()) {}

  Lookup look_up(std::uint64_t address) const {
    Lookup found;
    if (module_ == nullptr) return found;
    GElf_Sym symbol;
    GElf_Off offset = 0;
    const char* const name =
        dwfl_module_addrinfo(module_, address, &offset, &symbol, nullptr, nullptr, nullptr);
    // A symbol that ends before the address does not contain it.
    if (name != nullptr && (symbol.st_size == 0 || offset < symbol.st_size)) {
      found.function = demangled(name);
      found.offset = offset;
      found.size = symbol.st_size;
    }
    add_source(address, found);
    return found;
  }

  Inlined inlined(std::uint64_t address) const {
    Inlined found;
    if (module_ == nullptr) return found;
    Dwarf_Addr bias = 0;
    if (Dwarf_Die* const unit = unit_of(address, bias); unit != nullptr) {
      std::vector<Dwarf_Die> calls;
      find_calls(unit, address - bias, calls);
      for (; !calls.empty(); calls.pop_back()) found.functions.push_back(name_of(calls.back()));
      found.is_c = is_c(unit);
      if (const Line line = line_of(unit, address - bias); line.file != nullptr) {
        found.file = path_of(unit, line.file);
        found.line = static_cast<std::size_t>(line.number);
      }
    }
    if (const char* const name = dwfl_module_addrname(module_, address); name != nullptr)
      found.functions.push_back(demangled(name));
    return found;
  }

  bool defines(std::string_view wanted) const {
    const int count = module_ == nullptr ? 0 : dwfl_module_getsymtab(module_);
    for (int i = 0; i < count; ++i) {
      GElf_Sym symbol;
      const char* const name = dwfl_module_getsym(module_, i, &symbol, nullptr);
      if (name != nullptr && symbol.st_shndx != SHN_UNDEF && name == wanted) return true;
    }
    return false;
  }

 private:
  struct Line {
    const char* file = nullptr;  // null: unknown
    int number = 0;
  };
  static Line line_of(Dwarf_Die* unit, Dwarf_Addr address) {
    Dwarf_Line* const line = dwarf_getsrc_die(unit, address);
    int number = 0;
    if (line == nullptr || dwarf_lineno(line, &number) != 0 || number <= 0) return {};
    return {dwarf_linesrc(line, nullptr, nullptr), number};
  }

  void add_source(std::uint64_t address, Lookup& to) const {
    Dwarf_Addr bias = 0;
    Dwarf_Die* const unit = unit_of(address, bias);
    if (unit == nullptr) return;
    const Line line = line_of(unit, address - bias);
    if (line.file == nullptr) return;
    to.source = file_and_line(unit, line.file, line.number);
    if (is_library_line(to.source)) add_author_of_inlined(unit, address - bias, to);
  }

  // For inlined code: the innermost call in a line of the plugin's author, if there is one.
  void add_author_of_inlined(Dwarf_Die* unit, Dwarf_Addr address, Lookup& to) const {
    std::vector<Dwarf_Die> calls;
    find_calls(unit, address, calls);
    Dwarf_Files* files = nullptr;
    if (dwarf_getsrcfiles(unit, &files, nullptr) != 0) return;
    for (; !calls.empty(); calls.pop_back()) {
      Dwarf_Attribute attribute;
      Dwarf_Word file = 0;
      Dwarf_Word line = 0;
      if (dwarf_formudata(dwarf_attr(&calls.back(), DW_AT_call_file, &attribute), &file) != 0 ||
          dwarf_formudata(dwarf_attr(&calls.back(), DW_AT_call_line, &attribute), &line) != 0)
        continue;
      const char* const name = dwarf_filesrc(files, file, nullptr, nullptr);
      if (name == nullptr) continue;
      std::string call = file_and_line(unit, name, static_cast<int>(line));
      if (is_library_line(call)) continue;
      to.source = std::move(call);
      to.inlined = name_of(calls.back());
      return;
    }
  }

  // The linkage name if there is one: it includes the types of a generic function.
  static std::string name_of(Dwarf_Die& inlined) {
    Dwarf_Attribute attribute;
    for (const unsigned which : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
      const char* const name = dwarf_formstring(dwarf_attr_integrate(&inlined, which, &attribute));
      if (name != nullptr) return demangled(name);
    }
    const char* const name = dwarf_diename(&inlined);
    return name == nullptr ? "" : name;
  }

  // The inlined calls around an address, the innermost last. dwarf_getscopes does not search
  // namespaces, where clang puts functions.
  void find_calls(Dwarf_Die* unit, Dwarf_Addr address, std::vector<Dwarf_Die>& calls) const {
    const auto [known, is_new] = functions_.try_emplace(dwarf_dieoffset(unit));
    std::vector<Function>& all = known->second;
    if (is_new) {
      add_functions(unit, all);
      std::sort(all.begin(), all.end(),
                [](const Function& a, const Function& b) { return a.begin < b.begin; });
    }
    const auto next = std::upper_bound(
        all.begin(), all.end(), address,
        [](Dwarf_Addr wanted, const Function& function) { return wanted < function.begin; });
    if (next == all.begin() || address >= std::prev(next)->end) return;
    find_inlined(&std::prev(next)->entry, address, calls);
  }

  // A compilation unit in Rust has thousands of functions, so they are listed only once.
  struct Function {
    Dwarf_Addr begin, end;
    Dwarf_Die entry;
  };
  static void add_functions(Dwarf_Die* scope, std::vector<Function>& to) {
    Dwarf_Die child;
    if (dwarf_child(scope, &child) != 0) return;
    do {
      if (dwarf_tag(&child) == DW_TAG_namespace) add_functions(&child, to);
      if (dwarf_tag(&child) != DW_TAG_subprogram) continue;
      Dwarf_Addr base = 0;
      Function function{0, 0, child};
      for (std::ptrdiff_t at = 0;
           (at = dwarf_ranges(&child, at, &base, &function.begin, &function.end)) > 0;)
        to.push_back(function);
    } while (dwarf_siblingof(&child, &child) == 0);
  }

  static void find_inlined(Dwarf_Die* scope, Dwarf_Addr address, std::vector<Dwarf_Die>& calls) {
    Dwarf_Die child;
    if (dwarf_child(scope, &child) != 0) return;
    do {
      if (dwarf_haspc(&child, address) != 1) continue;
      if (dwarf_tag(&child) == DW_TAG_inlined_subroutine) calls.push_back(child);
      find_inlined(&child, address, calls);
      return;
    } while (dwarf_siblingof(&child, &child) == 0);
  }

  static bool is_c(Dwarf_Die* unit) {
    switch (dwarf_srclang(unit)) {
      case DW_LANG_C:
      case DW_LANG_C89:
      case DW_LANG_C99:
      case DW_LANG_C11:
        return true;
      default:
        return false;
    }
  }

  static std::string path_of(Dwarf_Die* unit, const char* file) {
    std::filesystem::path path = file;
    Dwarf_Attribute attribute;
    if (const char* directory = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
        directory != nullptr && path.is_relative())
      path = std::filesystem::path(directory) / path;
    return path.lexically_normal().string();
  }

  static std::string file_and_line(Dwarf_Die* unit, const char* file, int line) {
    return fmt::format("{}:{}", path_of(unit, file), line);
  }

  // The compilation unit of the address. clang writes no index of units, so all are searched then.
  Dwarf_Die* unit_of(std::uint64_t address, Dwarf_Addr& bias) const {
    Dwarf_Die* unit = dwfl_module_addrdie(module_, address, &bias);
    if (unit != nullptr) return unit;
    while ((unit = dwfl_module_nextcu(module_, unit, &bias)) != nullptr)
      if (dwarf_haspc(unit, address - bias) == 1) return unit;
    return nullptr;
  }

  DwflFile file_;
  Dwfl_Module* const module_;
  mutable std::map<Dwarf_Off, std::vector<Function>> functions_;  // by unit
};

// True while this thread looks something up. The checks see its allocations, but must not look up
// where they are made: in a program compiled without optimisation, the standard library's inline
// functions that we call are the program's copies.
thread_local bool looking_up = false;

class LookingUp {
 public:
  LookingUp() { looking_up = true; }
  ~LookingUp() { looking_up = false; }
  LookingUp(const LookingUp&) = delete;
  LookingUp& operator=(const LookingUp&) = delete;
};

// Keeps every result: the same place may cause a million violations.
class Cache {
 public:
  Lookup look_up(const std::string& file, std::uint64_t address) {
    if (looking_up) return {};
    const LookingUp guard;
    const MutexLock lock(mutex_);
    const auto [known, is_new] = lookups_.try_emplace({file, address});
    if (is_new) known->second = module(file).look_up(address);
    return known->second;
  }

  // The result is not cached.
  Inlined inlined(const std::string& file, std::uint64_t address) {
    if (looking_up) return {};
    const LookingUp guard;
    const MutexLock lock(mutex_);
    return module(file).inlined(address);
  }

  bool defines(const std::string& file, std::string_view name) {
    if (looking_up) return false;
    const LookingUp guard;
    const MutexLock lock(mutex_);
    const auto [known, is_new] = symbols_.try_emplace({file, std::string(name)});
    if (is_new) known->second = module(file).defines(name);
    return known->second;
  }

 private:
  const ElfModule& module(const std::string& file) SURISIM_REQUIRES(mutex_) {
    auto& module = modules_[file];
    if (module == nullptr) module = std::make_unique<ElfModule>(file);
    return *module;
  }

  Mutex mutex_;
  std::map<std::string, std::unique_ptr<ElfModule>> modules_ SURISIM_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::uint64_t>, Lookup> lookups_ SURISIM_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, bool> symbols_ SURISIM_GUARDED_BY(mutex_);
};

// Never destroyed: plugins' destructors may use it after this library's have run.
Cache& cache() {
  static Cache& all = *new Cache;
  return all;
}

CodePlace place(const std::string& file, std::uint64_t address, std::uint64_t shown) {
  Lookup found = cache().look_up(file, address);
  const std::string name = file.substr(file.rfind('/') + 1);
  if (found.function.empty())
    return {fmt::format("{}+{:#x}", name, shown), found.source, {}, found.inlined};
  // No call returns to a function's first bytes: such an address stands for the whole function.
  const std::uint64_t offset = found.offset + (shown - address);
  const std::string within = offset > 1 ? fmt::format("+{:#x}", offset) : std::string();
  return {fmt::format("{}!{}{}", name, found.function, within), std::move(found.source),
          std::move(found.function), std::move(found.inlined)};
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

Inlined inlined_at(const void* instruction) {
  const auto [file, address] = loaded_address(instruction);
  return file.empty() ? Inlined() : cache().inlined(file, address);
}

CodePlace instruction_place(const void* instruction) {
  const auto [file, address] = loaded_address(instruction);
  return file.empty() ? CodePlace() : code_place(file, address);
}

std::string describe_instruction(const void* instruction) {
  const CodePlace at = instruction_place(instruction);
  return at.source.empty() ? at.call_site : at.call_site + " (" + at.source + ")";
}

std::string source_of(const void* return_address) {
  const auto [file, address] = loaded_address(return_address);
  return file.empty() ? std::string() : call_place(file, address).source;
}

bool is_library_line(std::string_view source) {
  return source.find("/suricata_ffi/") != std::string_view::npos ||
         source.starts_with("/usr/include/") || source.starts_with("/usr/lib/") ||
         source.starts_with("/rustc/") || source.find("/rustlib/src/") != std::string_view::npos;
}

bool is_library_function(std::string_view name) {
  if (name.starts_with('<')) name.remove_prefix(1);  // "<core::option::Option<T>>::unwrap"
  constexpr std::string_view kPrefixes[] = {
      "std::",    "core::", "alloc::", "__gnu_cxx::", "__clang_call_terminate", "__cxa_",
      "_Unwind_", "rust_",  "__rust",  "_rust",       "panic_unwind::"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool has_symbol(const std::string& file, std::string_view name) {
  return cache().defines(file, name);
}

CodePlace code_place(const std::string& file, std::uint64_t address) {
  return place(file, address, address);
}

CodePlace call_place(const std::string& file, std::uint64_t return_address) {
  if (return_address == 0) return code_place(file, 0);
  return place(file, return_address - 1, return_address);
}

std::string symbol_at(const void* address) {
  const auto [file, own] = loaded_address(address);
  return file.empty() ? std::string() : cache().look_up(file, own).function;
}

FunctionAt function_at(const void* address) {
  const auto [file, own] = loaded_address(address);
  if (file.empty()) return {};
  const Lookup found = cache().look_up(file, own);
  if (found.function.empty() || found.size == 0) return {};
  return {static_cast<const char*>(address) - found.offset, static_cast<std::size_t>(found.size)};
}

std::string describe_address(const void* address) {
  const auto [file, own] = loaded_address(address);
  return file.empty() ? std::string() : call_place(file, own).call_site;
}

std::string describe_call(const void* return_address) {
  const std::string source = source_of(return_address);
  const std::string site = describe_address(return_address);
  return source.empty() ? site : site + " (" + source + ")";
}

}  // namespace surisim::base
