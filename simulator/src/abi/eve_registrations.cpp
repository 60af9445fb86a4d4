// Registration of EVE callbacks and EVE file types, and running EVE and logging-ready callbacks.
// Source: output.c, output-eve.c.
#include <suricata/output-eve.h>
#include <suricata/output.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>

#include "abi/callbacks.hpp"
#include "abi/host_function.hpp"
#include "abi/json_builder.hpp"
#include "base/safe_read.hpp"
#include "trace/context.hpp"

using namespace surisim::abi;
using surisim::EventKind;
using surisim::JournalCallback;

namespace {

bool is_builtin(const char* name) {
  for (const char* known : {"regular", "unix_dgram", "unix_stream", "redis"}) {
    if (std::strcmp(known, name) == 0) return true;
  }
  return false;
}

// Compares with the names as they are now, as Suricata does.
bool is_registered(std::string_view name) {
  return std::find(std::begin(kOwnFileTypes), std::end(kOwnFileTypes), name) !=
             std::end(kOwnFileTypes) ||
         SCEveFindFileType(std::string(name).c_str()) != nullptr;
}

bool refuse(const char* why, const char* name) {
  SCLogErr(SC_LOG_ERROR, __FILE__, "SCRegisterEveFileType", __LINE__, "output-eve",
           "EVE file type \"%s\" %s", name, why);
  return false;
}

// The running EVE callback has not closed what it has opened, or closed more.
void report_unbalanced(bool is_open) {
  const surisim::engine::Context* const mine = surisim::engine::context();
  notify(OutputMistake{
      surisim::RuleId::eve_record_unbalanced, "", nullptr,
      mine == nullptr ? nullptr : mine->function,
      mine == nullptr ? surisim::engine::kNoPlugin : mine->plugin,
      is_open
          ? "an EVE callback left an object or array of the record open: Suricata closes only one "
            "level, and the line lacks a brace"
          : "an EVE callback closed more of the record than it had opened: what is added after it "
            "is lost, or makes the line invalid"});
}

}  // namespace

SURISIM_ABI int SCRegisterOnLoggingReady(SCOnLoggingReadyCallback callback, void* arg) {
  note_call(__func__);
  if (callback == nullptr) return 0;  // accepted, and skipped when the others run
  return register_callback(state().logging_ready, JournalCallback::logging_ready, callback, arg,
                           SURISIM_CALLER)
             ? 0
             : -1;
}

SURISIM_ABI void SCOnLoggingReady(void) {
  const auto record_event = [](int) { surisim::engine::record(EventKind::logging_ready); };
  run_callbacks(state().logging_ready, JournalCallback::logging_ready, nullptr, record_event,
                kNothingAfter);
}

SURISIM_ABI bool SCEveRegisterCallback(SCEveUserCallbackFn fn, void* user) {
  note_call(__func__);
  return register_callback(state().eve, JournalCallback::eve, fn, user, SURISIM_CALLER);
}

SURISIM_ABI void SCEveRunCallbacks(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb) {
  const auto* const builder = reinterpret_cast<const JsonBuilder*>(jb);
  const auto depth = [builder] { return builder == nullptr ? 0 : builder->depth(); };
  std::size_t open = 0;
  const auto before = [&](int) { open = depth(); };
  const auto after = [&] {
    if (depth() != open && std::uncaught_exceptions() == 0) report_unbalanced(depth() > open);
  };
  run_callbacks(state().eve, JournalCallback::eve, tv, before, after, tv, p, f, jb);
}

SURISIM_ABI SCEveFileType* SCEveFindFileType(const char* name) {
  if (name == nullptr) return nullptr;
  const HostScope host;
  for (const RegisteredFileType& known : state().eve_outputs.file_types) {
    SCEveFileType now{};  // what stands there, which the plugin may have freed
    if (surisim::base::read_memory(known.given, &now, sizeof now) == sizeof now &&
        surisim::base::read_string(now.name) == name)
      return known.given;
  }
  return nullptr;
}

// Suricata reads a NULL type or name and crashes; here it is a violation, and refused.
SURISIM_ABI bool SCRegisterEveFileType(SCEveFileType* plugin) {
  note_call(__func__);
  Observer* const watcher = observer();
  const void* const name = plugin == nullptr ? nullptr : plugin->name;
  if (watcher != nullptr &&
      !watcher->allow(CallbackRegistration{JournalCallback::eve_filetype, name, SURISIM_CALLER}))
    return false;
  if (name == nullptr) return false;
  if (is_builtin(plugin->name)) return refuse("has the name of a built-in one", plugin->name);
  if (is_registered(plugin->name)) return refuse("is registered already", plugin->name);
  const HostScope host;
  RegisteredFileType& added = state().eve_outputs.file_types.emplace_back();
  added.given = plugin;
  added.type = *plugin;
  added.name = plugin->name;
  added.plugin = running_plugin();
  added.caller = SURISIM_CALLER;
  notify(OutputRegistration{JournalCallback::eve_filetype, plugin->name, plugin, added.caller});
  return true;
}
