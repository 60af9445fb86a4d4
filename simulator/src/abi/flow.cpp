// SCFlow*: flow storage, flow callbacks, accessors. Facts L16 to L23, L30 to L37. Source:
// flow-storage.c, flow-callbacks.c, flow.c.
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>

#include <array>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/host_fields.hpp"
#include "abi/host_function.hpp"
#include "abi/storage_access.hpp"

using namespace surisim::abi;
using surisim::JournalCallback;

SURISIM_ABI unsigned int SCFlowStorageSize(void) { return SCStorageGetSize(STORAGE_FLOW); }

SURISIM_ABI SCFlowStorageId SCFlowStorageRegister(const char* name, void (*Free)(void*)) {
  return {register_slot({STORAGE_FLOW, name, Free}, SURISIM_CALLER, __func__)};
}

SURISIM_ABI void* SCFlowGetStorageById(const Flow* f, SCFlowStorageId id) {
  if (watched()) [[unlikely]] {
    return watched_get(f == nullptr ? nullptr : f->storage, STORAGE_FLOW, f, id.id,
                       SURISIM_RETURN_ADDRESS);
  }
  return f->storage[id.id].ptr;
}

SURISIM_ABI int SCFlowSetStorageById(Flow* f, SCFlowStorageId id, void* ptr) {
  Storage* const storage = watched() && f == nullptr ? nullptr : f->storage;
  return set_value(storage, STORAGE_FLOW, f, id.id, ptr, SURISIM_CALLER);
}

SURISIM_ABI void SCFlowFreeStorageById(Flow* f, SCFlowStorageId id) {
  Storage* const storage = watched() && f == nullptr ? nullptr : f->storage;
  free_value(storage, STORAGE_FLOW, f, id.id, SURISIM_CALLER);
}

SURISIM_ABI void SCFlowFreeStorage(Flow* f) {
  if (SCFlowStorageSize() == 0) return;
  SURISIM_NOT_NULL(f);
  free_all(f->storage, STORAGE_FLOW, f);
}

SURISIM_ABI bool SCFlowRegisterInitCallback(SCFlowInitCallbackFn fn, void* user) {
  note_call(__func__);
  return register_callback(state().flow_init, JournalCallback::flow_init, fn, user, SURISIM_CALLER);
}

SURISIM_ABI bool SCFlowRegisterUpdateCallback(SCFlowUpdateCallbackFn fn, void* user) {
  note_call(__func__);
  return register_callback(state().flow_update, JournalCallback::flow_update, fn, user,
                           SURISIM_CALLER);
}

SURISIM_ABI bool SCFlowRegisterFinishCallback(SCFlowFinishCallbackFn fn, void* user) {
  note_call(__func__);
  return register_callback(state().flow_finish, JournalCallback::flow_finish, fn, user,
                           SURISIM_CALLER);
}

namespace {

// Also checks what the callbacks overwrite. Not inlined, because it needs a larger stack frame.
template <class Fn, class... Args>
[[gnu::noinline]] void run_checked(const CallbackList<Fn>& list, JournalCallback kind,
                                   Packet* packet, ThreadVars* tv, Flow* f, Args... args) {
  HostFields fields(tv, f, packet);
  const auto after = [&fields] { fields.check(); };
  run_callbacks(list, kind, tv, kNothingBefore, after, tv, f, args...);
}

// `packet`: NULL if the callbacks get none.
template <class Fn, class... Args>
void run_flow_callbacks(const CallbackList<Fn>& list, JournalCallback kind, Packet* packet,
                        ThreadVars* tv, Flow* f, Args... args) {
  if (watched() && HostFields::is_checked_now()) [[unlikely]]
    return run_checked(list, kind, packet, tv, f, args...);
  run_callbacks(list, kind, tv, kNothingBefore, kNothingAfter, tv, f, args...);
}

}  // namespace

SURISIM_ABI void SCFlowRunInitCallbacks(ThreadVars* tv, Flow* f, const Packet* p) {
  run_flow_callbacks(state().flow_init, JournalCallback::flow_init, const_cast<Packet*>(p), tv, f,
                     p);
}

SURISIM_ABI void SCFlowRunUpdateCallbacks(ThreadVars* tv, Flow* f, Packet* p) {
  run_flow_callbacks(state().flow_update, JournalCallback::flow_update, p, tv, f, p);
}

SURISIM_ABI void SCFlowRunFinishCallbacks(ThreadVars* tv, Flow* f) {
  run_flow_callbacks(state().flow_finish, JournalCallback::flow_finish, nullptr, tv, f);
}

namespace {
constexpr std::array<uint8_t, 16> kNothing{};
}

// Accessors.

SURISIM_ABI void SCFlowGetLastTimeAsParts(const Flow* f, uint64_t* secs, uint64_t* usecs) {
  *secs = *usecs = 0;
  if (SURISIM_READABLE(f)) {
    *secs = in_flow().lastts(*f).secs;
    *usecs = in_flow().lastts(*f).usecs;
  }
}

SURISIM_ABI uint64_t SCFlowGetFlags(const Flow* f) { return SURISIM_READABLE(f) ? f->flags : 0; }

SURISIM_ABI uint16_t SCFlowGetSourcePort(const Flow* f) { return SURISIM_READABLE(f) ? f->sp : 0; }

SURISIM_ABI uint16_t SCFlowGetDestinationPort(const Flow* f) {
  return SURISIM_READABLE(f) ? f->dp : 0;
}

SURISIM_ABI uint8_t SCFlowGetIPProtocol(const Flow* f) {
  return SURISIM_READABLE(f) ? f->proto : 0;
}

SURISIM_ABI AppProto SCFlowGetAppProtocol(const Flow* f) {
  return SURISIM_READABLE(f) ? f->alproto : AppProto{ALPROTO_UNKNOWN};
}

SURISIM_ABI const uint8_t* SCFlowGetSourceAddressAsRawPtr(const Flow* f) {
  return SURISIM_READABLE(f) ? f->src.address.address_un_data8 : kNothing.data();
}

SURISIM_ABI const uint8_t* SCFlowGetDestinationAddressAsRawPtr(const Flow* f) {
  return SURISIM_READABLE(f) ? f->dst.address.address_un_data8 : kNothing.data();
}

SURISIM_ABI bool SCFlowIsIPv4(const Flow* f) {
  return SURISIM_READABLE(f) && (f->flags & FLOW_IPV4) != 0;
}

SURISIM_ABI bool SCFlowIsIPv6(const Flow* f) {
  return SURISIM_READABLE(f) && (f->flags & FLOW_IPV6) != 0;
}

SURISIM_ABI uint32_t SCFlowGetToServerPacketCount(const Flow* f) {
  return SURISIM_READABLE(f) ? f->todstpktcnt : 0;
}

SURISIM_ABI uint32_t SCFlowGetToClientPacketCount(const Flow* f) {
  return SURISIM_READABLE(f) ? f->tosrcpktcnt : 0;
}
