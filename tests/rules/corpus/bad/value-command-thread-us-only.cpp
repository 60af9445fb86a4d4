// A value on US alone, "for commands".
#include <string>

#include "twin.h"

namespace {

SCThreadStorageId slot;

void on_thread_init(ThreadVars* tv, void*) {
  if (std::string(tv->name) == "US") SCThreadSetStorageById(tv, slot, new std::string("commands"));
}

void init() {
  slot = SCThreadStorageRegister("us", [](void* text) { delete static_cast<std::string*>(text); });
  if (slot.id >= 0) SCThreadRegisterInitCallback(on_thread_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("value-on-us", init)
