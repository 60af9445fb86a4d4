// Uses up all file descriptors in its Init: what surisim can then no longer look at is no mistake.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  void* const state = calloc(1, 8);
  if (SCFlowSetStorageById(f, slot, state) != 0) free(state);
}

static void Init(void) {
  slot = SCFlowStorageRegister("descriptors", free);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = 256;
  setrlimit(RLIMIT_NOFILE, &limit);
  while (open("/dev/null", O_RDONLY) >= 0) {
  }
}

TWIN_PLUGIN("no-descriptors", Init)
