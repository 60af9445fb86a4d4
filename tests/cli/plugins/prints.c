/* Writes to stdout everywhere: while it is loaded, in Init, in callbacks, in Free and at exit. */
#include "plugin.h"

static SCThreadStorageId slot;

/* Unbuffered, as the test waits for a line. */
static void say(const char* line) {
  puts(line);
  fflush(stdout);
}

__attribute__((constructor)) static void loaded(void) { say("printed by the constructor"); }

__attribute__((destructor)) static void unloaded(void) { say("printed by the destructor"); }

static void release(void* value) {
  say("printed by Free");
  free(value);
}

static void on_thread_init(ThreadVars* tv, void* user) {
  (void)user;
  say("printed by the callback");
  SCThreadSetStorageById(tv, slot, malloc(1));
}

static void init(void) {
  say("printed by Init");
  slot = SCThreadStorageRegister("prints", release);
  SCThreadRegisterInitCallback(on_thread_init, NULL);
}

NORMAL_PLUGIN("prints", init)
