/* The library's constructor starts the thread: even before Init. */
#include "twin.h"

static void* Wait(void* unused) {
  while (pause() != 0) continue;
  return NULL;
}

__attribute__((constructor)) static void Load(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, Wait, NULL) == 0) pthread_detach(thread);
}

static void Init(void) {}

TWIN_PLUGIN("thread-in-constructor", Init)
