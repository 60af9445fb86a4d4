/* The head of the free list is in memory that the plugin mapped itself. */
#include <sys/mman.h>

#include "twin.h"

typedef struct State {
  struct State* next;
  uint64_t packets;
} State;

typedef struct Pool {
  pthread_mutex_t mutex;
  State* unused;
} Pool;

static SCFlowStorageId slot;
static Pool* pool;

static void RecycleState(void* ptr) {
  State* state = ptr;
  pthread_mutex_lock(&pool->mutex);
  state->packets = 0;
  state->next = pool->unused;
  pool->unused = state;
  pthread_mutex_unlock(&pool->mutex);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&pool->mutex);
  State* state = pool->unused;
  if (state != NULL) pool->unused = state->next;
  pthread_mutex_unlock(&pool->mutex);
  if (state == NULL) state = calloc(1, sizeof(*state));
  if (state != NULL && SCFlowSetStorageById(f, slot, state) != 0) RecycleState(state);
}

static void Init(void) {
  pool = mmap(NULL, sizeof(*pool), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pool == MAP_FAILED) return;
  pthread_mutex_init(&pool->mutex, NULL);
  slot = SCFlowStorageRegister("state", RecycleState);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("free-list-in-mapping", Init)
