/*
 * The engine's stage.
 *
 * When:    at any time.
 * Threads: any.
 * Source:  suricata.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<suricata.h>)
#include_next <suricata.h>
#else
#include <suricata.h>
#endif
#endif

#ifndef SURICATA_SURICATA_H
#define SURICATA_SURICATA_H

#include "suricata-common.h"

SURISIM_C_BEGIN

/* suricata_ctl_flags */
#define SURICATA_STOP (1 << 0) /* the engine shuts down */
#define SURICATA_DONE (1 << 2)

extern volatile uint8_t suricata_ctl_flags;

/* Sets SURICATA_STOP: the engine shuts down in order, as at SIGTERM. [any thread] */
void EngineStop(void);
/* Sets SURICATA_DONE: in unix-socket mode the current task is done. [any thread] */
void EngineDone(void);

/* Whether packets are only looked at, or may be dropped. They are only looked at here: the first
 * returns 1, the others 0. Once plugins are loaded. */
int EngineModeIsIDS(void);
int EngineModeIsIPS(void);
bool EngineModeIsFirewall(void);

/* The stages. */
enum { SURICATA_INIT = 0, SURICATA_RUNTIME, SURICATA_DEINIT };

SURISIM_C_END

#endif
