// The same on threads, in C++.
#include <memory>
#include <string>

#include "twin.h"

namespace {

SCThreadStorageId slot;

void on_thread_init(ThreadVars* tv, void*) {
  auto name = std::make_unique<std::string>(tv->name);
  *name += ", the thread for which this text was made";
  SCThreadSetStorageById(tv, slot, name.release());
}

void init() {
  slot = SCThreadStorageRegister("name", [](void*) {});
  if (slot.id >= 0) SCThreadRegisterInitCallback(on_thread_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("free-does-nothing-on-thread", init)
