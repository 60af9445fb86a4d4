// EVE registrations. Source: output-eve.c.
#include <suricata/output-eve.h>
#include <suricata/util-debug.h>

#include <cstring>

#include "abi/callback_run.hpp"
#include "abi/export.hpp"
#include "abi/note_call.hpp"

using namespace surisim::abi;
using surisim::JournalCallback;

namespace {

bool is_builtin(const char* name) {
  for (const char* known : {"regular", "unix_dgram", "unix_stream", "redis"}) {
    if (std::strcmp(name, known) == 0) return true;
  }
  return false;
}

bool refuse(const char* why, const char* name) {
  SCLogErr(SC_LOG_ERROR, __FILE__, "SCRegisterEveFileType", __LINE__, "output-eve",
           "EVE file type \"%s\" %s", name, why);
  return false;
}

}  // namespace

SURISIM_ABI bool SCEveRegisterCallback(SCEveUserCallbackFn fn, void* user) {
  note_call(__func__);
  return register_callback(state().eve, JournalCallback::eve, fn, user, SURISIM_CALLER);
}

SURISIM_ABI void SCEveRunCallbacks(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb) {
  run_callbacks(state().eve, JournalCallback::eve, tv, kNothingBefore, tv, p, f, jb);
}

SURISIM_ABI SCEveFileType* SCEveFindFileType(const char* name) {
  if (name == nullptr) return nullptr;
  for (SCEveFileType* known : state().eve_filetypes) {
    if (std::strcmp(known->name, name) == 0) return known;
  }
  return nullptr;
}

// Suricata reads a NULL type or name and crashes; here it is a violation, and refused.
SURISIM_ABI bool SCRegisterEveFileType(SCEveFileType* plugin) {
  note_call(__func__);
  Observer* const watcher = state().observer.load(std::memory_order_acquire);
  const void* const name = plugin == nullptr ? nullptr : plugin->name;
  if (watcher != nullptr &&
      !watcher->callback_registered(to_string(JournalCallback::eve_filetype), name, SURISIM_CALLER))
    return false;
  if (name == nullptr) return false;
  if (is_builtin(plugin->name)) return refuse("has the name of a built-in one", plugin->name);
  if (SCEveFindFileType(plugin->name) != nullptr)
    return refuse("is registered already", plugin->name);
  state().eve_filetypes.push_back(plugin);
  return true;
}
