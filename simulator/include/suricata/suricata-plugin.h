/*
 * What a plugin exports: one function, SCPluginRegister, that returns one SCPlugin.
 *
 * When:    SCPluginRegister runs right after dlopen, Init right after that (L1, L38).
 * Owner:   the plugin owns the SCPlugin and its strings; they live as long as the process.
 * Threads: main.
 * Source:  suricata-plugin.h, util-plugin.c, facts L38 to L40.
 */
#ifndef SURICATA_SURICATA_PLUGIN_H
#define SURICATA_SURICATA_PLUGIN_H

#include "suricata-common.h"

SURISIM_C_BEGIN

/* Major and minor version; a plugin built for another one is refused (L39). */
static const uint64_t SC_API_VERSION = 0x0900;
#define SC_PACKAGE_VERSION "9.0.0-dev"

typedef struct SCPlugin_ {
    uint64_t version; /* SC_API_VERSION */
    const char *suricata_version;
    const char *name;           /* not NULL */
    const char *plugin_version; /* may be NULL */
    const char *license;        /* not NULL */
    const char *author;         /* not NULL */
    void (*Init)(void);         /* not NULL */
} SCPlugin;

typedef SCPlugin *(*SCPluginRegisterFunc)(void);

SURISIM_C_END

#endif
