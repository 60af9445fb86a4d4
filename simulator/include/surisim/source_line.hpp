// Where in a program's text an address of its code is: function, file and line.
//
// When:    at any time. The first look into a file reads its symbols, and its line table if it has
//          debug information; later ones are a search. Nothing is fetched from a network.
// Threads: any; not from a signal handler.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace surisim {

struct CodePlace {
  std::string call_site;  // "plugin.so!on_flow_init+0x24"; "plugin.so+0x1234" without symbols
  std::string source;     // "/src/plugin.c:42"; empty without debug information
};

// The place of an instruction in an ELF file, for addresses of a process that is gone. `address` is
// the file's own virtual address: for a shared library the distance from where it was loaded.
// An unreadable file still gives a call site.
CodePlace code_place(const std::string& file, std::uint64_t address);
// The same for a return address, which belongs to the call before it.
CodePlace call_place(const std::string& file, std::uint64_t return_address);

// True for a line ("/src/plugin.c:42") that no author of a plugin wrote: of the C++ wrappers, or of
// a compiler's headers and libraries. Of code that was inlined the author's line is given anyway.
bool is_library_line(std::string_view source);

}  // namespace surisim
