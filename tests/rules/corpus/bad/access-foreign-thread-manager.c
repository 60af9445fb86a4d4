/* All workers count on the flow manager's ThreadVars: "it is the one that manages flows". */
#include "twin.h"

static SCThreadStorageId slot;
static ThreadVars* manager;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strcmp(tv->name, "FM#01") == 0) manager = tv;
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&mutex); /* of no use: the flow manager does not take it */
  CountOnThread(manager, slot);
  pthread_mutex_unlock(&mutex);
}

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("count-on-manager", Init)
