/*
 * Per-flow storage: one pointer per registered slot and Flow.
 *
 * When:    register in the plugin's Init (L2); get and set inside flow callbacks.
 * Owner:   the host, from set until Free. Free is the only reliable end of a flow's value: the
 *          finish callback is not guaranteed (L32).
 * Threads: Free runs where the flow ends: on a recycler, on a worker, or on main (L31 to L34).
 * Source:  flow-storage.c. Suricata's own slots come first: a plugin's ids start at 1 or more
 *          (L19). Facts L30 to L35, E8 to E20.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<flow-storage.h>)
#include_next <flow-storage.h>
#else
#include <flow-storage.h>
#endif
#endif

#ifndef SURICATA_FLOW_STORAGE_H
#define SURICATA_FLOW_STORAGE_H

#include "flow.h"

SURISIM_C_BEGIN

#if SURISIM_API_VERSION == 0x0800

typedef struct FlowStorageId {
    int id; /* -1: the registration was refused (E9) */
} FlowStorageId;

unsigned int FlowStorageSize(void);
/* As ThreadStorageRegister. [main] before finalize */
FlowStorageId FlowStorageRegister(const char *name, const unsigned int size,
                                  void *(*Alloc)(unsigned int), void (*Free)(void *));
void *FlowGetStorageById(const Flow *f, FlowStorageId id);
int FlowSetStorageById(Flow *f, FlowStorageId id, void *ptr);
/* As ThreadAllocStorageById, inside flow callbacks. */
void *FlowAllocStorageById(Flow *f, FlowStorageId id);
void FlowFreeStorageById(Flow *f, FlowStorageId id);
void FlowFreeStorage(Flow *f);

#else

typedef struct SCFlowStorageId {
    int id; /* -1: the registration was refused (L16) */
} SCFlowStorageId;

unsigned int SCFlowStorageSize(void);
SCFlowStorageId SCFlowStorageRegister(const char *name, void (*Free)(void *));
void *SCFlowGetStorageById(const Flow *f, SCFlowStorageId id);
int SCFlowSetStorageById(Flow *f, SCFlowStorageId id, void *ptr);
void SCFlowFreeStorageById(Flow *f, SCFlowStorageId id);
void SCFlowFreeStorage(Flow *f);

#endif

SURISIM_C_END

#endif
