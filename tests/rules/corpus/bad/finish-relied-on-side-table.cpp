// State is in a table by flow, created in init, erased in finish; there is no slot.
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "twin.h"

namespace {

std::mutex mutex;
std::unordered_map<const Flow*, std::string*> table;

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  const std::lock_guard lock(mutex);
  table[f] = new std::string("what is known of a flow, which is more than fits in a small string");
}

void on_flow_finish(ThreadVars*, Flow* f, void*) {
  const std::lock_guard lock(mutex);
  const auto found = table.find(f);
  if (found == table.end()) return;
  delete found->second;
  table.erase(found);
}

void init() {
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("side-table", init)
