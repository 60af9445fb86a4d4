// A library as the dynamic linker has loaded it.
//
// When:    while it is loaded.
// Owner:   values.
// Threads: any.
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "surisim/error.hpp"

namespace surisim::translate {

struct LoadedObject {
  std::string path;
  std::uintptr_t text = 0;  // the segment with its code
  std::size_t text_size = 0;
  const std::uint8_t* unwind_header = nullptr;  // PT_GNU_EH_FRAME; may be null
  std::size_t unwind_header_size = 0;
  const ElfW(Dyn) * dynamic = nullptr;
  std::uintptr_t base = 0;
  std::uintptr_t read_only = 0;  // PT_GNU_RELRO
  std::size_t read_only_size = 0;
};

// `library`: a handle of dlopen. Error (engine_refused): it has no code.
expected<LoadedObject> find_loaded_object(void* library);

}  // namespace surisim::translate
