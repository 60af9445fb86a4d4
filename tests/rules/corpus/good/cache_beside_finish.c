/* One helper allocates the flows' values, which finish frees, and the entries for each port, which
 * are kept. */
#include "twin.h"

#define PORTS 64

typedef struct PerPort {
  uint64_t flows;
} PerPort;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static PerPort* ports[PORTS];

static __attribute__((noinline)) void* Make(size_t size) {
  void* made = calloc(1, size);
  if (made == NULL) abort();
  return made;
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  const unsigned port = SCFlowGetSourcePort(f) % PORTS;
  pthread_mutex_lock(&mutex);
  if (ports[port] == NULL) ports[port] = Make(sizeof(PerPort));
  ports[port]->flows++;
  pthread_mutex_unlock(&mutex);
  SCFlowSetStorageById(f, slot, Make(sizeof(uint64_t)));
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  uint64_t* value = SCFlowGetStorageById(f, slot);
  SCFlowSetStorageById(f, slot, NULL);
  free(value);
}

static void Init(void) {
  slot = SCFlowStorageRegister("cache-beside-finish", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("cache-beside-finish", Init)
