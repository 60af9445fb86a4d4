/* The destructor frees what the plugin's own thread still reads. */
#include "plugin.h"

static int* _Atomic state;
static _Atomic bool stopped, runs;
static pthread_t thread;

static void* Look(void* given) {
  while (!atomic_load(&stopped)) {
    require(atomic_load(&state) != NULL);
    sched_yield();
  }
  return NULL;
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (!atomic_exchange(&runs, true)) pthread_create(&thread, NULL, Look, NULL);
}

__attribute__((destructor)) static void Stop(void) {
  if (!runs) return;
#ifndef FIXED
  free(atomic_exchange(&state, NULL));
#endif
  atomic_store(&stopped, true);
  pthread_join(thread, NULL);
#ifdef FIXED
  free(atomic_exchange(&state, NULL));
#endif
}

static void Init(void) {
  atomic_store(&state, malloc(sizeof(int)));
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

PLUGIN("shutdown", Init)
