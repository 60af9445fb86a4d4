/* A flow slot that the first worker registers, in a function that does nothing else. */
#include "twin.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void Register(void) { SCFlowStorageRegister("packets", free); }

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_once(&once, Register);
}

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

TWIN_PLUGIN("late-once", Init)
