// Implements fake_host.hpp.
#include "fake_host.hpp"

#include <cstdlib>

namespace fake_host {
namespace {

constexpr std::size_t kSlots = 16;

int add_slot(std::vector<Slot>& slots, const char* name, void (*free)(void*)) {
  if (state().refuse_slots || *name == '\0') return -1;
  slots.push_back({name, free});
  return static_cast<int>(slots.size()) - 1;
}

template <class Fn>
bool add_callback(std::vector<Callback<Fn>>& list, Fn fn, void* user) {
  if (state().refuse_callbacks) return false;
  list.push_back({fn, user});
  return true;
}

// An id that was never registered would be accessed out of bounds (L18).
Storage& checked(Storage* storage, const std::vector<Slot>& slots, int id) {
  if (id < 0 || static_cast<std::size_t>(id) >= slots.size()) std::abort();
  return storage[id];
}

void* get(const Storage* storage, const std::vector<Slot>& slots, int id) {
  ++state().gets;
  return checked(const_cast<Storage*>(storage), slots, id).ptr;
}

int set(Storage* storage, const std::vector<Slot>& slots, int id, void* value) {
  ++state().sets;
  if (state().refuse_values) return -1;
  checked(storage, slots, id).ptr = value;
  return 0;
}

void free_all(Storage* storage, const std::vector<Slot>& slots) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    void* value = storage[i].ptr;
    storage[i].ptr = nullptr;
    if (value != nullptr) slots[i].free(value);
  }
}

template <class Object>
Object* make(std::vector<void*>& memory) {
  static_assert(sizeof(Object) % sizeof(void*) == 0);
  memory.resize(sizeof(Object) / sizeof(void*) + kSlots);
  return reinterpret_cast<Object*>(memory.data());
}

}  // namespace

State& state() {
  static State one;
  return one;
}

void reset() { state() = State(); }

Thread::Thread() : tv_(make<ThreadVars>(memory_)) {}
void Thread::free_values() { free_all(tv_->storage, state().thread_slots); }

OneFlow::OneFlow() : flow_(make<Flow>(memory_)) {}
void OneFlow::free_values() { free_all(flow_->storage, state().flow_slots); }

}  // namespace fake_host

using fake_host::state;

extern "C" {

SCThreadStorageId SCThreadStorageRegister(const char* name, void (*Free)(void*)) {
  return {fake_host::add_slot(state().thread_slots, name, Free)};
}
void* SCThreadGetStorageById(const ThreadVars* tv, SCThreadStorageId id) {
  auto* const mine = const_cast<ThreadVars*>(tv);
  void* const value = state().thread_value
                          ? (++state().gets, state().thread_value(mine, id.id)->ptr)
                          : fake_host::get(tv->storage, state().thread_slots, id.id);
  return state().thread_get ? state().thread_get(mine, value) : value;
}
int SCThreadSetStorageById(ThreadVars* tv, SCThreadStorageId id, void* value) {
  if (!state().thread_value) return fake_host::set(tv->storage, state().thread_slots, id.id, value);
  state().thread_value(tv, id.id)->ptr = value;
  return 0;
}
bool SCThreadRegisterInitCallback(SCThreadInitCallbackFn fn, void* user) {
  return fake_host::add_callback(state().thread_init, fn, user);
}

SCFlowStorageId SCFlowStorageRegister(const char* name, void (*Free)(void*)) {
  return {fake_host::add_slot(state().flow_slots, name, Free)};
}
void* SCFlowGetStorageById(const Flow* f, SCFlowStorageId id) {
  return fake_host::get(f->storage, state().flow_slots, id.id);
}
int SCFlowSetStorageById(Flow* f, SCFlowStorageId id, void* value) {
  return fake_host::set(f->storage, state().flow_slots, id.id, value);
}
bool SCFlowRegisterInitCallback(SCFlowInitCallbackFn fn, void* user) {
  return fake_host::add_callback(state().flow_init, fn, user);
}
bool SCFlowRegisterUpdateCallback(SCFlowUpdateCallbackFn fn, void* user) {
  return fake_host::add_callback(state().flow_update, fn, user);
}
bool SCFlowRegisterFinishCallback(SCFlowFinishCallbackFn fn, void* user) {
  return fake_host::add_callback(state().flow_finish, fn, user);
}

bool SCEveRegisterCallback(SCEveUserCallbackFn fn, void* user) {
  return fake_host::add_callback(state().eve, fn, user);
}
bool SCRegisterEveFileType(SCEveFileType* type) {
  if (state().refuse_callbacks) return false;
  state().eve_file_types.push_back(type);
  return true;
}

// The accessors return the fields, and no address for a flow that is neither IPv4 nor IPv6.
void SCFlowGetLastTimeAsParts(const Flow* f, uint64_t* secs, uint64_t* usecs) {
  *secs = f->lastts.secs;
  *usecs = f->lastts.usecs;
}
uint64_t SCFlowGetFlags(const Flow* f) { return f->flags; }
uint16_t SCFlowGetSourcePort(const Flow* f) { return f->sp; }
uint16_t SCFlowGetDestinationPort(const Flow* f) { return f->dp; }
uint8_t SCFlowGetIPProtocol(const Flow* f) { return f->proto; }
AppProto SCFlowGetAppProtocol(const Flow* f) { return f->alproto; }
const uint8_t* SCFlowGetSourceAddressAsRawPtr(const Flow* f) {
  return f->src.address.address_un_data8;
}
const uint8_t* SCFlowGetDestinationAddressAsRawPtr(const Flow* f) {
  return f->dst.address.address_un_data8;
}
bool SCFlowIsIPv4(const Flow* f) { return (f->flags & FLOW_IPV4) != 0; }
bool SCFlowIsIPv6(const Flow* f) { return (f->flags & FLOW_IPV6) != 0; }
uint32_t SCFlowGetToServerPacketCount(const Flow* f) { return f->todstpktcnt; }
uint32_t SCFlowGetToClientPacketCount(const Flow* f) { return f->tosrcpktcnt; }

int SCConfGet(const char* name, const char** vptr) {
  const auto found = state().settings.find(name);
  if (found == state().settings.end()) return 0;
  *vptr = found->second;
  return 1;
}

SCLogLevel SCLogGetLogLevel(void) { return static_cast<SCLogLevel>(state().log_level); }
int SCLogMessage(const SCLogLevel level, const char* filename, const unsigned int line,
                 const char* function, const char* module, const char* message) {
  state().log.push_back({level, filename, line, function, module, message});
  return 0;
}
void SCFatalErrorOnInitStatic(const char* message) { state().fatal_errors.emplace_back(message); }

}  // extern "C"
