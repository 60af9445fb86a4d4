/* Each worker has a helper thread, started in its thread init callback, joined in its value's Free.
 */
#include "twin.h"

typedef struct Helper {
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  bool stop;
  unsigned asked;
} Helper;

static SCThreadStorageId slot;

static void* Help(void* ptr) {
  Helper* helper = ptr;
  pthread_mutex_lock(&helper->mutex);
  while (!helper->stop) pthread_cond_wait(&helper->changed, &helper->mutex);
  pthread_mutex_unlock(&helper->mutex);
  return NULL;
}

static void StopHelper(void* ptr) {
  Helper* helper = ptr;
  pthread_mutex_lock(&helper->mutex);
  helper->stop = true;
  pthread_cond_signal(&helper->changed);
  pthread_mutex_unlock(&helper->mutex);
  pthread_join(helper->thread, NULL);
  pthread_cond_destroy(&helper->changed);
  pthread_mutex_destroy(&helper->mutex);
  free(helper);
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strncmp(tv->name, "W#", 2) != 0) return;
  Helper* helper = calloc(1, sizeof(*helper));
  if (helper == NULL) return;
  pthread_mutex_init(&helper->mutex, NULL);
  pthread_cond_init(&helper->changed, NULL);
  if (pthread_create(&helper->thread, NULL, Help, helper) != 0) {
    free(helper);
    return;
  }
  SCThreadSetStorageById(tv, slot, helper);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  Helper* helper = SCThreadGetStorageById(tv, slot);
  if (helper == NULL) return;
  pthread_mutex_lock(&helper->mutex);
  helper->asked++;
  pthread_mutex_unlock(&helper->mutex);
}

static void Init(void) {
  slot = SCThreadStorageRegister("helper", StopHelper);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("helper-per-worker", Init)
