/* A gigabyte for each thread, as one block and as an array, of which two pages each are used: what
 * was never touched costs nothing, in Suricata and here.
 * options: --memory-limit 256 */
#include "twin.h"

#define GIB ((size_t)1 << 30)

static SCThreadStorageId slot;
static char table[GIB];

static void OnThreadInit(ThreadVars* tv, void* user) {
  char* state = (char*)calloc(GIB / 2, 1);
  if (state == NULL) return;
  state[0] = state[GIB / 4] = 1;
  table[0] = table[GIB / 2] = 1;
  char* more = (char*)realloc(state, GIB);
  if (more == NULL) {
    free(state);
    return;
  }
  if (SCThreadSetStorageById(tv, slot, more) != 0) free(more);
}

static void Init(void) {
  slot = SCThreadStorageRegister("sparse-memory", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("sparse-memory", Init)
