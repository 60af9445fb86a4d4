/* Crashes in SCPluginRegister. */
#include "plugin.h"

EXPORT SCPlugin* SCPluginRegister(void) { abort(); }
