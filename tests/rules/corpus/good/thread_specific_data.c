/* A buffer in pthread's thread-specific data, freed by its destructor when the worker ends. */
#include "twin.h"

static pthread_key_t key;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  char* buffer = pthread_getspecific(key);
  if (buffer == NULL) {
    buffer = calloc(1, 512);
    pthread_setspecific(key, buffer);
  }
  if (buffer != NULL) snprintf(buffer, 512, "%d on %s", p->proto, tv->name);
}

static void Init(void) {
  if (pthread_key_create(&key, free) == 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("thread-specific-data", Init)
