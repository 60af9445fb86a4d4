// Finds the function, file and line of a code address, and demangles function names.
//
// When:    at any time. The first call for a file reads its symbols, and its line table if it has
//          debug information; later calls only search. Nothing is fetched from a network.
// Owner:   results are copies; they are cached for the life of the process.
// Threads: any; not from a signal handler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace surisim::base {

struct CodePlace {
  std::string call_site;  // "plugin.so!on_flow_init+0x24"; "plugin.so+0x1234" without symbols
  std::string source;     // "/src/plugin.c:42"; empty without debug information
  std::string function;   // "on_flow_init"; empty without symbols
  // The library function that is inlined at `source`: "core::ptr::drop_in_place<State>".
  std::string inlined = {};
};

// The place of an instruction in an ELF file, for addresses of a process that has ended. `address`
// is the file's own virtual address: for a shared library, relative to where it was loaded. An
// unreadable file still gives a call site.
CodePlace code_place(const std::string& file, std::uint64_t address);
// The same for a return address, which belongs to the call before it.
CodePlace call_place(const std::string& file, std::uint64_t return_address);

// True for a line ("/usr/include/c++/12/vector:42") that the plugin's author did not write: in the
// C++ wrappers, or in a compiler's headers and libraries. Where such code is inlined, look-ups
// return the author's line.
bool is_library_line(std::string_view source);

// The same by a function's name, if no line is known: a function of the C++ or Rust runtime.
bool is_library_function(std::string_view name);

// True if this ELF file defines the symbol.
bool has_symbol(const std::string& file, std::string_view name);

// An address in this process, relative to the file that it was loaded from.
struct LoadedAddress {
  std::string file;           // path; empty if the address is not in a file
  std::uint64_t address = 0;  // the file's own
};
LoadedAddress loaded_address(const void* address);

// What an instruction in this process belongs to.
struct Inlined {
  std::vector<std::string> functions;  // innermost first; the last one is not inlined
  std::string file;                    // of the innermost function; empty without debug information
  std::size_t line = 0;                // in `file`
  bool is_c = false;                   // the language: false also if it is not known
};
Inlined inlined_at(const void* instruction);
// The place of an instruction in this process; and as text, in the format of describe_call().
CodePlace instruction_place(const void* instruction);
std::string describe_instruction(const void* instruction);

// "/src/plugin.c:42" of the call that returns to this address; empty without debug information.
std::string source_of(const void* return_address);

// The place of the call that returns to this address: "plugin.so!on_thread_init+0x24" (static
// functions too if the file has a symbol table), "plugin.so+0x1234", or empty.
std::string describe_address(const void* return_address);
// The same with its source line if there is debug information, as in Violation::set_at:
// "plugin.so!on_thread_init+0x24 (/src/plugin.c:42)".
std::string describe_call(const void* return_address);
// The name of the function at this address, or empty.
std::string symbol_at(const void* address);
// The function that contains this address in this process; size 0: unknown.
struct FunctionAt {
  const void* start = nullptr;
  std::size_t size = 0;
};
FunctionAt function_at(const void* address);

// "mycrate::parse::<u32>" of a Rust symbol, without hashes; nothing for other symbols, and for
// malformed ones. Rust has two manglings: v0 ("_R…", RFC 2603), and the legacy one ("_ZN…17h…E"),
// which is C++'s with a hash at its end. Remove a compiler's suffix first: without_suffix().
std::optional<std::string> demangled_rust(std::string_view symbol);

// The symbol without ".llvm.1234", which LLVM appends to local symbols that it makes global.
std::string_view without_suffix(std::string_view symbol);

}  // namespace surisim::base
