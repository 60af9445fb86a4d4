/* All flows have the same value, and each Free frees it; two Frees may run at once. */
#include <pthread.h>
#include <stdlib.h>

#include "flow-storage.h"
#include "plugin.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static SCFlowStorageId slot;
static void* shared;
static unsigned freed;

static void Free(void* value) {
  pthread_mutex_lock(&lock);
  freed++;
  pthread_mutex_unlock(&lock);
  free(value);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, shared);
}

static void Init(void) {
  slot = SCFlowStorageRegister("shared", Free);
  shared = calloc(1, 64);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

PLUGIN(Init)
