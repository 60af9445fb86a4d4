// Packets per second from a capture file in memory: reading, decoding, flows and a plugin's
// callbacks, from the first packet to the end of the last flow.
#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "surisim/runtime.hpp"

namespace {

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "pcap_bench: {}\n", why);
  std::exit(1);
}

void put16(std::string& to, unsigned n) {
  to += static_cast<char>(n >> 8 & 0xff);
  to += static_cast<char>(n & 0xff);
}

void put32(std::string& to, std::uint32_t n) {
  put16(to, n >> 16);
  put16(to, n & 0xffff);
}

struct Shape {
  std::uint32_t packets = 0;
  std::uint32_t flows = 0;    // in flight, packet by packet in turn
  std::uint32_t payload = 0;  // bytes
};

// A pcap of UDP and TCP over IPv4, in big-endian byte order, which is shorter to write.
std::string capture_of(const Shape& shape) {
  std::string out;
  put32(out, 0xa1b2c3d4);
  put32(out, 2 << 16 | 4);
  for (const std::uint32_t field : {0u, 0u, 262144u, 1u}) put32(out, field);
  for (std::uint32_t i = 0; i < shape.packets; ++i) {
    const std::uint32_t flow = i % shape.flows;
    const bool tcp = flow % 2 == 0;
    const bool to_server = i / shape.flows % 2 == 0;
    const std::uint32_t transport = (tcp ? 20 : 8) + shape.payload;
    put32(out, 1'700'000'000 + i / 1'000'000);
    put32(out, i % 1'000'000);
    for (int length = 0; length < 2; ++length) put32(out, 14 + 20 + transport);
    out += std::string(12, '\x02');
    put16(out, 0x0800);
    put16(out, 0x4500);
    put16(out, 20 + transport);
    put32(out, 0);
    put16(out, 64 << 8 | (tcp ? 6 : 17));
    put16(out, 0);
    const std::uint32_t client = 0x0a000000 + flow / 16;
    const std::uint32_t server = 0xc0a80001;
    put32(out, to_server ? client : server);
    put32(out, to_server ? server : client);
    const std::uint32_t port = 1024 + flow % 16;
    put16(out, to_server ? port : 443);
    put16(out, to_server ? 443 : port);
    if (tcp) {
      put32(out, 1000 + i);
      put32(out, 1000);
      put16(out, 5 << 12 | 0x10);
      put16(out, 60000);
      put32(out, 0);
    } else {
      put16(out, 8 + shape.payload);
      put16(out, 0);
    }
    out.append(shape.payload, 'x');
  }
  return out;
}

// A file in memory.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& content) : fd_(memfd_create("capture", 0)) {
    for (std::size_t at = 0; fd_ >= 0 && at < content.size();) {
      const ssize_t n = ::write(fd_, content.data() + at, content.size() - at);
      if (n <= 0) fail("no memory for the capture");
      at += static_cast<std::size_t>(n);
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }
  std::string path() const { return fmt::format("/proc/self/fd/{}", fd_); }

 private:
  int fd_;
};

void run(benchmark::State& state, surisim::Mode mode) {
  using Clock = std::chrono::steady_clock;
  const Shape shape{2'000'000, static_cast<std::uint32_t>(state.range(0)),
                    static_cast<std::uint32_t>(state.range(1))};
  const MemoryFile file(capture_of(shape));
  surisim::Options options;
  options.mode = mode;
  options.threads = mode == surisim::Mode::single ? 1 : static_cast<std::uint32_t>(state.range(2));
  options.pcap = file.path();
  options.record = surisim::Options::Record::off;
  options.checks = false;
  std::uint64_t packets = 0;
  double seconds = 0;
  for (auto _ : state) {
    auto runtime = surisim::Runtime::create(options);
    if (!runtime) fail(runtime.error().message);
    (void)runtime->add_plugin(
        surisim::PluginSource::file(SURISIM_SAMPLE_PLUGIN_DIR "/flow_counter_c.so"));
    if (const auto started = runtime->start(); !started) fail(started.error().message);
    const auto begin = Clock::now();
    if (const auto driven = runtime->drive(); !driven) fail(driven.error().message);
    if (const auto stopped = runtime->stop(); !stopped) fail(stopped.error().message);
    const double spent = std::chrono::duration<double>(Clock::now() - begin).count();
    packets += runtime->summary().packets;
    seconds += spent;
    state.SetIterationTime(spent);
  }
  state.counters["packets_per_second"] = static_cast<double>(packets) / seconds;
}

}  // namespace

// Flows in flight, bytes of payload, workers.
BENCHMARK_CAPTURE(run, single, surisim::Mode::single)
    ->Args({1'000, 100, 1})
    ->Args({100'000, 100, 1})
    ->Args({1'000, 1'000, 1})
    ->ArgNames({"flows", "payload_bytes", "workers"})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run, autofp, surisim::Mode::autofp)
    ->Args({1'000, 100, 1})
    ->Args({1'000, 100, 4})
    ->Args({100'000, 100, 4})
    ->Args({1'000, 1'000, 4})
    ->ArgNames({"flows", "payload_bytes", "workers"})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
