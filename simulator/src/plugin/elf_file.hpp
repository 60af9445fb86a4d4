// Reads a shared object's dynamic section without loading it, and lists what it imports and where
// each import is found.
//
// Nothing in the file is trusted: every offset is checked against the file's size, and an error
// says which one does not fit. A damaged or hostile file can neither crash the reader nor make it
// use more memory than the file's size.
//
// When:    at any time; neither the file nor the libraries that it needs are loaded.
// Owner:   results are copies.
// Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "surisim/error.hpp"
#include "surisim/options.hpp"
#include "surisim/plugin.hpp"

namespace surisim::engine {

struct DynamicSymbol {
  std::string name;
  bool defined = false;
  bool weak = false;
  bool function = false;
};

struct ElfFile {
  std::vector<DynamicSymbol> symbols;  // of the dynamic symbol table, in its order
  std::vector<std::string> needed;     // DT_NEEDED, in order
  std::vector<std::string> run_path;   // DT_RUNPATH or DT_RPATH, $ORIGIN filled in
};

// Errors (load_failed, one sentence each that begins with the path): no such file, a directory, not
// a regular file, unreadable, empty, not an ELF file, 32-bit, another byte order or machine, an
// object file or static archive or executable, truncated or damaged.
expected<ElfFile> read_elf_file(const std::string& path);

// The symbols and libraries that a shared object needs, all of them: dlerror() only names the first
// missing one.
struct ElfImports {
  std::vector<ImportedSymbol> imports;  // undefined symbols, by name
  std::vector<std::string> needed;      // DT_NEEDED libraries, in order
  std::vector<std::string> not_found;   // libraries, direct or not, that are on no search path
  bool exports_entry_point = false;     // it defines the function SCPluginRegister
};

// Errors: those of read_elf_file.
expected<ElfImports> read_imports(const std::string& path);

// The version of Suricata that has what the plugin imports; nullopt: all have it. Weak references
// do not count.
std::optional<Suricata> version_needed(const std::vector<ImportedSymbol>& imports);
// The same for a file; nullopt also if it cannot be read.
std::optional<Suricata> version_needed(const std::string& path);
// True if the plugin refers to functions that only one version has, and only weakly: it is made to
// run in any version.
bool is_for_all_versions(const std::vector<ImportedSymbol>& imports);
// The imports that only another version has, separated by commas.
std::string imports_of_other(const std::vector<ImportedSymbol>& imports, Suricata version);

}  // namespace surisim::engine
