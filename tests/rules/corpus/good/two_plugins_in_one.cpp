// Two modules in one library, each with slots and callbacks, with the same names in both types.
#include "twin.h"

namespace {

template <int N>
struct Module {
  static inline SCThreadStorageId of_thread;
  static inline SCFlowStorageId of_flow;
  static bool start(const char* name) {
    of_thread = SCThreadStorageRegister(name, std::free);
    of_flow = SCFlowStorageRegister(name, std::free);
    return of_thread.id >= 0 && of_flow.id >= 0 &&
           SCFlowRegisterInitCallback(on_flow_init, nullptr);
  }
  static void on_flow_init(ThreadVars* tv, Flow* f, const Packet*, void*) {
    CountOnThread(tv, of_thread);
    CountOnFlow(f, of_flow);
  }
};

void init() {
  if (!Module<1>::start("one") || !Module<2>::start("two")) SCLogError("no storage");
}

}  // namespace

TWIN_PLUGIN("two-plugins-in-one", init)
