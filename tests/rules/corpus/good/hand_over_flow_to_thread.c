/* The latest flow's summary moves from the flow to the thread, and the thread's older one is freed.
 */
#include "twin.h"

static SCFlowStorageId of_flow;
static SCThreadStorageId latest;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  void* summary = SCFlowGetStorageById(f, of_flow);
  if (summary == NULL) {
    SCFlowSetStorageById(f, of_flow, strdup("a flow of some packets"));
    return;
  }
  SCFlowSetStorageById(f, of_flow, NULL);
  SCThreadFreeStorageById(tv, latest);
  SCThreadSetStorageById(tv, latest, summary);
}

static void Init(void) {
  of_flow = SCFlowStorageRegister("summary", free);
  latest = SCThreadStorageRegister("latest", free);
  if (of_flow.id >= 0 && latest.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("hand-over-flow-to-thread", Init)
