// What a shared object needs from outside, and who has it: dlerror() names the first missing symbol
// only.
//
// When:    at any time; nothing of the file or of the libraries that it names is run or loaded.
// Owner:   values.
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "surisim/error.hpp"
#include "surisim/plugin.hpp"

namespace surisim::engine {

struct ElfImports {
  std::vector<ImportedSymbol> imports;  // undefined symbols, by name
  std::vector<std::string> needed;      // DT_NEEDED libraries, in order
  std::vector<std::string> not_found;   // those of them, direct or not, that are on no search path
  bool exports_entry_point = false;     // it defines the function SCPluginRegister
};

// Errors: those of read_elf_file.
expected<ElfImports> read_imports(const std::string& path);

}  // namespace surisim::engine
