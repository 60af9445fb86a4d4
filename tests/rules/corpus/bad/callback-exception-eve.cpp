// A number is thrown out of the EVE callback.
#include "twin.h"

namespace {

void on_record(ThreadVars*, const Packet* p, Flow*, SCJsonBuilder*, void*) {
  if (p == nullptr) throw 42;
}

void init() { SCEveRegisterCallback(on_record, nullptr); }

}  // namespace

TWIN_PLUGIN("throws-in-eve", init)
