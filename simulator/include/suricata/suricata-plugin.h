/*
 * What a plugin exports: one function, SCPluginRegister, that returns one SCPlugin.
 *
 * When:    SCPluginRegister runs right after dlopen, Init right after that (L1, L38).
 * Owner:   the plugin owns the SCPlugin and its strings; they live as long as the process.
 * Threads: main.
 * Source:  suricata-plugin.h, util-plugin.c, facts L38 to L40.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<suricata-plugin.h>)
#include_next <suricata-plugin.h>
#else
#include <suricata-plugin.h>
#endif
#endif

#ifndef SURICATA_SURICATA_PLUGIN_H
#define SURICATA_SURICATA_PLUGIN_H

#include "queue.h"
#include "suricata-common.h"

SURISIM_C_BEGIN

/* Major and minor version; plugins for another version are refused (L39). */
static const uint64_t SC_API_VERSION = SURISIM_API_VERSION;
#if SURISIM_API_VERSION == 0x0800
#define SC_PACKAGE_VERSION "8.0.6"
#else
#define SC_PACKAGE_VERSION "9.0.0-dev"
#endif

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

/* Bytes of a packet that belong to a capture plugin. */
#define PLUGIN_VAR_SIZE 64

/* A source of packets. If the run asks for it by `name`, Init is called on main once all plugins
 * are loaded: it registers run modes in `plugin_slot`, and fills in the modules of tmm_modules with
 * the other two numbers. `args`: of the run; NULL if it has none. The name of the mode to run comes
 * from the configuration ("runmode") or from GetDefaultMode. Suricata never calls the other two. */
typedef struct SCCapturePlugin_ {
    char *name;
    void (*Init)(const char *args, int plugin_slot, int receive_slot, int decode_slot);
    int (*ThreadInit)(void *ctx, int thread_id, void **thread_ctx);
    int (*ThreadDeinit)(void *ctx, void *thread_ctx);
    const char *(*GetDefaultMode)(void);
    TAILQ_ENTRY(SCCapturePlugin_) entries; /* the host's */
} SCCapturePlugin;

/* Returns 0. The struct and its name are the plugin's, and must stay as they are. [main] in Init */
int SCPluginRegisterCapture(SCCapturePlugin *);
/* NULL: there is none. [main] */
SCCapturePlugin *SCPluginFindCaptureByName(const char *name);

/* An application-layer protocol. It gets the next free number; Register and KeywordsRegister, which
 * may be NULL, run once on main, after all plugins are loaded and before storage is finalized (L2).
 * What they register is listed; parsers, keywords and Logger never run. */
typedef struct SCAppLayerPlugin_ {
    const char *name;
    void (*Register)(void);
    void (*KeywordsRegister)(void);
    const char *logname;
    const char *confname;
    uint8_t dir;
    bool (*Logger)(const void *tx, void *jb);
} SCAppLayerPlugin;

/* Returns 0, or 1 if out of memory. [main] in Init */
int SCPluginRegisterAppLayer(SCAppLayerPlugin *);

SURISIM_C_END

#endif
