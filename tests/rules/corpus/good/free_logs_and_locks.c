/* Free may log, lock, allocate and write: everything but Suricata's storage functions. */
#include "twin.h"

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t total;

static void FreeState(void* ptr) {
  char* copy = strdup("a summary that is written and thrown away");
  pthread_mutex_lock(&mutex);
  total += *(uint64_t*)ptr;
  const bool none = total == 0;
  pthread_mutex_unlock(&mutex);
  if (copy != NULL && none) SCLogInfo("%s", copy);
  free(copy);
  free(ptr);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) { CountOnFlow(f, slot); }

static void Init(void) {
  slot = SCFlowStorageRegister("state", FreeState);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("free-logs-and-locks", Init)
