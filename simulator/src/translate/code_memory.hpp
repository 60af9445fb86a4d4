// Where the code of a translated library is: CodeCache, memory for its translations near enough to
// the library for its own distances of 32 bits; and Entries, the library's original text, which
// leads to them.
//
// A CodeCache is writable and executable at once: a second, writable mapping would have to be
// shared, and then a forked child would write into its parent's code.
//
// When:    while a library is translated.
// Owner:   unmaps it.
// Threads: any; one at a time writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "translate/mapped.hpp"
#include "translate/sequences.hpp"

namespace surisim::translate {

class CodeCache {
 public:
  // For code of `bytes` near [near, near + size). nullptr: see errno.
  static std::unique_ptr<CodeCache> create(std::uintptr_t near, std::size_t size,
                                           std::size_t bytes);
  ~CodeCache();
  CodeCache(const CodeCache&) = delete;
  CodeCache& operator=(const CodeCache&) = delete;

  std::uintptr_t begin() const { return begin_; }
  bool contains(std::uintptr_t address) const { return address - begin_ < size_; }
  std::uint8_t* bytes() const { return reinterpret_cast<std::uint8_t*>(begin_); }
  // Its begin holds what the code refers to, then comes the code.
  std::uintptr_t stop_slot() const { return begin_; }
  KnownTarget* table() const { return reinterpret_cast<KnownTarget*>(begin_ + kTable); }
  std::size_t code_begin() const { return kTable + kKnownTargets * sizeof(KnownTarget); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kTable = 4096;

  CodeCache(std::uintptr_t begin, std::size_t size) : begin_(begin), size_(size) {}

  std::uintptr_t begin_;
  std::size_t size_;
};

// The original text of a translated library: int3 where its functions were, and jumps to their
// translations where threads arrive from code that is not translated.
//
// A jump has five bytes, and may cover only such bytes at which no thread can arrive. Where there
// is no room a jump of two bytes leads to room nearby; where there is none for that either, int3
// stays, and the handler of traps goes on from there.
//
// When:    from Object's begin to its end, which has made the text writable.
// Owner:   the text is the library's.
// Threads: one at a time changes it, others may run it: a place is int3 until its jump is complete.

class Entries {
 public:
  Entries(std::uintptr_t text, std::size_t size) : text_(text), size_(size), marks_(size) {}

  // Offsets into the text. [begin, end) becomes int3, without jumps.
  void close(std::size_t begin, std::size_t end);
  // Jumps may be put there, except where threads may arrive.
  void open(std::size_t begin, std::size_t end) { mark(begin, end, kOpen); }
  // A thread may arrive there.
  void add_arrival(std::size_t at) { mark(at, at + 1, kArrival); }
  // Makes a thread that arrives there go on at `target`, if there is room. There is no jump yet.
  bool jump(std::size_t at, std::uintptr_t target);
  // Whether there is a long jump already, and no thread can arrive in it. If one can: int3 again.
  bool keep_jump(std::size_t at);

 private:
  enum Mark : std::uint8_t { kOpen = 1, kArrival = 2, kTaken = 4 };

  void mark(std::size_t begin, std::size_t end, Mark mark);
  bool is_room(std::size_t at, std::size_t bytes) const;
  // Room for a long jump that a short one at `at` reaches; 0: none.
  std::size_t room_near(std::size_t at) const;
  void put_long(std::size_t at, std::uintptr_t target);
  std::uint8_t* bytes(std::size_t at) { return reinterpret_cast<std::uint8_t*>(text_ + at); }

  std::uintptr_t text_;
  std::size_t size_;
  Mapped<std::uint8_t> marks_;
};

}  // namespace surisim::translate
