// Memory that the process with the plugin and the one that watches it have in common.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "surisim/journal.hpp"

namespace surisim::cli {

// All zeros at first, as the memory comes; written by the child, read by the parent.
struct Shared {
  Journal journal;
  std::atomic<std::uint64_t> beat;  // grows while traffic flows
  std::atomic<bool> finished;       // the run is over: what follows is the end of the process

  std::array<char, 512> failure;  // why surisim itself could not go on; empty: it could

  struct Death {
    std::atomic<std::int32_t> signal;  // 0: none
    std::atomic<std::int32_t> tid;     // thread it hit
    std::atomic<std::uint64_t> address;
    std::atomic<bool> has_address;
    std::array<char, 256> at;  // "plugin.so!on_flow_init+0x24", empty when unknown
  } death;
  struct Exit {
    std::atomic<std::int32_t> tid;  // thread that called exit(); 0: nobody
    std::atomic<std::int32_t> status;
  } exit;
};

}  // namespace surisim::cli
