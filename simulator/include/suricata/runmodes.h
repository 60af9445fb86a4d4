/*
 * Run modes, which make the packet threads, and the host's names of threads: "W#01" is "W" and a
 * number.
 *
 * Source:  runmodes.h, runmodes.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<runmodes.h>)
#include_next <runmodes.h>
#else
#include <runmodes.h>
#endif
#endif

#ifndef SURICATA_RUNMODES_H
#define SURICATA_RUNMODES_H

#include "suricata-common.h"

SURISIM_C_BEGIN

extern const char *thread_name_autofp;
extern const char *thread_name_single;
extern const char *thread_name_workers;
extern const char *thread_name_verdict;
extern const char *thread_name_flow_mgr;
extern const char *thread_name_flow_bypass;
extern const char *thread_name_flow_rec;
extern const char *thread_name_unix_socket;
extern const char *thread_name_detect_loader;
extern const char *thread_name_counter_stats;
extern const char *thread_name_counter_wakeup;
extern const char *thread_name_heartbeat;

enum SCRunModes { RUNMODE_UNKNOWN = 0, RUNMODE_PLUGIN = 16 };

/* A way to run a capture: `RunModeFunc` makes its packet threads, on [main], when the engine starts
 * with this mode. The same name twice ends the engine. `runmode`: the plugin_slot that the capture
 * plugin's Init has got. [main] in that Init */
void RunModeRegisterNewRunMode(enum SCRunModes runmode, const char *name, const char *description,
                               int (*RunModeFunc)(void), int (*RunModeIsIPSEnabled)(void));
/* The name of the mode that runs; NULL: none yet. */
char *RunmodeGetActive(void);

SURISIM_C_END

#endif
