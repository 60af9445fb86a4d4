/* A list is traversed without the lock that is held to change it. */
#include "plugin.h"

typedef struct Node {
  struct Node* next;
  uint64_t count;
} Node;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Node* list;

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  Node* const node = calloc(1, sizeof *node);
  pthread_mutex_lock(&lock);
  node->next = list;
  list = node;
  pthread_mutex_unlock(&lock);
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
#ifdef FIXED
  pthread_mutex_lock(&lock);
#endif
  uint64_t sum = 0;
  for (const Node* at = list; at != NULL; at = at->next) sum += at->count;
  require(sum == 0);
#ifdef FIXED
  pthread_mutex_unlock(&lock);
#endif
}

static void OnFinish(ThreadVars* tv, Flow* f, void* user) {
  pthread_mutex_lock(&lock);
  Node* const node = list;
  if (node != NULL) list = node->next;
  pthread_mutex_unlock(&lock);
  free(node);
}

static void Init(void) {
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
  SCFlowRegisterFinishCallback(OnFinish, NULL);
}

PLUGIN("iteration", Init)
