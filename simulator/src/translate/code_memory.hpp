// The memory of a translated library's code: CodeCache holds the translations, within 2 GiB of the
// library so that its rip-relative operands still reach; Entries changes the library's original
// text, which leads to them.
//
// A CodeCache is writable and executable at once: a second, writable mapping would have to be
// shared, and then a forked child would write into its parent's code.
//
// When:    while a library is translated.
// Owner:   the library's Object.
// Threads: any may run the code; one at a time writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "translate/mapped.hpp"
#include "translate/sequences.hpp"

namespace surisim::translate {

class CodeCache {
 public:
  // Room for `bytes` of code near [near, near + size). nullptr: errno says why.
  static std::unique_ptr<CodeCache> create(std::uintptr_t near, std::size_t size,
                                           std::size_t bytes);
  ~CodeCache();
  CodeCache(const CodeCache&) = delete;
  CodeCache& operator=(const CodeCache&) = delete;

  std::uintptr_t begin() const { return begin_; }
  bool contains(std::uintptr_t address) const { return address - begin_ < size_; }
  std::uint8_t* bytes() const { return reinterpret_cast<std::uint8_t*>(begin_); }
  // The layout: the address of stop_function(), the table of known targets, the code.
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

// The original text of a translated library: its functions are filled with int3, and where threads
// may arrive from code that is not translated, there are jumps to the translations.
//
// A jump has five bytes, and must not cover a byte at which another thread may arrive. Where it
// does not fit, a jump of two bytes leads to a longer one nearby; where that does not fit either,
// int3 stays, and the handler of SIGTRAP continues in the translation.
//
// When:    while the library's Object lives, which makes the text writable.
// Owner:   the text is the library's.
// Threads: one at a time changes it, others may run it: a place is int3 until its jump is complete.
class Entries {
 public:
  Entries(std::uintptr_t text, std::size_t size) : text_(text), size_(size), marks_(size) {}

  // All positions are offsets into the text. Fills [begin, end) with int3, and removes its jumps.
  void close(std::size_t begin, std::size_t end);
  // Allows jumps there.
  void open(std::size_t begin, std::size_t end) { mark(begin, end, kOpen); }
  // A thread may arrive there.
  void add_arrival(std::size_t at) { mark(at, at + 1, kArrival); }
  // Puts a jump to `target` there, unless there is no room. There must not be a jump yet.
  void jump(std::size_t at, std::uintptr_t target);
  // True: there is a long jump, and no thread can arrive inside of it. If one can, removes the
  // jump.
  bool keep_jump(std::size_t at);

 private:
  enum Mark : std::uint8_t { kOpen = 1, kArrival = 2, kTaken = 4 };

  void mark(std::size_t begin, std::size_t end, Mark mark);
  bool is_room(std::size_t at, std::size_t bytes) const;
  // Where a long jump fits that a short one at `at` reaches; 0: nowhere.
  std::size_t room_near(std::size_t at) const;
  void put_long(std::size_t at, std::uintptr_t target);
  std::uint8_t* bytes(std::size_t at) { return reinterpret_cast<std::uint8_t*>(text_ + at); }

  std::uintptr_t text_;
  std::size_t size_;
  Mapped<std::uint8_t> marks_;
};

}  // namespace surisim::translate
