// What is known of a block of a plugin's memory.
//
// When:    from its allocation; copies live on.
// Owner:   Memory's tables.
// Threads: one at a time: the owner's lock is held.
#pragma once

#include <suricata/util-storage.h>

#include <cstddef>
#include <cstdint>
#include <tuple>

#include "base/journal.hpp"

namespace surisim::check {

// A slot of one object: a ThreadVars or a Flow.
struct SlotOf {
  StorageEnum type = STORAGE_MAX;
  const void* object = nullptr;
  int id = -1;
};

// How a value left its slot.
enum class Fate : std::uint8_t {
  none,
  taken,        // the plugin set the slot to NULL
  overwritten,  // the plugin set another value
  refused,      // it never was in the slot: set returned -1
};

// When something happened to a block. The strings live as long as the engine.
struct Moment {
  const char* thread = nullptr;  // null: not one of Suricata's threads
  const char* phase = "";
  JournalCallback callback = JournalCallback::none;
};

struct Block {
  std::uintptr_t start = 0;  // 0: an empty entry of the table
  std::size_t size = 0;
  const void* caller = nullptr;    // the call that allocated it
  const void* set_at = nullptr;    // the last call that put it into a slot
  const void* ended_at = nullptr;  // the call that freed it, took it out or replaced it
  std::uint64_t flow = 0;          // number of the flow being handled at its allocation; 0: none
  SlotOf slot;                     // the last slot that held it
  Moment last;                     // when it was last allocated, set, taken out or replaced
  std::uint32_t plugin = 0;
  std::uint32_t holders = 0;  // slots that hold it
  JournalCallback made_in = JournalCallback::none;
  JournalCallback freed_in = JournalCallback::none;
  Fate fate = Fate::none;
  bool must_be_freed = false;  // allocated in a callback for a thread or flow, and so to be freed
  bool was_value = false;      // has been in a slot
  bool is_name = false;        // holds a slot's name
  bool freed = false;          // by the plugin, but its memory is kept: a value, or a former one
  bool freed_twice = false;    // by Frees of two threads at the same time
  bool put_away = false;       // its flow has had its finish, and neither freed it nor holds it
  bool poisoned = false;       // freed, and filled with base::kPoison
  bool reported = false;       // a violation has been reported for it
};

// Allocations of the same kind: by one call, in one kind of callback, of one size.
using Origin = std::tuple<const void*, JournalCallback, std::size_t>;
inline Origin origin_of(const Block& block) { return {block.caller, block.made_in, block.size}; }

}  // namespace surisim::check
