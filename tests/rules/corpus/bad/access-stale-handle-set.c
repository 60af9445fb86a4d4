/* When a flow starts, the label of another worker's flow is set. */
#include "twin.h"

static SCFlowStorageId label;
static SCFlowStorageId guard;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static Flow* neighbour;
static char first[] = "first";

static void FreeNothing(void* value) {}

static void FreeGuard(void* f) {
  pthread_mutex_lock(&mutex);
  if (neighbour == *(Flow**)f) neighbour = NULL;
  pthread_mutex_unlock(&mutex);
  free(f);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  Flow** kept = malloc(sizeof(*kept));
  if (kept == NULL) return;
  *kept = f;
  SCFlowSetStorageById(f, label, first);
  SCFlowSetStorageById(f, guard, kept);
  pthread_mutex_lock(&mutex);
  if (neighbour != NULL) SCFlowSetStorageById(neighbour, label, first);
  neighbour = f;
  pthread_mutex_unlock(&mutex);
}

static void Init(void) {
  guard = SCFlowStorageRegister("guard", FreeGuard); /* freed first, by its id */
  label = SCFlowStorageRegister("label", FreeNothing);
  if (label.id < 0 || guard.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("label-of-neighbour", Init)
