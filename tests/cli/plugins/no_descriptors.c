/* Breaks no rule, but uses all file descriptors in its Init. */
#include <fcntl.h>
#include <sys/resource.h>

#include "plugin.h"

static SCThreadStorageId slot;

static void on_thread_init(ThreadVars* tv, void* user) {
  (void)user;
  void* const state = calloc(1, 8);
  if (SCThreadSetStorageById(tv, slot, state) != 0) free(state);
}

static void init(void) {
  slot = SCThreadStorageRegister("no-descriptors", free);
  if (slot.id >= 0) SCThreadRegisterInitCallback(on_thread_init, NULL);
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = 256;
  setrlimit(RLIMIT_NOFILE, &limit);
  while (open("/dev/null", O_RDONLY) >= 0) {
  }
}

NORMAL_PLUGIN("no_descriptors", init)
