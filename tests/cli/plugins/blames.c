/* Makes the mistake that the setting blames.how names, in a flow init callback or below it. */
#include "conf.h"
#include "plugin.h"

#include <limits.h>
#include <string.h>

size_t used_length(const char* text);

static const char* volatile nothing;
static volatile size_t length;

static void helper(void) { length += used_length(nothing); }

static void in_c_library(void) { length += strlen(nothing); }

static void in_host(void) {
  const char* value = NULL;
  length += (size_t)SCConfGet(nothing, &value);
}

static void after_host(void) {
  int value = 0;
  (void)SCConfGetBool("blames.none", &value);
  length += (size_t)*nothing;
}

static void breaks_a_rule(Flow* f) {
  static SCFlowStorageId none = {.id = 99};
  SCFlowSetStorageById(f, none, NULL);
  ++length;
}

static void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  const char* how = "";
  (void)tv;
  (void)f;
  (void)p;
  (void)user;
  SCConfGet("blames.how", &how);
  if (strcmp(how, "library") == 0) helper();
  if (strcmp(how, "libc") == 0) in_c_library();
  if (strcmp(how, "host") == 0) in_host();
  if (strcmp(how, "after-host") == 0) after_host();
  if (strcmp(how, "rule") == 0) breaks_a_rule(f);
  ++length;
}

static void init(void) { SCFlowRegisterInitCallback(on_flow_init, NULL); }

NORMAL_PLUGIN("blames", init)
