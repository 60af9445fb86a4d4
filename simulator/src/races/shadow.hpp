// Vector clocks: how much of each thread's past another thread, or an object, knows. And
// what is known of the memory that threads have accessed: for each word the last accesses of each
// thread, and what atomics have left there.
//
// When:    during a Detector's run.
// Owner:   clocks are values; the Detector has the Shadow.
// Threads: with the baton.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "schedule/operation.hpp"

namespace surisim::races {

using schedule::ThreadId;
using Time = std::uint32_t;  // of one thread: it advances when others can learn what it did

class VectorClock {
 public:
  Time of(ThreadId thread) const { return thread < times_.size() ? times_[thread] : 0; }
  void advance(ThreadId thread) {
    if (times_.size() <= thread) times_.resize(thread + 1);
    ++times_[thread];
  }
  void see(const VectorClock& other) {
    if (times_.size() < other.times_.size()) times_.resize(other.times_.size());
    for (std::size_t i = 0; i < other.times_.size(); ++i)
      times_[i] = std::max(times_[i], other.times_[i]);
  }

 private:
  std::vector<Time> times_;
};

// What orders two threads, and in which schedules it does.
enum class Edge : std::uint8_t {
  hand_over,  // of the engine's, start or end of a thread: one is before the other in all schedules
  sync,       // locks, atomics, …: in this schedule
  perhaps,    // an access that may be an atomic
};

// Each has all edges of the one before it.
struct Clocks {
  VectorClock hand_over;
  VectorClock sync;
  VectorClock perhaps;

  void advance(ThreadId thread) {
    hand_over.advance(thread);
    sync.advance(thread);
    perhaps.advance(thread);
  }
  void see(const Clocks& other, Edge edge) {
    if (edge == Edge::hand_over) hand_over.see(other.hand_over);
    if (edge != Edge::perhaps) sync.see(other.sync);
    perhaps.see(other.perhaps);
  }
};

inline constexpr std::size_t kWord = 8;  // bytes
// Bytes of a word, a bit each.
using Bytes = std::uint8_t;

// How an access is made, as far as is known: from a plain access to an atomic.
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
