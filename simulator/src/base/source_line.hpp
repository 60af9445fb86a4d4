// Where in a program's text an address of its code is: function, file and line.
//
// When:    at any time. The first question about a file reads its symbols, and its line table if it
//          has debug information; later ones are a search. Nothing is fetched from a network.
// Owner:   values; what was found is kept for the life of the process.
// Threads: any; not from a signal handler.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace surisim::base {

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

// An address in this process, in terms of the file that it was loaded from.
struct LoadedAddress {
  std::string file;           // path; empty when the address is in no file
  std::uint64_t address = 0;  // the file's own
};
LoadedAddress loaded_address(const void* address);

// "/src/plugin.c:42" of the call that returns to this address; empty without debug information.
std::string source_of(const void* return_address);

// Where the call is that returns to this address: "plugin.so!on_thread_init+0x24", for static
// functions too if the file has its symbol table; "plugin.so+0x1234", or empty.
std::string describe_address(const void* return_address);
// The same with its source line, where there is debug information, as Violation::set_at has it:
// "plugin.so!on_thread_init+0x24 (/src/plugin.c:42)".
std::string describe_call(const void* return_address);
// The name of the function at this address, or empty.
std::string symbol_at(const void* address);

}  // namespace surisim::base
