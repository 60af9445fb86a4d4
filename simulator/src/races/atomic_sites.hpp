// Tells accesses of atomics from plain accesses. On x86 most loads and stores of atomics are plain
// moves, so only debug information and the source can tell.
//
// When:    at any time. The first question about an instruction reads debug information and its
//          source file.
// Owner:   the Engine; results are kept for the life of the object.
// Threads: one at a time.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "races/shadow.hpp"

namespace surisim::races {

class AtomicSites {
 public:
  // For a load or store of at most eight bytes. `locked`: it has the LOCK prefix.
  Kind kind(const void* instruction, bool locked);

 private:
  // A source file: its lines, and the names of macros and variables that are atomics.
  struct Source {
    bool readable = false;
    std::vector<std::string> lines;
    std::unordered_set<std::string> names;
    bool has_fences = false;
  };
  Kind look_up(const void* instruction);
  bool says_relaxed(const void* instruction);
  const Source& source(const std::string& file);

  std::unordered_map<const void*, Kind> kinds_;
  std::unordered_map<std::string, Source> sources_;
};

}  // namespace surisim::races
