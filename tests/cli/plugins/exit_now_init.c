/* Ends the process with _exit() in Init, and with a status that looks like success. */
#include "plugin.h"

#include <unistd.h>

static void init(void) { _exit(0); }

NORMAL_PLUGIN("exit_now_init", init)
