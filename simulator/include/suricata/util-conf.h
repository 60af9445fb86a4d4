/*
 * The directory of log files, and the settings of a device.
 *
 * When:    from a plugin's Init on.
 * Owner:   the configuration (conf.h).
 * Threads: any.
 * Source:  util-conf.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-conf.h>)
#include_next <util-conf.h>
#else
#include <util-conf.h>
#endif
#endif

#ifndef SURICATA_UTIL_CONF_H
#define SURICATA_UTIL_CONF_H

#include "conf.h"

SURISIM_C_BEGIN

/* default-log-dir, or else Suricata's default, /usr/local/var/log/suricata/. Never NULL. */
const char *SCConfigGetLogDirectory(void);

/* The item of the list `node` whose `interface` is `iface`. NULL: there is none. */
SCConfNode *ConfFindDeviceConfig(SCConfNode *node, const char *iface);

SURISIM_C_END

#endif
