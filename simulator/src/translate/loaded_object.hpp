// A library as the dynamic linker has loaded it; its functions by its unwind information
// (.eh_frame), and where exceptions can land in them.
//
// When:    while it is loaded.
// Owner:   values.
// Threads: any.
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

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

struct Function {
  std::uintptr_t begin;
  std::uintptr_t end;
  bool landing_pads_known;  // false: its table of landing pads cannot be read
};

struct UnwindInfo {
  std::vector<Function> functions;  // by address, without overlaps
  std::vector<std::uintptr_t> landing_pads;
};

// `header`: where PT_GNU_EH_FRAME is loaded, or null; `size`: its bytes. Empty: it is of a form
// that no linker makes.
UnwindInfo read_unwind_info(const std::uint8_t* header, std::size_t size);

}  // namespace surisim::translate
