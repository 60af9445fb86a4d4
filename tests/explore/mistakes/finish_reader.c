/* A flow's finish, on a recycler, frees what another flow's update, on a worker, reads. */
#include "plugin.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t* latest; /* of the flow that began last */

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&lock);
  if (latest == NULL) latest = calloc(1, sizeof *latest);
  pthread_mutex_unlock(&lock);
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
#ifdef FIXED
  pthread_mutex_lock(&lock);
  if (latest != NULL) ++*latest;
  pthread_mutex_unlock(&lock);
#else
  pthread_mutex_lock(&lock);
  uint64_t* const mine = latest;
  pthread_mutex_unlock(&lock);
  if (mine != NULL) ++*mine;
#endif
}

static void OnFinish(ThreadVars* tv, Flow* f, void* user) {
  pthread_mutex_lock(&lock);
  free(latest);
  latest = NULL;
  pthread_mutex_unlock(&lock);
}

static void Init(void) {
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
  SCFlowRegisterFinishCallback(OnFinish, NULL);
}

PLUGIN("finish_reader", Init)
