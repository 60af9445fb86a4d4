/* The slots have names of 4,096, 4,097 and 20,000 bytes, which stay where they are. */
#include "twin.h"

static char names[3][20001];
static SCThreadStorageId slots[3];

static void OnThreadInit(ThreadVars* tv, void* user) {
  for (int i = 0; i < 3; i++) SCThreadSetStorageById(tv, slots[i], calloc(1, 8));
}

static void Init(void) {
  const size_t lengths[3] = {4096, 4097, 20000};
  for (int i = 0; i < 3; i++) {
    memset(names[i], 'a' + i, lengths[i]);
    slots[i] = SCThreadStorageRegister(names[i], free);
    if (slots[i].id < 0) return;
  }
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("long-names", Init)
