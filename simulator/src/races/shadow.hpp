// What is known of the memory that threads have accessed: for each word the last accesses of each
// thread, and what atomics have left there.
//
// When:    during a Detector's run.
// Owner:   the Detector.
// Threads: with the baton.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "races/clocks.hpp"

namespace surisim::races {

inline constexpr std::size_t kWord = 8;  // bytes
// Bytes of a word, a bit each.
using Bytes = std::uint8_t;

// How an access is made, as far as can be told: the later ones are more of an atomic.
enum class Kind : std::uint8_t {
  no_atomic,  // no atomic compiles to this instruction
  plain,      // by debug information and source
  perhaps_atomic,
  relaxed,  // an atomic that orders nothing else
  atomic,
};

// One side of what may be a race.
struct Side {
  ThreadId thread = 0;
  bool writes = false;
  bool frees = false;  // the memory
  Kind kind = Kind::no_atomic;
  const void* at = nullptr;   // the instruction; of free the return address
  const char* callback = "";  // in which
  const char* phase = "";
  // The C library's, which is called there; NULL: the instruction itself.
  const char* function = nullptr;
  std::uint32_t size = 0;  // of what it accesses, in bytes
};

struct Cell {
  Side side;
  Time time = 0;
  Bytes bytes = 0;
  std::uint32_t locks = 0;  // that were held: index into the Detector's lists
};

struct Word {
  std::vector<Cell> cells;
  Bytes atomic = 0;              // that atomics have touched
  std::unique_ptr<Clocks> left;  // by them
};

class Shadow {
 public:
  Word& at(std::uintptr_t word) { return words_[word / kWord]; }
  // NULL: not accessed.
  Word* find(std::uintptr_t word) {
    const auto found = words_.find(word / kWord);
    return found == words_.end() ? nullptr : &found->second;
  }
  void forget(std::uintptr_t begin, std::uintptr_t end);

 private:
  std::unordered_map<std::uintptr_t, Word> words_;
};

// The bytes of a word that the range has.
inline Bytes bytes_of(std::uintptr_t word, std::uintptr_t begin, std::uintptr_t end) {
  const std::uintptr_t first = begin > word ? begin - word : 0;
  const std::uintptr_t last = end < word + kWord ? end - word : kWord;
  return static_cast<Bytes>((0xffU >> (kWord - (last - first))) << first);
}

}  // namespace surisim::races
