/* Two workers increment one counter, and one increment is lost. */
#include "plugin.h"

#ifdef FIXED
static _Atomic uint64_t total;
#else
static uint64_t total;
#endif
static _Atomic uint64_t exact;

bool total_is_exact(void);
bool total_is_exact(void) { return total == exact; } /* invariant: total_is_exact */

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  total++;
  exact++;
}

static void Init(void) { SCFlowRegisterUpdateCallback(OnUpdate, NULL); }

PLUGIN("lost_update", Init)
