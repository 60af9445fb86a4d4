/* Logs a message of each level in Init. Built with DEBUG, so that SCLogDebug has an effect. */
#include "plugin.h"

static void init(void) {
  SCLogError("an error");
  SCLogWarning("a warning");
  SCLogNotice("a notice");
  SCLogInfo("an info");
  SCLogPerf("a perf");
  SCLogConfig("a config");
  SCLogDebug("a debug, enabled %d", SCLogDebugEnabled());
}

NORMAL_PLUGIN("logs", init)
