// A missing setting causes an exception in the thread init callback.
#include <stdexcept>
#include <string>

#include "twin.h"

namespace {

void on_thread_init(ThreadVars* tv, void*) {
  const char* value = nullptr;
  if (SCConfGet("my-plugin.setting", &value) != 1)
    throw std::runtime_error(std::string("no setting for ") + tv->name);
}

void init() { SCThreadRegisterInitCallback(on_thread_init, nullptr); }

}  // namespace

TWIN_PLUGIN("throws-in-thread-init", init)
