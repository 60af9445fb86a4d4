/* Finish leaves the value in its slot and puts it into the pool of the thread it runs on, which is
 * freed with that thread's storage. */
#include "twin.h"

typedef struct State {
  struct State* next;
  unsigned packets;
} State;

typedef struct Pool {
  State* unused;
} Pool;

static SCFlowStorageId slot;
static SCThreadStorageId pool_slot;

static void FreeState(void* ptr) {} /* finish has put it into a pool */

static void FreePool(void* ptr) {
  Pool* pool = ptr;
  while (pool->unused != NULL) {
    State* next = pool->unused->next;
    free(pool->unused);
    pool->unused = next;
  }
  free(pool);
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  SCThreadSetStorageById(tv, pool_slot, calloc(1, sizeof(Pool)));
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  Pool* pool = SCThreadGetStorageById(tv, pool_slot);
  State* state = pool->unused;
  if (state != NULL) {
    pool->unused = state->next;
  } else {
    state = calloc(1, sizeof(*state));
  }
  SCFlowSetStorageById(f, slot, state);
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  State* state = SCFlowGetStorageById(f, slot);
  if (state == NULL) return;
  Pool* pool = SCThreadGetStorageById(tv, pool_slot);
  state->next = pool->unused;
  pool->unused = state;
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", FreeState);
  pool_slot = SCThreadStorageRegister("pool", FreePool);
  if (slot.id < 0 || pool_slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("pool-freed-with-worker", Init)
