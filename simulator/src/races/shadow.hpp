// Vector clocks: how much of each thread's past another thread or an object knows (VectorClock,
// Clocks). And the last accesses of each thread to each word of memory (Shadow).
//
// When:    while a Detector exists.
// Owner:   clocks are values; the Detector owns the Shadow.
// Threads: the one that has the baton.
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
using Time = std::uint32_t;  // of one thread; advances when others can learn what it did

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

// What orders two threads.
enum class Edge : std::uint8_t {
  hand_over,  // of the engine, or start or end of a thread: the same in all schedules
  sync,       // locks, atomics and the like: in this schedule
  uncertain,  // an access that may be an atomic
};

// Each clock has the edges of the one before it too.
struct Clocks {
  VectorClock hand_over;
  VectorClock sync;
  VectorClock uncertain;

  void advance(ThreadId thread) {
    hand_over.advance(thread);
    sync.advance(thread);
    uncertain.advance(thread);
  }
  void see(const Clocks& other, Edge edge) {
    if (edge == Edge::hand_over) hand_over.see(other.hand_over);
    if (edge != Edge::uncertain) sync.see(other.sync);
    uncertain.see(other.uncertain);
  }
};

inline constexpr std::size_t kWord = 8;  // bytes
// A bit for each byte of a word.
using Bytes = std::uint8_t;

// What is known about an access, from plain to atomic.
enum class Kind : std::uint8_t {
  not_atomic,  // no access of an atomic compiles to this instruction
  plain,       // according to debug information and source
  maybe_atomic,
  relaxed,  // an atomic that orders nothing else
  atomic,
};

// One of the two accesses of a race.
struct Side {
  ThreadId thread = 0;
  bool writes = false;
  bool frees = false;  // it frees the memory
  Kind kind = Kind::not_atomic;
  const void* at = nullptr;   // the instruction; for free the return address
  const char* callback = "";  // in which
  const char* phase = "";
  // The C library's function that is called there; NULL: the instruction itself.
  const char* function = nullptr;
  std::uint32_t size = 0;  // bytes that it accesses
};

struct Cell {
  Side side;
  Time time = 0;
  Bytes bytes = 0;
  std::uint32_t locks = 0;  // the locks that were held: index into the Detector's lock_sets_
};

struct Word {
  std::vector<Cell> cells;
  Bytes atomic = 0;                  // the bytes that atomics have accessed
  std::unique_ptr<Clocks> released;  // what later accesses of these atomics learn
};

class Shadow {
 public:
  Word& at(std::uintptr_t word) { return words_[word / kWord]; }
  // NULL: the word has not been accessed.
  Word* find(std::uintptr_t word) {
    const auto found = words_.find(word / kWord);
    return found == words_.end() ? nullptr : &found->second;
  }
  void forget(std::uintptr_t begin, std::uintptr_t end);

 private:
  std::unordered_map<std::uintptr_t, Word> words_;
};

// The bytes of a word that are in the range.
inline Bytes bytes_of(std::uintptr_t word, std::uintptr_t begin, std::uintptr_t end) {
  const std::uintptr_t first = begin > word ? begin - word : 0;
  const std::uintptr_t last = end < word + kWord ? end - word : kWord;
  return static_cast<Bytes>((0xffU >> (kWord - (last - first))) << first);
}

}  // namespace surisim::races
