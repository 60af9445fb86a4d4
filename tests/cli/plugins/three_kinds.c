/* Imports functions of all three kinds: modelled, accepted, and one that it never calls. */
#include "detect-engine-helper.h"
#include "detect-parse.h"
#include "plugin.h"

static int keyword = -1;

static int setup(DetectEngineCtx* de_ctx, Signature* s, const char* option) {
  (void)option;
  return SCSigMatchAppendSMToList(de_ctx, s, (uint16_t)keyword, NULL, DETECT_SM_LIST_MATCH) == NULL;
}

static void on_thread_init(ThreadVars* tv, void* user) {
  (void)tv;
  SCFree(SCCalloc(1, *(const size_t*)user));
}

static void init(void) {
  static size_t size = 16;
  keyword = SCDetectHelperNewKeywordId();
  sigmatch_table[keyword].name = "three-kinds";
  sigmatch_table[keyword].Setup = setup;
  SCThreadRegisterInitCallback(on_thread_init, &size);
}

NORMAL_PLUGIN("three_kinds", init)
