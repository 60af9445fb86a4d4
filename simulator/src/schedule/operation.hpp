// What a thread under control is about to do at a point: the words in which all of this room, its
// strategies and its reports speak.
//
// When:    from a Controller's begin() to its end().
// Owner:   values.
// Threads: any.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace surisim::schedule {

// Threads are numbered in the order in which they are created; the one that begins is 0.
using ThreadId = std::uint32_t;

enum class Act : std::uint8_t {
  start,   // the thread's first step
  lock,    // of a mutex, a read-write lock or a spin lock, for itself
  share,   // of a read-write lock, for reading
  unlock,  // any of them
  wait,    // for a condition variable, a semaphore, a barrier, a futex, a hand-over
  wake,    // of those that wait
  create,  // of a thread
  join,    // with a thread
  sleep,   // until a time
  yield,   // to any other thread
  once,    // of a function that runs once
  access,  // of memory, in translated code
};
inline constexpr std::size_t kActs = 12;

// "lock", "wait", …
const char* to_string(Act act) noexcept;

// A place in a plugin's code: of an access its instruction, of a call where it returns.
struct Place {
  const void* address = nullptr;
  bool is_call = false;
  auto operator<=>(const Place&) const = default;
};

struct Operation {
  Act act = Act::start;
  const void* object = nullptr;  // what it is done to; NULL: nothing
  // The return address in the plugin's code, of an access its instruction; NULL: the engine's.
  const void* caller = nullptr;
  // Of lock and share: it does not wait until the lock is free, or not for ever.
  bool gives_up = false;

  Place place() const { return {caller, act != Act::access}; }
};

}  // namespace surisim::schedule
