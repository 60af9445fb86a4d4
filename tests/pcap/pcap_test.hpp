// The fixture for tests with a capture file: runs it, and keeps what plugins see of its flows.
#pragma once

#include <gmock/gmock.h>
#include <suricata/decode.h>
#include <suricata/flow-callbacks.h>
#include <suricata/output.h>

#include <mutex>
#include <string>
#include <vector>

#include "../cli/temp_dir.hpp"
#include "capture.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"

namespace surisim::test {

// A flow at its end, according to the accessors.
struct SeenFlow {
  int proto = 0;
  Bytes src, dst;
  int sp = 0, dp = 0;
  unsigned to_server = 0, to_client = 0;
  int state = 0;
  std::vector<int> vlans;
  int depth = 0;
};

class PcapTest : public fixtures::LifecycleTest {
 protected:
  PcapTest() {
    options.mode = Mode::single;
    options.stats = false;
    seen().clear();
    load("watcher", [] {
      SCRegisterOnLoggingReady(
          [](void*) {
            SCOutputRegisterFlowLogger(
                "watcher",
                [](ThreadVars*, void*, Flow* f) {
                  keep(*f);
                  return 0;
                },
                nullptr,
                [](ThreadVars*, const void*, void** data) {
                  *data = nullptr;
                  return TM_ECODE_OK;
                },
                nullptr);
          },
          nullptr);
    });
  }

  testing::AssertionResult run_on(const Capture& capture, int link_type = 1) {
    options.pcap = capture.write(dir.file("capture.pcap"), link_type);
    return run();
  }
  // In the order in which they ended.
  static std::vector<SeenFlow> flows() { return seen(); }
  std::uint64_t updates() const {
    std::uint64_t n = 0;
    for (const Event& e : events()) n += e.kind == EventKind::flow_update ? 1 : 0;
    return n;
  }
  std::uint64_t finishes() const {
    std::uint64_t n = 0;
    for (const Event& e : events()) n += e.kind == EventKind::flow_finish ? 1 : 0;
    return n;
  }

  TempDir dir;

 private:
  static std::vector<SeenFlow>& seen() {
    static std::vector<SeenFlow> all;
    return all;
  }
  static void keep(const Flow& f) {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const std::size_t size = SCFlowIsIPv4(&f) ? 4 : 16;
    SeenFlow flow;
    flow.proto = SCFlowGetIPProtocol(&f);
    flow.src.assign(reinterpret_cast<const char*>(SCFlowGetSourceAddressAsRawPtr(&f)), size);
    flow.dst.assign(reinterpret_cast<const char*>(SCFlowGetDestinationAddressAsRawPtr(&f)), size);
    flow.sp = SCFlowGetSourcePort(&f);
    flow.dp = SCFlowGetDestinationPort(&f);
    flow.to_server = SCFlowGetToServerPacketCount(&f);
    flow.to_client = SCFlowGetToClientPacketCount(&f);
    flow.state = f.flow_state;
    flow.vlans.assign(f.vlan_id, f.vlan_id + f.vlan_idx);
    flow.depth = f.recursion_level;
    seen().push_back(flow);
  }
};

}  // namespace surisim::test
