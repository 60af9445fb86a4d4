/*
 * Run modes of live captures that have the usual threads, made from a capture plugin's modules.
 *
 * When:    in the function of a run mode.
 * Owner:   what `ConfigParser` returns is the plugin's: each thread's ThreadInit gets it.
 * Threads: [main]
 * Source:  util-runmodes.h, util-runmodes.c; facts L9 to L11.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<util-runmodes.h>)
#include_next <util-runmodes.h>
#else
#include <util-runmodes.h>
#endif
#endif

#ifndef SURICATA_UTIL_RUNMODES_H
#define SURICATA_UTIL_RUNMODES_H

#include "surisim_common.h"

SURISIM_C_BEGIN

/* The configuration of a device. NULL: there is none, which ends the engine. */
typedef void *(*ConfigIfaceParserFunc)(const char *iface);
/* How many threads receive from the device. Not asked in run mode single. */
#if SURISIM_API_VERSION == 0x0800
typedef int (*ConfigIfaceThreadsCountFunc)(void *config);
#else
typedef uint16_t (*ConfigIfaceThreadsCountFunc)(void *config);
#endif

/* `thread_name`: "W" or "RX"; `live_dev`: the only device, or NULL for those that are registered.
 * With several registered devices it is ignored; Workers makes no threads if there is none.
 * Returns 0. */
int RunModeSetLiveCaptureAutoFp(ConfigIfaceParserFunc ConfigParser,
                                ConfigIfaceThreadsCountFunc ModThreadsCount,
                                const char *recv_mod_name, const char *decode_mod_name,
                                const char *thread_name, const char *live_dev);
int RunModeSetLiveCaptureSingle(ConfigIfaceParserFunc ConfigParser,
                                ConfigIfaceThreadsCountFunc ModThreadsCount,
                                const char *recv_mod_name, const char *decode_mod_name,
                                const char *thread_name, const char *live_dev);
int RunModeSetLiveCaptureWorkers(ConfigIfaceParserFunc ConfigParser,
                                 ConfigIfaceThreadsCountFunc ModThreadsCount,
                                 const char *recv_mod_name, const char *decode_mod_name,
                                 const char *thread_name, const char *live_dev);

SURISIM_C_END

#endif
