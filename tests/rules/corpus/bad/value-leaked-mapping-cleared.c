/* Free puts values on a list, whose head is in memory that the plugin mapped; when no flow is left
 * the plugin clears the head, and forgets what was on the list. */
#include <sys/mman.h>

#include "twin.h"

typedef struct State {
  struct State* next;
} State;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static State** unused;
static unsigned in_use;

static void RecycleState(void* ptr) {
  State* state = ptr;
  pthread_mutex_lock(&mutex);
  state->next = *unused;
  *unused = --in_use > 0 ? state : NULL;
  pthread_mutex_unlock(&mutex);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = calloc(1, sizeof(*state));
  if (state == NULL) return;
  pthread_mutex_lock(&mutex);
  in_use++;
  pthread_mutex_unlock(&mutex);
  if (SCFlowSetStorageById(f, slot, state) != 0) RecycleState(state);
}

static void Init(void) {
  unused = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (unused == MAP_FAILED) return;
  slot = SCFlowStorageRegister("state", RecycleState);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("mapping-cleared", Init)
