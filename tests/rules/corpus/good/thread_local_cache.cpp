// A cache in a thread_local of the worker, filled in flow callbacks, freed with the OS thread.
#include <string>
#include <unordered_map>

#include "twin.h"

namespace {

thread_local std::unordered_map<unsigned, std::string> names;
SCFlowStorageId slot;

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  std::string& name = names[f->dp];
  if (name.empty()) name = "the name of a port, which takes long to find: " + std::to_string(f->dp);
  SCFlowSetStorageById(f, slot, strdup(name.c_str()));
}

void init() {
  slot = SCFlowStorageRegister("name", std::free);
  if (slot.id >= 0) SCFlowRegisterInitCallback(on_flow_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("thread-local-cache", init)
