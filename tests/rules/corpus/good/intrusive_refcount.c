/* Flows from one address share one counted entry of a table; the last flow takes it out and frees
 * it. */
#include "twin.h"

typedef struct Entry {
  TAILQ_ENTRY(Entry) entries;
  uint32_t address;
  unsigned users;
} Entry;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, Entry) table = TAILQ_HEAD_INITIALIZER(table);

static void Release(void* ptr) {
  Entry* entry = ptr;
  pthread_mutex_lock(&mutex);
  if (--entry->users == 0) {
    TAILQ_REMOVE(&table, entry, entries);
    free(entry);
  }
  pthread_mutex_unlock(&mutex);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  const uint32_t address = f->src.address.address_un_data32[0] & 7;
  Entry* entry;
  pthread_mutex_lock(&mutex);
  TAILQ_FOREACH(entry, &table, entries) {
    if (entry->address == address) break;
  }
  if (entry == NULL && (entry = calloc(1, sizeof(*entry))) != NULL) {
    entry->address = address;
    TAILQ_INSERT_TAIL(&table, entry, entries);
  }
  if (entry != NULL) entry->users++;
  pthread_mutex_unlock(&mutex);
  SCFlowSetStorageById(f, slot, entry);
}

static void Init(void) {
  slot = SCFlowStorageRegister("entry", Release);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("intrusive-refcount", Init)
