// The functions of a loaded library by its unwind information (.eh_frame), and where exceptions can
// land in them.
//
// When:    while the library is loaded.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace surisim::translate {

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
