// SCPluginRegister…: what a plugin is besides a user of callbacks. Source: util-plugin.c.
#include <suricata/app-layer-protos.h>
#include <suricata/detect-engine-register.h>
#include <suricata/output-eve.h>
#include <suricata/suricata-plugin.h>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "base/journal.hpp"

using namespace surisim::abi;
using surisim::JournalCallback;

int LateRegistrations::add(JournalCallback kind, void (*call)(), const void* caller) {
  Observer* const watcher = observer();
  if (watcher != nullptr &&
      !watcher->allow(CallbackRegistration{kind, reinterpret_cast<const void*>(call), caller}))
    return 0;  // Suricata accepts it too, and crashes before it finalizes storage
  try {
    entries_.push_back({call, state().loading.place.load(std::memory_order_relaxed)});
  } catch (const std::bad_alloc&) {
    return 1;
  }
  return 0;
}

SURISIM_ABI int SCPluginRegisterCapture(SCCapturePlugin* plugin) {
  note_call(__func__);
  notify(ListedRegistration{"capture", plugin->name, -1});
  return 0;
}

SURISIM_ABI int SCPluginRegisterAppLayer(SCAppLayerPlugin* plugin) {
  note_call(__func__);
  const AppProto protocol = AppProtoNewProtoFromString(plugin->name);
  if (plugin->Register != nullptr &&
      state().parser_registrations.add(JournalCallback::app_layer_register, plugin->Register,
                                       SURISIM_CALLER) != 0)
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
