// Implements packet_pool.hpp.
#include "capture_plugin/packet_pool.hpp"

#include <suricata/tmqh-packetpool.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

#include "abi/host.hpp"
#include "abi/host_function.hpp"

namespace surisim::engine {

Packet* allocate_packet() {
  const abi::HostScope host;
  const std::size_t size = sizeof(PacketSide) + abi::in_packet().size + default_packet_size;
  void* const block = std::calloc(1, size);
  if (block == nullptr) return nullptr;
  auto* const packet = reinterpret_cast<Packet*>(new (block) PacketSide + 1);
  packet->ReleasePacket = PacketFree;
  return packet;
}

void free_packet(Packet* packet) {
  const abi::HostScope host;
  clear_packet(*packet);
  std::free(side_of(packet));
}

void clear_packet(Packet& packet) {
  const abi::PacketLayout& in = abi::in_packet();
  if ((packet.flags & PKT_ZERO_COPY) == 0) std::free(in.ext_pkt(packet));
  std::array<std::uint8_t, sizeof packet.plugin_v> kept{};
  std::memcpy(kept.data(), packet.plugin_v, kept.size());
  void* const pool = in.pool(packet);
  void (*const release)(Packet*) = packet.ReleasePacket;
  std::memset(static_cast<void*>(&packet), 0, in.size);
  std::memcpy(packet.plugin_v, kept.data(), kept.size());
  in.pool(packet) = pool;
  packet.ReleasePacket = release;
  *side_of(&packet) = {};
}

PacketPool::PacketPool(std::size_t packets) {
  all_.reserve(packets);
  for (std::size_t i = 0; i < packets; ++i) {
    Packet* const packet = allocate_packet();
    if (packet == nullptr) break;
    abi::in_packet().pool(*packet) = this;
    side_of(packet)->in_pool = true;
    all_.push_back(packet);
  }
  const MutexLock lock(mutex_);
  free_ = all_;
}

PacketPool::~PacketPool() {
  for (Packet* packet : all_) free_packet(packet);
}

Packet* PacketPool::take() {
  Packet* packet = nullptr;
  {
    const MutexLock lock(mutex_);
    if (free_.empty()) return nullptr;
    packet = free_.back();
    free_.pop_back();
  }
  clear_packet(*packet);
  packet->ReleasePacket = PacketPoolReturnPacket;
  return packet;
}

void PacketPool::wait() {
  for (;;) {
    const std::uint32_t seen = std::atomic_ref(changes_).load(std::memory_order_acquire);
    {
      const MutexLock lock(mutex_);
      if (!free_.empty() || closed_) return;
    }
    waiters_.wait(changes_, seen);
  }
}

bool PacketPool::give_back(Packet& packet) {
  {
    const MutexLock lock(mutex_);
    if (side_of(&packet)->in_pool) return false;
    side_of(&packet)->in_pool = true;
    free_.push_back(&packet);
  }
  std::atomic_ref(changes_).fetch_add(1, std::memory_order_release);
  waiters_.wake(changes_);
  return true;
}

void PacketPool::close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  std::atomic_ref(changes_).fetch_add(1, std::memory_order_release);
  waiters_.wake(changes_);
}

std::size_t PacketPool::in_use() const {
  const MutexLock lock(mutex_);
  return all_.size() - free_.size();
}

}  // namespace surisim::engine
