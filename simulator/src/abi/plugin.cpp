// SCPluginRegister…: what a plugin is besides a user of callbacks. Source: util-plugin.c.
#include <suricata/app-layer-protos.h>
#include <suricata/detect-engine-register.h>
#include <suricata/output-eve.h>
#include <suricata/suricata-plugin.h>

#include "abi/export.hpp"
#include "abi/note_call.hpp"
#include "abi/process_state.hpp"
#include "base/journal.hpp"

using namespace surisim::abi;
using surisim::JournalCallback;

int LateRegistrations::add(const char* kind, void (*call)(), const void* caller) {
  Observer* const watcher = state().observer.load(std::memory_order_acquire);
  if (watcher != nullptr &&
      !watcher->callback_registered(kind, reinterpret_cast<const void*>(call), caller))
    return 0;  // Suricata accepts it too, and crashes before it finalizes storage
  try {
    entries_.push_back({call, watcher == nullptr ? 0 : watcher->current_plugin()});
  } catch (const std::bad_alloc&) {
    return 1;
  }
  return 0;
}

SURISIM_ABI int SCPluginRegisterCapture(SCCapturePlugin* plugin) {
  note_call(__func__);
  if (Observer* const watcher = state().observer.load(std::memory_order_acquire))
    watcher->listed("capture", plugin->name, -1);
  return 0;
}

SURISIM_ABI int SCPluginRegisterAppLayer(SCAppLayerPlugin* plugin) {
  note_call(__func__);
  const AppProto protocol = AppProtoNewProtoFromString(plugin->name);
  if (plugin->Register != nullptr &&
      state().parser_registrations.add(to_string(JournalCallback::app_layer_register),
                                       plugin->Register, SURISIM_CALLER) != 0)
    return 1;
  if (plugin->KeywordsRegister != nullptr && SCSigTablePreRegister(plugin->KeywordsRegister) != 0)
    return 1;
  if (plugin->Logger == nullptr) return 0;
  EveJsonTxLoggerRegistrationData logger{};
  logger.confname = plugin->confname;
  logger.logname = plugin->logname;
  logger.alproto = protocol;
  logger.dir = plugin->dir;
  logger.LogTx = plugin->Logger;
  return SCOutputEvePreRegisterLogger(logger) == 0 ? 0 : 1;
}
