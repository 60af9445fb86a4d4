/* Thread slot 0, which this plugin never registered: Suricata's, or that of a plugin loaded before.
 */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (SCThreadGetStorageById(tv, slot) != NULL) SCLogDebug("found something");
}

static void Init(void) { SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL); }

TWIN_PLUGIN("thread-slot-zero", Init)
