#include "capture/capture_file.hpp"

#include <utility>

namespace surisim::engine {

CaptureFile::CaptureFile(FlowEngine& engine) : engine_(engine) {
  engine.checksums.configure();
  auto opened = PcapReader::open(engine.options.pcap);
  if (opened) {
    reader_ = std::move(*opened);
  } else {
    engine_.capture_damage = opened.error().message;
  }
}

bool CaptureFile::read(Thread& thread, decode::Record& record) {
  if (!reader_) return false;
  if (!reader_->next(record)) {
    engine_.capture_damage = reader_->damage();
    return false;
  }
  ThreadCounters& counters = thread.context().counters;
  counters.records.add();
  engine_.checksums.record_read(++records_);
  counters.record_bytes.add(record.bytes.size());
  return true;
}

}  // namespace surisim::engine
