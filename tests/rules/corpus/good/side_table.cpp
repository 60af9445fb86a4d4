// State is in a table by flow; a token on the flow, freed with it, removes it from the table.
#include <mutex>
#include <string>
#include <unordered_map>

#include "twin.h"

namespace {

struct Token {
  const Flow* flow;  // a key, never followed
};

SCFlowStorageId slot;
std::mutex mutex;
std::unordered_map<const Flow*, std::string> table;

void free_token(void* value) {
  auto* const token = static_cast<Token*>(value);
  {
    const std::lock_guard lock(mutex);
    table.erase(token->flow);
  }
  delete token;
}

void on_flow_init(ThreadVars* tv, Flow* f, const Packet*, void*) {
  SCFlowFreeStorageById(f, slot);  // TCP reuse: the old flow's token may still be here
  {
    const std::lock_guard lock(mutex);
    table[f] = std::string("a flow that started on the thread ") + tv->name;
  }
  SCFlowSetStorageById(f, slot, new Token{f});
}

void on_flow_finish(ThreadVars*, Flow* f, void*) { SCFlowFreeStorageById(f, slot); }

void init() {
  slot = SCFlowStorageRegister("token", free_token);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("side-table", init)
