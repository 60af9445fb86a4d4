// Values with a string, a vector and a map inside, on threads and on flows; new and delete.
#include <string>
#include <unordered_map>
#include <vector>

#include "twin.h"

namespace {

struct OfThread {
  std::string name;
  std::unordered_map<unsigned, uint64_t> flows_by_port;
};

struct OfFlow {
  std::vector<uint8_t> protocols;
};

SCThreadStorageId thread_slot;
SCFlowStorageId flow_slot;

void on_thread_init(ThreadVars* tv, void*) {
  auto* const state = new OfThread;
  state->name = std::string("counters of the thread ") + tv->name;
  SCThreadSetStorageById(tv, thread_slot, state);
}

void on_flow_init(ThreadVars* tv, Flow* f, const Packet*, void*) {
  if (auto* state = static_cast<OfThread*>(SCThreadGetStorageById(tv, thread_slot)))
    ++state->flows_by_port[f->dp];
  SCFlowSetStorageById(f, flow_slot, new OfFlow);
}

void on_flow_update(ThreadVars*, Flow* f, Packet* p, void*) {
  if (auto* state = static_cast<OfFlow*>(SCFlowGetStorageById(f, flow_slot)))
    state->protocols.push_back(p->proto);
}

void init() {
  thread_slot =
      SCThreadStorageRegister("of-thread", [](void* v) { delete static_cast<OfThread*>(v); });
  flow_slot = SCFlowStorageRegister("of-flow", [](void* v) { delete static_cast<OfFlow*>(v); });
  if (thread_slot.id < 0 || flow_slot.id < 0) return;
  SCThreadRegisterInitCallback(on_thread_init, nullptr);
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
}

}  // namespace

TWIN_PLUGIN("containers", init)
