/* A structure is published by a plain store: x86 hides the mistake, a compiler may not. */
#include "plugin.h"

typedef struct {
  uint64_t low, high;
} Limits;
#ifdef FIXED
static Limits* _Atomic limits;
#else
static Limits* limits;
#endif

static void OnThreadInit(ThreadVars* tv, void* user) {}

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  Limits* now = limits;
  if (now == NULL) {
    Limits* mine = malloc(sizeof *mine);
    mine->low = 1;
    mine->high = 2;
#ifdef FIXED
    if (!atomic_compare_exchange_strong(&limits, &now, mine)) free(mine);
    now = limits;
#else
    limits = mine;
    now = mine;
#endif
  }
  require(now->low + now->high == 3);
}

static void Init(void) {
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnInit, NULL);
}

PLUGIN("publication", Init)
