// Exceptions in every callback and in Free, all of them caught where they are thrown.
#include <new>
#include <stdexcept>
#include <string>

#include "twin.h"

namespace {

SCThreadStorageId slot;
SCFlowStorageId flow_slot;

unsigned parse(const char* text) {
  try {
    return static_cast<unsigned>(std::stoul(text));
  } catch (const std::invalid_argument&) {
    return 0;
  }
}

void free_number(void* value) noexcept {
  try {
    if (*static_cast<unsigned*>(value) == 0) throw 0;
  } catch (int) {
  }
  delete static_cast<unsigned*>(value);
}

void on_thread_init(ThreadVars* tv, void*) {
  SCThreadSetStorageById(tv, slot, new unsigned(parse(tv->name)));
}

void on_flow_update(ThreadVars*, Flow* f, Packet*, void*) {
  if (SCFlowGetStorageById(f, flow_slot) == nullptr)
    SCFlowSetStorageById(f, flow_slot, new unsigned(parse("no number")));
}

void on_flow_finish(ThreadVars*, Flow* f, void*) {
  try {
    if (parse("17") == 17) throw std::bad_alloc();
  } catch (...) {
    SCFlowFreeStorageById(f, flow_slot);
  }
}

void init() {
  slot = SCThreadStorageRegister("number", free_number);
  flow_slot = SCFlowStorageRegister("number", free_number);
  if (slot.id < 0 || flow_slot.id < 0) return;
  SCThreadRegisterInitCallback(on_thread_init, nullptr);
  SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("catches-its-exceptions", init)
