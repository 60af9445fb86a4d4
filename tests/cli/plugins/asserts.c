/* Assertions that hold and some that fail, and functions for --invariant. */
#include <pthread.h>
#include <stdatomic.h>

#include "plugin.h"
#include "surisim/assert.h"

static SCThreadStorageId slot;
static atomic_int made, freed, begun;
static pthread_t loaded_on;

static void free_value(void* value) {
  freed++;
  free(value);
}

static void on_thread_init(ThreadVars* tv, void* user) {
  (void)user;
  SURISIM_ASSERT(made >= 0);
  void* value = malloc(1);
  if (value != NULL && SCThreadSetStorageById(tv, slot, value) == 0) made++;
}

static void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)tv;
  (void)f;
  (void)p;
  (void)user;
  begun++;
  SURISIM_ASSERT(begun < 1);
  begun++; /* so that the call is not the last one */
}

EXPORT bool always_holds(void);
EXPORT bool never_holds(void);
EXPORT bool crashes(void);
EXPORT bool is_asked_on_main(void);
EXPORT bool is_asked_after_traffic(void);
EXPORT bool is_asked_before_five_values_are_freed(void);

bool always_holds(void) { return true; }
bool never_holds(void) { return false; }
bool crashes(void) { abort(); }
bool is_asked_on_main(void) { return pthread_equal(loaded_on, pthread_self()); }
bool is_asked_after_traffic(void) { return begun > 0; }
bool is_asked_before_five_values_are_freed(void) { return made > 5 && made - freed == 5; }

static void init(void) {
  loaded_on = pthread_self();
  slot = SCThreadStorageRegister("asserts", free_value);
  SCThreadRegisterInitCallback(on_thread_init, NULL);
  SCFlowRegisterInitCallback(on_flow_init, NULL);
}

NORMAL_PLUGIN("asserts", init)
