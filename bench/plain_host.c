/* A host for plugins with flow callbacks that uses only POSIX threads, for compare_explore.py:
 * other tools understand all of its waiting. Main loads the plugin and runs thread init
 * callbacks (L5); three workers process the packets of 20 flows, each with the flow locked
 * (L35); a recycler runs finish callbacks (L31). Usage: plain_host PLUGIN.so [INVARIANT]; exit
 * status 1: the plugin's function INVARIANT returned false. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "suricata/flow-callbacks.h"
#include "suricata/suricata-plugin.h"
#include "suricata/thread-callbacks.h"

enum { kWorkers = 3, kFlows = 20, kPackets = 10, kCallbacks = 4 };

/* Plugins get pointers to these, and do not look inside. */
typedef struct {
  pthread_mutex_t lock;
} HostFlow;

static HostFlow flows[kFlows];
static char threads[kWorkers + 1];
static SCThreadInitCallbackFn thread_init[kCallbacks];
static SCFlowInitCallbackFn flow_init[kCallbacks];
static SCFlowUpdateCallbackFn flow_update[kCallbacks];
static SCFlowFinishCallbackFn flow_finish[kCallbacks];

#define ADD(list, fn)                    \
  for (int i = 0; i < kCallbacks; i++) { \
    if ((list)[i] == NULL) {             \
      (list)[i] = (fn);                  \
      return true;                       \
    }                                    \
  }                                      \
  return false

bool SCThreadRegisterInitCallback(SCThreadInitCallbackFn fn, void* user) { ADD(thread_init, fn); }
bool SCFlowRegisterInitCallback(SCFlowInitCallbackFn fn, void* user) { ADD(flow_init, fn); }
bool SCFlowRegisterUpdateCallback(SCFlowUpdateCallbackFn fn, void* user) { ADD(flow_update, fn); }
bool SCFlowRegisterFinishCallback(SCFlowFinishCallbackFn fn, void* user) { ADD(flow_finish, fn); }

/* Flows that have ended, for the recycler; -1: a worker has ended. */
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_filled = PTHREAD_COND_INITIALIZER;
static int queue[kFlows + kWorkers];
static int pushed;

static void Push(int flow) {
  pthread_mutex_lock(&queue_lock);
  queue[pushed++] = flow;
  pthread_cond_signal(&queue_filled);
  pthread_mutex_unlock(&queue_lock);
}

static void* Work(void* thread) {
  const int worker = (int)((char*)thread - threads);
  for (int packet = 0; packet < kPackets; packet++) {
    for (int flow = worker; flow < kFlows; flow += kWorkers) {
      ThreadVars* const tv = (ThreadVars*)thread;
      Flow* const f = (Flow*)&flows[flow];
      pthread_mutex_lock(&flows[flow].lock);
      for (int i = 0; packet == 0 && i < kCallbacks; i++)
        if (flow_init[i] != NULL) flow_init[i](tv, f, NULL, NULL);
      for (int i = 0; i < kCallbacks; i++)
        if (flow_update[i] != NULL) flow_update[i](tv, f, NULL, NULL);
      pthread_mutex_unlock(&flows[flow].lock);
      if (packet + 1 == kPackets) Push(flow);
    }
  }
  Push(-1);
  return NULL;
}

static void* Recycle(void* thread) {
  for (int popped = 0, left = kWorkers; left > 0; popped++) {
    pthread_mutex_lock(&queue_lock);
    while (pushed == popped) pthread_cond_wait(&queue_filled, &queue_lock);
    const int flow = queue[popped];
    pthread_mutex_unlock(&queue_lock);
    if (flow < 0) {
      left--;
      continue;
    }
    pthread_mutex_lock(&flows[flow].lock);
    for (int i = 0; i < kCallbacks; i++)
      if (flow_finish[i] != NULL) flow_finish[i]((ThreadVars*)thread, (Flow*)&flows[flow], NULL);
    pthread_mutex_unlock(&flows[flow].lock);
  }
  return NULL;
}

int main(int argc, char** argv) {
  void* const library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (library == NULL) {
    fprintf(stderr, "plain_host: expected a plugin's file: %s\n",
            argc > 1 ? dlerror() : "none given");
    return 2;
  }
  SCPlugin* (*const entry)(void) = (SCPlugin * (*)(void)) dlsym(library, "SCPluginRegister");
  entry()->Init();
  for (int i = 0; i < kFlows; i++) pthread_mutex_init(&flows[i].lock, NULL);
  pthread_t started[kWorkers + 1];
  for (int thread = 0; thread <= kWorkers; thread++) {
    for (int i = 0; i < kCallbacks; i++)
      if (thread_init[i] != NULL) thread_init[i]((ThreadVars*)&threads[thread], NULL);
    pthread_create(&started[thread], NULL, thread < kWorkers ? Work : Recycle, &threads[thread]);
  }
  for (int thread = 0; thread <= kWorkers; thread++) pthread_join(started[thread], NULL);
  bool (*const holds)(void) = argc > 2 ? (bool (*)(void))dlsym(library, argv[2]) : NULL;
  return holds != NULL && !holds() ? 1 : 0;
}
