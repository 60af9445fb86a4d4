/* A free list without a lock and without a version count: between a thread's read of the first
 * node and its compare-and-exchange, others take two nodes and put the first one back. */
#include "plugin.h"

enum { kNodes = 4 };
typedef struct {
  _Atomic int next;
  _Atomic int users;
} Node;
static Node nodes[kNodes];
/* The first node's index; above it, when fixed, a count of changes. */
static _Atomic uint64_t first;

static int Index(uint64_t word) { return (int)(uint32_t)word - 1; }
static uint64_t Word(uint64_t before, int index) {
#ifdef FIXED
  return ((before >> 32) + 1) << 32 | (uint32_t)(index + 1);
#else
  (void)before;
  return (uint32_t)(index + 1);
#endif
}

static int Take(void) {
  uint64_t word = atomic_load(&first);
  for (;;) {
    const int index = Index(word);
    if (index < 0) return -1;
    const int next = atomic_load(&nodes[index].next);
    if (atomic_compare_exchange_strong(&first, &word, Word(word, next))) return index;
  }
}

static void Give(int index) {
  uint64_t word = atomic_load(&first);
  do atomic_store(&nodes[index].next, Index(word));
  while (!atomic_compare_exchange_strong(&first, &word, Word(word, index)));
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const int a = Take();
  const int b = Take();
  if (a >= 0) require(atomic_fetch_add(&nodes[a].users, 1) == 0);
  if (b >= 0) require(atomic_fetch_add(&nodes[b].users, 1) == 0);
  if (a >= 0) atomic_fetch_sub(&nodes[a].users, 1);
  if (a >= 0) Give(a);
  if (b >= 0) atomic_fetch_sub(&nodes[b].users, 1);
  if (b >= 0) Give(b);
}

static void Init(void) {
  for (int i = 0; i < kNodes; i++) Give(i);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

PLUGIN("aba", Init)
