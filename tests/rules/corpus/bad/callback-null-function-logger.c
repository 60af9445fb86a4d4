/* A flow logger without a log function. */
#include "twin.h"

static void OnLoggingReady(void* arg) {
  SCOutputRegisterFlowLogger("nothing", NULL, NULL, NULL, NULL);
}

static void Init(void) { SCRegisterOnLoggingReady(OnLoggingReady, NULL); }

TWIN_PLUGIN("null-logger", Init)
