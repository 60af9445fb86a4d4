/* "If there is nothing to do, I return NULL." */
#include "suricata-plugin.h"

SCPlugin* SCPluginRegister(void);

SCPlugin* SCPluginRegister(void) { return NULL; }
