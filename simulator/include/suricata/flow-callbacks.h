/*
 * Flow callbacks: init and update on the worker that handles the packet, finish where the flow
 * ends.
 *
 * When:    init then update for a flow's first packet, update for every later one (L30); finish on
 *          a recycler or on a worker that takes the flow under memory pressure, or never (L31,
 *          L32).
 * Owner:   the host keeps `fn` and `user` as long as the process; there is no unregister.
 * Threads: `tv` is the thread the callback runs on, never NULL (L35): finish's tv is not init's.
 * Source:  flow-callbacks.c, facts L30 to L37.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<flow-callbacks.h>)
#include_next <flow-callbacks.h>
#else
#include <flow-callbacks.h>
#endif
#endif

#ifndef SURICATA_FLOW_CALLBACKS_H
#define SURICATA_FLOW_CALLBACKS_H

#include "decode.h"
#include "flow.h"

SURISIM_C_BEGIN

typedef void (*SCFlowInitCallbackFn)(ThreadVars *tv, Flow *f, const Packet *p, void *user);
typedef void (*SCFlowUpdateCallbackFn)(ThreadVars *tv, Flow *f, Packet *p, void *user);
typedef void (*SCFlowFinishCallbackFn)(ThreadVars *tv, Flow *f, void *user);

/* Each appends to its list and returns false only if out of memory. [main] */
bool SCFlowRegisterInitCallback(SCFlowInitCallbackFn fn, void *user);
bool SCFlowRegisterUpdateCallback(SCFlowUpdateCallbackFn fn, void *user);
bool SCFlowRegisterFinishCallback(SCFlowFinishCallbackFn fn, void *user);

/* Each runs its list in registration order. Called by the host. */
void SCFlowRunInitCallbacks(ThreadVars *tv, Flow *f, const Packet *p);
void SCFlowRunUpdateCallbacks(ThreadVars *tv, Flow *f, Packet *p);
void SCFlowRunFinishCallbacks(ThreadVars *tv, Flow *f);

SURISIM_C_END

#endif
