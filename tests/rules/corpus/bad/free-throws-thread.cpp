// A thread's Free throws because the last line cannot be written.
#include <memory>
#include <system_error>

#include "twin.h"

namespace {

SCThreadStorageId slot;

void free_value(void* value) {
  const std::unique_ptr<int> owned(static_cast<int*>(value));
  throw std::system_error(EIO, std::generic_category(), "no log");
}

void on_thread_init(ThreadVars* tv, void*) { SCThreadSetStorageById(tv, slot, new int(1)); }

void init() {
  slot = SCThreadStorageRegister("value", free_value);
  if (slot.id >= 0) SCThreadRegisterInitCallback(on_thread_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("throws-in-thread-free", init)
