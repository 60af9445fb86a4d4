// The PacketSource of capture files: reads one file after another and decodes its packets, which a
// CapturedWorker handles. Runs on packet threads; in autofp a receiver reads and decodes, and the
// workers do the rest.
//
// Source:  source-pcap-file.c, source-pcap-file-directory-helper.c, flow-manager.c; T1, T12.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "capture/capture_files.hpp"
#include "capture/captured_worker.hpp"
#include "capture/tcp_session.hpp"
#include "decode/decode.hpp"
#include "trace/handover.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

namespace {

// A CapturedPacket on its way to a worker.
struct QueuedPacket {
  decode::Decoded decoded;
  std::uint64_t number = 0;
  std::uint32_t row = 0;
  std::uint64_t record = 0;
  std::size_t at = 0;  // offset of its bytes in those of the batch
};

struct CapturedBatch final : PacketBatch {
  std::size_t size() const override { return packets.size(); }
  void clear() override {
    packets.clear();
    bytes.clear();
  }
  std::vector<QueuedPacket> packets;
  std::vector<std::uint8_t> bytes;  // copies, because the receiver reuses its buffer
};

class PcapWorker;

class CaptureSource final : public PacketSource {
 public:
  CaptureSource(std::vector<std::string> pcaps, std::string directory)
      : pcaps_(std::move(pcaps)), directory_(std::move(directory)) {}
  ~CaptureSource() override;
  expected<void> check() const override;
  std::unique_ptr<FlowWorker> make_worker(FlowEngine& engine, std::uint32_t index) override;
  std::unique_ptr<Module> make_receiver(FlowEngine& engine, std::uint32_t index,
                                        std::vector<PacketQueue*> queues) override;
  std::string damage() const override;

  // Calls `on_packet` with each packet of the files until traffic ends, and `before_waiting` before
  // it waits for new files. False: an injected fault made the thread fail. Files that cannot be
  // opened are skipped and added to damage(). [worker]
  template <class OnPacket, class BeforeWaiting>
  bool capture(FlowEngine& engine, Thread& thread, OnPacket on_packet,
               BeforeWaiting before_waiting);
  TcpChecksums& checksums() { return checksums_; }
  // The latest packet time of all workers, µs. Only after traffic has ended.
  std::int64_t last_packet_time() const;

 private:
  // Opens the next of files_ that can be opened; nothing: there is none.
  std::optional<PcapReader> open_next(Thread& thread);
  // Lists the files that exist when traffic starts.
  void begin();
  // Waits until there are new files. False: there will be none.
  bool wait_for_files(const FlowEngine& engine);

  const std::vector<std::string> pcaps_;
  const std::string directory_;  // relative names are resolved against it
  TcpChecksums checksums_;
  std::vector<const PcapWorker*> workers_;  // filled while packet threads are created
  // The members below are used by the capturing thread only, until it has ended.
  std::deque<std::string> files_;  // never moved: events and records refer to the names
  std::size_t next_file_ = 0;
  std::optional<Polling> polling_;
  std::optional<NewFiles> new_files_;  // if directories are polled
  std::vector<std::string> damages_;
};

class PcapWorker final : public CapturedWorker {
 public:
  PcapWorker(FlowEngine& engine, CaptureSource& source, std::uint32_t index)
      : CapturedWorker(engine, index, source.checksums()), source_(source) {}

  bool capture(Thread& thread) override;
  void handle(Thread& thread, PacketBatch& batch) override;

 private:
  void handle(Thread& thread, const CapturedPacket& captured);
  std::int64_t last_packet_time() const override { return source_.last_packet_time(); }

  CaptureSource& source_;
};

class PcapReceiver final : public Receiver {
 public:
  PcapReceiver(FlowEngine& engine, CaptureSource& source, std::vector<PacketQueue*> queues)
      : Receiver(engine, std::move(queues)),
        source_(source),
        most_(std::clamp<std::size_t>(4096 / workers(), 16, 512)) {}

 private:
  bool capture(Thread& thread) override;
  std::unique_ptr<PacketBatch> make_batch() const override {
    return std::make_unique<CapturedBatch>();
  }
  void queue(const CapturedPacket& captured);
  void send_all();

  CaptureSource& source_;
  // Packets in a batch. Many, so that threads wake each other less often; latency does not matter.
  const std::size_t most_;
  std::size_t next_ = 0;  // worker of the next packet without a flow
};

CaptureSource::~CaptureSource() {
  if (!files_.empty()) abi::state().pcap_filename.store(nullptr);
}

// A file given by name must be readable, and so must at least one file of each directory. As in
// Suricata, the other files of a directory are skipped if they cannot be opened.
expected<void> CaptureSource::check() const {
  const bool polls = Polling::configured().has_value();
  for (const std::string& name : pcaps_) {
    if (polls && is_directory(name, directory_)) continue;  // its files may come later
    const auto files = capture_files({name}, directory_);
    if (!files) return tl::unexpected<Error>(files.error());
    const auto wrong = [&](const std::string& file) {
      const auto reader = PcapReader::open(file, directory_);
      return reader ? "" : reader.error().message;
    };
    const std::string first = wrong(files->front());
    if (std::all_of(files->begin(), files->end(), [&](auto& file) { return !wrong(file).empty(); }))
      return fail(ErrorCode::invalid_option,
                  is_directory(name, directory_)
                      ? fmt::format("capture directory \"{}\" has no file that can be read: {}",
                                    name, first)
                      : first);
  }
  return {};
}

std::string CaptureSource::damage() const {
  constexpr std::size_t kMost = 5;
  const auto end = damages_.begin() + static_cast<std::ptrdiff_t>(std::min(damages_.size(), kMost));
  std::string all = fmt::format("{}", fmt::join(damages_.begin(), end, "; "));
  if (damages_.size() > kMost)
    all += fmt::format("; and {} more such files", damages_.size() - kMost);
  return all;
}

std::optional<PcapReader> CaptureSource::open_next(Thread& thread) {
  while (next_file_ < files_.size()) {
    const std::string& file = files_[next_file_++];
    auto reader = PcapReader::open(file, directory_);
    if (reader) {
      thread.context().counters.files.add();
      abi::state().pcap_filename.store(file.c_str(), std::memory_order_release);
      return std::move(*reader);
    }
    damages_.push_back(reader.error().message);
  }
  return std::nullopt;
}

std::unique_ptr<FlowWorker> CaptureSource::make_worker(FlowEngine& engine, std::uint32_t index) {
  auto worker = std::make_unique<PcapWorker>(engine, *this, index);
  workers_.push_back(worker.get());
  return worker;
}

std::unique_ptr<Module> CaptureSource::make_receiver(FlowEngine& engine, std::uint32_t,
                                                     std::vector<PacketQueue*> queues) {
  return std::make_unique<PcapReceiver>(engine, *this, std::move(queues));
}

// First the files that are given, then those of polled directories.
void CaptureSource::begin() {
  polling_ = Polling::configured();
  std::vector<std::string> given = pcaps_;
  if (polling_) {
    new_files_.emplace(*polling_, pcaps_, directory_);
    std::erase_if(given, [this](const auto& name) { return is_directory(name, directory_); });
  }
  if (auto files = capture_files(given, directory_)) {
    files_.assign(files->begin(), files->end());
  } else {
    damages_.push_back(files.error().message);
  }
  if (!new_files_) return;
  for (std::string& file : new_files_->take()) files_.push_back(std::move(file));
}

bool CaptureSource::wait_for_files(const FlowEngine& engine) {
  constexpr std::uint64_t kCheckStopMs = 10;
  const Waiters waiters;
  while (new_files_ && new_files_->any_directory()) {
    const Deadline deadline = deadline_in(static_cast<std::uint64_t>(polling_->poll_s) * 1000);
    while (steady_now() < *deadline) {
      if (engine.should_stop()) return false;
      std::uint32_t never = 0;
      (void)waiters.wait(never, 0, deadline_in(kCheckStopMs));
    }
    const std::vector<std::string> found = new_files_->take();
    files_.insert(files_.end(), found.begin(), found.end());
    if (!found.empty()) return true;
  }
  return false;
}

template <class OnPacket, class BeforeWaiting>
bool CaptureSource::capture(FlowEngine& engine, Thread& thread, OnPacket on_packet,
                            BeforeWaiting before_waiting) {
  checksums_.configure();
  begin();
  std::optional<PcapReader> reader = open_next(thread);
  decode::Decoder decoder(abi::host().decoding);
  std::uint64_t records = 0;
  std::uint64_t packets = 0;
  return engine.capture_all(thread, [&] {
    decode::Record record;
    while (!reader || !reader->next(record)) {
      if (reader && !reader->damage().empty()) damages_.push_back(reader->damage());
      reader.reset();  // close it before its buffers are replaced
      reader = open_next(thread);
      if (reader) continue;
      if (!new_files_) return false;
      before_waiting();
      if (!wait_for_files(engine)) return false;
    }
    ThreadCounters& counters = thread.context().counters;
    counters.records.add();
    counters.record_bytes.add(record.bytes.size());
    checksums_.record_read(++records);
    decoder.decode(record, [&](const decode::Decoded& decoded) {
      const bool wants_flow = decoded.rule != decode::FlowRule::none;
      on_packet(CapturedPacket{decoded, ++packets, wants_flow ? row_of(decoded.key) : 0, records});
    });
    return true;
  });
}

std::int64_t CaptureSource::last_packet_time() const {
  std::int64_t last = 0;
  for (const PcapWorker* worker : workers_) last = std::max(last, worker->packet_time());
  return last;
}

bool PcapReceiver::capture(Thread& thread) {
  return source_.capture(
      engine_, thread,
      [&](const CapturedPacket& captured) {
        thread.context().counters.packets.add();
        queue(captured);
      },
      [&] { send_all(); });
}

void PcapReceiver::send_all() {
  for (std::size_t to = 0; to < workers(); ++to) {
    if (!static_cast<CapturedBatch&>(batch_of(to)).packets.empty()) send(to);
  }
}

// The hash picks the worker; packets without a flow go to the workers in turn.
void PcapReceiver::queue(const CapturedPacket& captured) {
  const decode::Decoded& decoded = captured.decoded;
  const bool wants_flow = decoded.rule != decode::FlowRule::none;
  const std::size_t to = (wants_flow ? captured.row : next_++) % workers();
  auto& batch = static_cast<CapturedBatch&>(batch_of(to));
  batch.packets.push_back(
      {decoded, captured.number, captured.row, captured.record, batch.bytes.size()});
  batch.bytes.insert(batch.bytes.end(), decoded.bytes.begin(), decoded.bytes.end());
  constexpr std::size_t kBytesEach = 512;
  if (batch.packets.size() >= most_ || batch.bytes.size() >= most_ * kBytesEach) send(to);
}

bool PcapWorker::capture(Thread& thread) {
  return source_.capture(
      engine_, thread, [&](const CapturedPacket& captured) { handle(thread, captured); }, [] {});
}

void PcapWorker::handle(Thread& thread, PacketBatch& any) {
  auto& batch = static_cast<CapturedBatch&>(any);
  for (QueuedPacket& queued : batch.packets) {
    if (engine_.abort.load(std::memory_order_relaxed) || fails_now(thread)) return;
    queued.decoded.bytes = {batch.bytes.data() + queued.at, queued.decoded.bytes.size()};
    handle(thread, CapturedPacket{queued.decoded, queued.number, queued.row, queued.record});
  }
}

void PcapWorker::handle(Thread& thread, const CapturedPacket& captured) {
  handle_packet(thread, captured);
  sweep_if_due();
}

}  // namespace

std::unique_ptr<PacketSource> make_capture_source(std::vector<std::string> pcaps,
                                                  const std::string& directory) {
  return std::make_unique<CaptureSource>(std::move(pcaps), directory);
}

}  // namespace surisim::engine
