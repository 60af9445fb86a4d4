// All threads' states are in a list with a lock; each is removed in its Free, on main.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include "twin.h"

namespace {

struct State {
  std::atomic<uint64_t> flows{0};
};

SCThreadStorageId slot;
std::mutex mutex;
std::vector<State*> all;

void free_state(void* value) {
  auto* const state = static_cast<State*>(value);
  {
    const std::lock_guard lock(mutex);
    all.erase(std::find(all.begin(), all.end(), state));
  }
  delete state;
}

void on_thread_init(ThreadVars* tv, void*) {
  auto* const state = new State;
  const std::lock_guard lock(mutex);
  all.push_back(state);
  SCThreadSetStorageById(tv, slot, state);
}

uint64_t total() {
  const std::lock_guard lock(mutex);
  uint64_t sum = 0;
  for (const State* state : all) sum += state->flows;
  return sum;
}

void on_flow_init(ThreadVars* tv, Flow*, const Packet*, void*) {
  if (auto* state = static_cast<State*>(SCThreadGetStorageById(tv, slot))) ++state->flows;
}

void on_flow_finish(ThreadVars*, Flow*, void*) {
  if (total() == 0) SCLogInfo("finished before it started");
}

void init() {
  slot = SCThreadStorageRegister("state", free_state);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(on_thread_init, nullptr);
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("thread-registry", init)
