/* What these plugins share. Init runs each case of CASES twice, on two threads that it starts:
 * once right, when something orders their accesses to NAME_right, and once wrong, when nothing
 * orders their accesses to NAME_wrong. NAME_right_a is the first thread's part, NAME_right_b the
 * second's. */
#ifndef EDGES_H
#define EDGES_H

#include <pthread.h>
#include <stddef.h>

#include "suricata-plugin.h"

#ifdef __cplusplus
#define SHOWN extern "C"
#else
#define SHOWN
#endif

SHOWN SCPlugin* SCPluginRegister(void);

#define DOES(name) static void* name(void* unused)
#ifdef __cplusplus
typedef long Counter;
#else
typedef volatile long Counter; /* each update is a separate instruction */
#endif
#define DECLARED(name) SHOWN Counter name##_right, name##_wrong;
#define DEFINED(name) Counter name##_right, name##_wrong;

static inline void start(pthread_t* thread, void* (*body)(void*)) {
  pthread_create(thread, NULL, body, NULL);
}
static inline void both(void* (*a)(void*), void* (*b)(void*)) {
  pthread_t first, second;
  start(&first, a);
  start(&second, b);
  pthread_join(first, NULL);
  pthread_join(second, NULL);
}
#define RUN(name)                       \
  both(name##_right_a, name##_right_b); \
  both(name##_wrong_a, name##_wrong_b);

#define EDGES(name, prepare)                                                      \
  static void Init(void) {                                                        \
    prepare();                                                                    \
    CASES(RUN)                                                                    \
  }                                                                               \
  static SCPlugin plugin = {SC_API_VERSION, SC_PACKAGE_VERSION,    name, "1.0.0", \
                            "MIT",          "the surisim authors", Init};         \
  SCPlugin* SCPluginRegister(void) { return &plugin; }

#endif
