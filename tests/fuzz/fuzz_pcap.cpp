// Processing of a capture file: reader, decoder, flow table, TCP sessions, time-outs. Input: a
// file. Oracle: every flow in the table can be found, in both directions.
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "capture/capture_files.hpp"
#include "capture/captured_flow.hpp"
#include "capture/flow_table.hpp"
#include "input.hpp"

namespace {

using namespace surisim;
using namespace surisim::engine;

// A file in memory with these bytes.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : fd_(memfd_create("capture", 0)) {
    fuzz::check(fd_ >= 0 && write(fd_, data, size) == static_cast<ssize_t>(size),
                "no file in memory to be had");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

// A worker's processing of a packet with a flow, without callbacks.
class Worker {
 public:
  void handle(const decode::Decoded& decoded) {
    const bool one_way = decoded.rule == decode::FlowRule::one_way;
    const std::uint32_t hash = decoded.rule == decode::FlowRule::none ? 0 : hash_of(decoded.key);
    fill_packet(packet_, decoded, hash);
    if (decoded.rule == decode::FlowRule::none) return;
    TrackedFlow* tracked = table_.find(decoded.key, hash, one_way);
    if (tracked != nullptr && is_timed_out(*tracked->flow, decoded.time)) {
      table_.erase(tracked);
      tracked = nullptr;
    }
    if (tracked == nullptr) {
      if (decoded.rule == decode::FlowRule::existing) return;
      flows_.push_back(std::make_unique<Flow>());
      fill_flow(*flows_.back(), packet_, decoded);
      tracked = &table_.insert(decoded.key, hash, flows_.back().get());
    }
    fuzz::check(table_.find(decoded.key, hash, one_way) == tracked, "a flow cannot be found");
    count_packet(*tracked->flow, packet_, decoded, 1);
    if (decoded.proto != 6 || decoded.l4 == decode::kNowhere || tracked->flow->proto != 6) return;
    const TcpSegment segment = segment_of(decoded, is_to_server(*tracked->flow, decoded));
    if (tracked->tcp.is_replaced_by(segment)) tracked->tcp = {};
    tracked->tcp.handle(segment);
    set_state(*tracked->flow, tracked->tcp.state());
  }

 private:
  FlowTable table_;
  std::vector<std::unique_ptr<Flow>> flows_;
  Packet packet_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  auto reader = PcapReader::open(file.path());
  if (!reader) {
    fuzz::check(!reader.error().message.empty(), "refused without a word");
    return 0;
  }
  decode::Decoder decoder;
  decode::Record record;
  Worker worker;
  while (reader->next(record))
    decoder.decode(record, [&](const decode::Decoded& decoded) { worker.handle(decoded); });
  return 0;
}
