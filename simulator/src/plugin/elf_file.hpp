// Reads a shared object's dynamic section from the file, without loading it.
//
// Nothing in the file is trusted: every offset is checked against the file's size, and an error
// says which one does not fit. A damaged or hostile file can neither crash the reader nor make it
// use more memory than the file's size.
//
// When:    at any time.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "surisim/error.hpp"

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

}  // namespace surisim::engine
