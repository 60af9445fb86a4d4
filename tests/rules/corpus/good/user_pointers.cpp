// Callbacks get an object of the plugin as their user pointer; it exists as long as
// Suricata.
#include <atomic>
#include <memory>

#include "twin.h"

namespace {

class Counter {
 public:
  explicit Counter(SCFlowStorageId slot) : slot_(slot) {}
  void started(Flow* f) {
    ++started_;
    SCFlowSetStorageById(f, slot_, this);
  }
  void finished(const Flow* f) {
    if (SCFlowGetStorageById(f, slot_) == this) ++finished_;
  }

 private:
  SCFlowStorageId slot_;
  std::atomic<unsigned> started_{0};
  std::atomic<unsigned> finished_{0};
};

std::unique_ptr<Counter> counter;

void init() {
  const SCFlowStorageId slot = SCFlowStorageRegister("counter", [](void*) {});
  if (slot.id < 0) return;
  counter = std::make_unique<Counter>(slot);
  SCFlowRegisterInitCallback([](ThreadVars*, Flow* f, const Packet*,
                                void* user) { static_cast<Counter*>(user)->started(f); },
                             counter.get());
  SCFlowRegisterFinishCallback(
      [](ThreadVars*, Flow* f, void* user) { static_cast<Counter*>(user)->finished(f); },
      counter.get());
}

}  // namespace

TWIN_PLUGIN("user-pointers", init)
