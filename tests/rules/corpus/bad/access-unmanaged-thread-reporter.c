/* A reporter thread of the plugin reads the first worker's counters on request. */
#include "twin.h"

static SCThreadStorageId slot;
static ThreadVars* worker;
static pthread_t reporter;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool started;
static bool asked;
static bool answered;

static void* Report(void* unused) {
  pthread_mutex_lock(&mutex);
  while (!asked) pthread_cond_wait(&changed, &mutex);
  if (SCThreadGetStorageById(worker, slot) != NULL) SCLogInfo("the worker counts");
  answered = true;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
  return NULL;
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (started || strncmp(tv->name, "W#", 2) != 0) return;
  worker = tv;
  CountOnThread(tv, slot);
  started = pthread_create(&reporter, NULL, Report, NULL) == 0;
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&mutex);
  asked = true;
  pthread_cond_broadcast(&changed);
  while (!answered) pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
}

__attribute__((destructor)) static void Unload(void) {
  pthread_mutex_lock(&mutex);
  asked = true;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
  if (started) pthread_join(reporter, NULL);
}

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("reporter-thread", Init)
