/* A table that is created at its first use: two workers create it. */
#include "plugin.h"

static uint64_t* table;
static _Atomic unsigned made;
#ifdef FIXED
static pthread_once_t once = PTHREAD_ONCE_INIT;
#endif

static void Make(void) {
  uint64_t* mine = calloc(16, sizeof *mine);
  require(++made == 1);
  table = mine;
}

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
#ifdef FIXED
  pthread_once(&once, Make);
#else
  if (table == NULL) Make();
#endif
}

static void Init(void) { SCFlowRegisterInitCallback(OnInit, NULL); }

PLUGIN("lazy_init", Init)
