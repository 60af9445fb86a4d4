// The packets of a packet thread, which are taken, handled by any thread, and given back.
//
// When:    from the thread's initialisation to the end of its lifecycle.
// Owner:   a PluginThread has the pool, which has all its packets, those in use too.
// Threads: take() and wait(): the pool's own thread; the rest: any.
// Source:  tmqh-packetpool.c, packet.c (PacketReinit).
#pragma once

#include <suricata/decode.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/mutex.hpp"
#include "decode/decode.hpp"
#include "trace/handover.hpp"

namespace surisim::engine {

// What the engine knows about a packet besides Suricata's struct; lies just before it in memory.
struct alignas(16) PacketSide {
  decode::Decoded decoded;   // once it is; without bytes before
  std::uint64_t number = 0;  // from 1; derived packets count
  std::uint32_t row = 0;     // of its flow, in Suricata's hash
  bool in_pool = false;
};

inline PacketSide* side_of(Packet* packet) { return reinterpret_cast<PacketSide*>(packet) - 1; }

// A zeroed packet of no pool; null: out of memory.
Packet* allocate_packet();
void free_packet(Packet* packet);
// As after the packet was made, but for its plugin_v and its pool. Frees what it points to.
void clear_packet(Packet& packet);

class PacketPool {
 public:
  // Throws std::bad_alloc.
  explicit PacketPool(std::size_t packets);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // Null: all are in use.
  Packet* take();
  // Until one is not in use, or the pool is closed.
  void wait();
  // False: it is in the pool already.
  bool give_back(Packet& packet);
  void close();
  std::size_t in_use() const;

 private:
  std::vector<Packet*> all_;
  mutable Mutex mutex_;
  std::vector<Packet*> free_ SURISIM_GUARDED_BY(mutex_);
  std::uint32_t changes_ = 0;  // packets given back, and close(); waited for without the lock
  bool closed_ SURISIM_GUARDED_BY(mutex_) = false;
  Waiters waiters_;
};

}  // namespace surisim::engine
