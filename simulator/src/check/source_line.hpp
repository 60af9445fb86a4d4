// Looks into the ELF files that are loaded: surisim/source_line.hpp for addresses of this process.
#pragma once

#include <cstdint>
#include <string>

namespace surisim::check {

// An address in this process, in terms of the file that it was loaded from.
struct LoadedAddress {
  std::string file;           // path; empty when the address is in no file
  std::uint64_t address = 0;  // the file's own
};
LoadedAddress loaded_address(const void* address);

// What the file's symbol table and line table say about one of its addresses.
struct Lookup {
  std::string function;      // demangled, static ones too; empty when unknown
  std::uint64_t offset = 0;  // from its start
  std::string source;        // "/src/plugin.c:42", or empty
};
Lookup look_up(const std::string& file, std::uint64_t address);

// "/src/plugin.c:42" of the call that returns to this address; empty without debug information.
std::string source_of(const void* return_address);

// The innermost call on this thread's stack, from the one that returns to this address outwards,
// that stands in a line of the plugin's author, and not of the C++ wrappers or a standard library.
// The address itself where there is no such call, or no debug information. A call that stands in
// libc or libstdc++ is none of the author's: the one around it, or NULL, while the stack is there.
const void* authors_call(const void* return_address);

}  // namespace surisim::check
