/*
 * The thread init callback, the only thread callback (L29: there is none for deinit).
 *
 * When:    runs as the last step of thread creation, before the OS thread exists (L5), once for
 *          every ThreadVars of every kind (L8).
 * Owner:   the host keeps `fn` and `user` as long as the process; there is no unregister.
 * Threads: runs on the creating thread: main, or `US` in unix-socket mode (L5).
 * Source:  thread-callbacks.c, facts L5 to L8.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<thread-callbacks.h>)
#include_next <thread-callbacks.h>
#else
#include <thread-callbacks.h>
#endif
#endif

#ifndef SURICATA_THREAD_CALLBACKS_H
#define SURICATA_THREAD_CALLBACKS_H

#include "threadvars.h"

SURISIM_C_BEGIN

typedef void (*SCThreadInitCallbackFn)(ThreadVars *tv, void *user);

/* Appends to the list; accepted at any time, no check for NULL or duplicates (L8). Returns false
 * only if out of memory. [main] */
bool SCThreadRegisterInitCallback(SCThreadInitCallbackFn fn, void *user);
/* Runs the whole list in registration order. Called by the host. */
void SCThreadRunInitCallbacks(ThreadVars *tv);

SURISIM_C_END

#endif
