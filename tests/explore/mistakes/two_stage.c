/* Two fields that belong together are written under two locks, one after the other. */
#include "plugin.h"

static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second_lock = PTHREAD_MUTEX_INITIALIZER;
static int first, second;

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&first_lock);
  first++;
#ifdef FIXED
  pthread_mutex_lock(&second_lock);
  second = first;
  pthread_mutex_unlock(&second_lock);
  pthread_mutex_unlock(&first_lock);
#else
  pthread_mutex_unlock(&first_lock);
  pthread_mutex_lock(&second_lock);
  pthread_mutex_lock(&first_lock);
  const int now = first;
  pthread_mutex_unlock(&first_lock);
  second = now;
  pthread_mutex_unlock(&second_lock);
#endif
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
#ifdef FIXED
  pthread_mutex_lock(&first_lock);
  const int one = first;
  pthread_mutex_lock(&second_lock);
  const int two = second;
  pthread_mutex_unlock(&second_lock);
  pthread_mutex_unlock(&first_lock);
#else
  pthread_mutex_lock(&first_lock);
  const int one = first;
  pthread_mutex_unlock(&first_lock);
  pthread_mutex_lock(&second_lock);
  const int two = second;
  pthread_mutex_unlock(&second_lock);
#endif
  require(one <= two);
}

static void Init(void) {
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

PLUGIN("two_stage", Init)
