/* SCPluginRegister returns NULL. */
#include "plugin.h"

EXPORT SCPlugin* SCPluginRegister(void) { return NULL; }
