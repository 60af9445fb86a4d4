/* A value taken out in one callback is freed in a later one, through a list with a lock. */
#include "twin.h"

typedef struct State {
  struct State* next;
} State;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static State* trash;

static void EmptyTrash(void) {
  pthread_mutex_lock(&mutex);
  State* list = trash;
  trash = NULL;
  pthread_mutex_unlock(&mutex);
  while (list != NULL) {
    State* next = list->next;
    free(list);
    list = next;
  }
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  EmptyTrash();
  SCFlowSetStorageById(f, slot, calloc(1, sizeof(State)));
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  State* state = SCFlowGetStorageById(f, slot);
  if (state == NULL || f->todstpktcnt < 2) return;
  SCFlowSetStorageById(f, slot, NULL);
  pthread_mutex_lock(&mutex);
  state->next = trash;
  trash = state;
  pthread_mutex_unlock(&mutex);
}

static void FreeLast(void* last) { EmptyTrash(); /* on main, when the threads have ended */ }

static SCThreadStorageId keeper;
static char last;

static void OnThreadInit(ThreadVars* tv, void* user) { SCThreadSetStorageById(tv, keeper, &last); }

static void Init(void) {
  slot = SCFlowStorageRegister("state", free);
  keeper = SCThreadStorageRegister("keeper", FreeLast);
  if (slot.id < 0 || keeper.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("taken-freed-later", Init)
