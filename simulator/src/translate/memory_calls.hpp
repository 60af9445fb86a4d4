// What a translated library calls in place of the C library's functions that read and write memory
// for it: they tell which, and do what the C library's do. libstdc++ calls them in place of its
// own, too: what a std::string copies is done for whoever has called it.
//
// When:    while a library is translated. A thread that has not entered (translation.hpp), or is in
//          a function of the Watcher's, tells nothing.
// Owner:   nothing is kept here.
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace surisim::translate {

// Of one call: so many bytes that it reads, or writes.
struct MemoryCall {
  const char* function;           // "memcpy"
  std::uintptr_t return_address;  // in code that has not been translated: of its original
  bool of_library;                // libstdc++ calls it
  std::uintptr_t begin;
  std::size_t bytes;
  bool writes;
};

// Called on the calling thread before the access, or if only the function knows how far it goes,
// after it. Keeps errno.
void set_memory_handler(void (*handler)(const MemoryCall& call));

// 0: the function itself is called.
std::uintptr_t memory_function_for(std::string_view name);
std::uintptr_t memory_function_of_library_for(std::string_view name);

}  // namespace surisim::translate
