// Memory that the process with the plugin and the one that watches it have in common.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/journal.hpp"
#include "mailbox.hpp"

namespace surisim::cli {

// Where in a plugin something happened. Written by a signal handler, hence the fixed sizes.
struct Place {
  std::array<char, 512> module;        // path of the loaded file it is in, empty when unknown
  std::atomic<std::uint64_t> address;  // the file's own: what a symbolizer takes
  std::atomic<bool> is_call;           // a return address: the call before it
  // Calls further out in the same file, as return addresses; 0: no more.
  std::array<std::atomic<std::uint64_t>, 24> outer;
};

// All zeros at first, as the memory comes; written by the child, read by the parent.
struct Shared {
  Journal journal;
  std::atomic<std::uint64_t> beat;  // grows while traffic flows
  std::atomic<bool> finished;       // the run is over: what follows is the end of the process

  std::array<char, 512> failure;  // why surisim itself could not go on; empty: it could

  struct Death {
    std::atomic<std::int32_t> signal;  // 0: none
    std::atomic<std::int32_t> tid;     // thread it hit; 0: the signal was for the whole process
    std::atomic<std::uint64_t> address;
    std::atomic<bool> has_address;
    Place place;
  } death;
  struct Exit {
    std::atomic<const char*> how;  // "exit()", "_exit()": a literal; null: nobody called it
    std::atomic<std::int32_t> tid;
    std::atomic<std::int32_t> status;
    Place place;
  } exit;

  // The witness (witness.hpp), and what it is asked for.
  struct Witness {
    std::atomic<std::int32_t> tid;        // 0: there is none
    std::atomic<std::uint32_t> asked;     // a futex: 1, tell all you know; 2, go home
    std::atomic<std::uint32_t> answered;  // a futex: 1, it has told
  } witness;

  Mailbox mailbox;
};

}  // namespace surisim::cli
