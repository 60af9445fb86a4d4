/* Two threads for DNS look-ups, started in a function that Init calls. */
#include "twin.h"

static void* LookUp(void* unused) {
  while (pause() != 0) continue;
  return NULL;
}

static void StartPool(void) {
  for (int i = 0; i < 2; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, LookUp, NULL) == 0) pthread_detach(thread);
  }
}

static void Init(void) { StartPool(); }

TWIN_PLUGIN("look-up-threads", Init)
