/* Finished summaries are passed to a thread of the plugin, which writes and frees them. */
#include "twin.h"

typedef struct Summary {
  struct Summary* next;
  uint32_t packets;
} Summary;

static SCFlowStorageId slot;
static pthread_t writer;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static Summary* queue;
static bool running;
static bool stop;

static void* Write(void* unused) {
  pthread_mutex_lock(&mutex);
  for (;;) {
    while (queue == NULL && !stop) pthread_cond_wait(&changed, &mutex);
    Summary* summary = queue;
    if (summary == NULL) break;
    queue = summary->next;
    free(summary);
  }
  pthread_mutex_unlock(&mutex);
  return NULL;
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (!running) running = pthread_create(&writer, NULL, Write, NULL) == 0;
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, calloc(1, sizeof(Summary)));
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  Summary* summary = SCFlowGetStorageById(f, slot);
  if (summary == NULL) return;
  SCFlowSetStorageById(f, slot, NULL);
  summary->packets = f->todstpktcnt;
  pthread_mutex_lock(&mutex);
  summary->next = queue;
  queue = summary;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&mutex);
}

__attribute__((destructor)) static void Unload(void) {
  if (!running) return;
  pthread_mutex_lock(&mutex);
  stop = true;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&mutex);
  pthread_join(writer, NULL);
}

static void Init(void) {
  slot = SCFlowStorageRegister("summary", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("hand-over-to-helper-thread", Init)
