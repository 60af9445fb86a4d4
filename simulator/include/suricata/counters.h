/*
 * Statistics counters: each thread has its own, and Suricata adds them up by name.
 *
 * When:    a counter is registered in a thread init callback, or in the ThreadInit of a module or
 *          logger: up to the end of the thread's initialisation (E34). One that is registered later
 *          has no room for a value. Counting: from then on, on that thread.
 * Owner:   the host keeps the pointer to the name, which must stay valid.
 * Threads: registering: the thread that initialises it; counting: the thread itself. No lock.
 * Return:  an id from 1 on, for each thread; the known one for a name that the thread has; 0 for
 *          NULL as a name, or if out of memory. In 9.0 an average takes two ids.
 * Source:  counters.h and counters.c of both versions; facts E32, E34.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<counters.h>)
#include_next <counters.h>
#else
#include <counters.h>
#endif
#endif

#ifndef SURICATA_COUNTERS_H
#define SURICATA_COUNTERS_H

#include <pthread.h>

#include "suricata-common.h"

SURISIM_C_BEGIN

struct ThreadVars_;
struct StatsCounter_;      /* registered counters; opaque */
struct StatsLocalCounter_; /* their values; opaque */

typedef struct StatsPrivateThreadContext_ {
    struct StatsLocalCounter_ *head;
    uint32_t size; /* the highest id that has a value, and one */
    int initialized;
} StatsPrivateThreadContext;

#if SURISIM_API_VERSION == 0x0800

typedef struct StatsPublicThreadContext_ {
    bool sync_now;
    struct StatsCounter_ *head;
    uint16_t curr_id;
    pthread_mutex_t m;
} StatsPublicThreadContext;

uint16_t StatsRegisterCounter(const char *name, struct ThreadVars_ *tv);
uint16_t StatsRegisterAvgCounter(const char *name, struct ThreadVars_ *tv);
uint16_t StatsRegisterMaxCounter(const char *name, struct ThreadVars_ *tv);
/* `function` gives the value whenever statistics are written, on thread CS. In a plugin's Init this
 * ends Suricata: it is too early. */
uint16_t StatsRegisterGlobalCounter(const char *name, uint64_t (*function)(void));

void StatsIncr(struct ThreadVars_ *tv, uint16_t id);
void StatsDecr(struct ThreadVars_ *tv, uint16_t id);
void StatsAddUI64(struct ThreadVars_ *tv, uint16_t id, uint64_t x);
/* Sets a counter, or raises a maximum; an average keeps its value. */
void StatsSetUI64(struct ThreadVars_ *tv, uint16_t id, uint64_t x);
uint64_t StatsGetLocalCounterValue(struct ThreadVars_ *tv, uint16_t id);

/* What the host calls for its threads: gives the registered counters room, -1 if out of memory;
 * shows the values to the thread that writes statistics; frees the counters. */
int StatsSetupPrivate(struct ThreadVars_ *tv);
void StatsSyncCounters(struct ThreadVars_ *tv);
void StatsSyncCountersIfSignalled(struct ThreadVars_ *tv);
void StatsThreadCleanup(struct ThreadVars_ *tv);

#else

typedef struct StatsCounterId {
    uint16_t id;
} StatsCounterId;
typedef struct StatsCounterAvgId {
    uint16_t id;
} StatsCounterAvgId;
typedef struct StatsCounterMaxId {
    uint16_t id;
} StatsCounterMaxId;
typedef struct StatsCounterGlobalId {
    uint16_t id;
} StatsCounterGlobalId;
typedef struct StatsCounterDeriveId {
    uint16_t id;
} StatsCounterDeriveId;

typedef struct StatsPublicThreadContext_ {
    struct StatsCounter_ *head;
    bool sync_now;
    uint16_t curr_id;
    uint16_t derive_id;
    const struct StatsCounter_ **pc_array;
    struct StatsLocalCounter_ *copy_of_private;
    volatile int lock; /* a pthread_spinlock_t, which strict C11 does not have */
} StatsPublicThreadContext;

/* ThreadVars.stats; or a plugin's own, after StatsThreadInit(). */
typedef struct StatsThreadContext_ {
    StatsPublicThreadContext pub;
    StatsPrivateThreadContext priv;
} StatsThreadContext;

StatsCounterId StatsRegisterCounter(const char *name, StatsThreadContext *stats);
StatsCounterAvgId StatsRegisterAvgCounter(const char *name, StatsThreadContext *stats);
StatsCounterMaxId StatsRegisterMaxCounter(const char *name, StatsThreadContext *stats);
/* `function` gives the value whenever statistics are written, on thread CS. In a plugin's Init this
 * ends Suricata: it is too early. */
StatsCounterGlobalId StatsRegisterGlobalCounter(const char *name, uint64_t (*function)(void));
/* The quotient of two counters of the same thread, registered before. Its ids are counted
 * separately. */
StatsCounterDeriveId StatsRegisterDeriveDivCounter(const char *name, const char *dividend,
                                                   const char *divisor, StatsThreadContext *stats);

void StatsCounterIncr(StatsThreadContext *stats, StatsCounterId id);
void StatsCounterDecr(StatsThreadContext *stats, StatsCounterId id);
void StatsCounterAddI64(StatsThreadContext *stats, StatsCounterId id, int64_t x);
void StatsCounterSetI64(StatsThreadContext *stats, StatsCounterId id, int64_t x);
void StatsCounterMaxUpdateI64(StatsThreadContext *stats, StatsCounterMaxId id, int64_t x);
void StatsCounterAvgAddI64(StatsThreadContext *stats, StatsCounterAvgId id, int64_t x);
int64_t StatsCounterGetLocalValue(StatsThreadContext *stats, StatsCounterId id);

/* What the host calls for its threads: forgets counters that it has not freed; gives the registered
 * counters room, -1 if out of memory; shows the values to the thread that writes statistics; frees
 * the counters. `thread_name` is kept. */
void StatsThreadInit(StatsThreadContext *stats);
int StatsSetupPrivate(StatsThreadContext *stats, const char *thread_name);
void StatsSyncCounters(StatsThreadContext *stats);
void StatsSyncCountersIfSignalled(StatsThreadContext *stats);
void StatsThreadCleanup(StatsThreadContext *stats);

#endif

/* Whether statistics are collected: known once the outputs have been set up. */
bool StatsEnabled(void);

SURISIM_C_END

#endif
