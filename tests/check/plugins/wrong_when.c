/*
 * Correct in a plain run; wrong in one way that only other modes, versions, threads, … show. The
 * definition says which.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "conf.h"
#include "flow-callbacks.h"
#include "flow.h"
#include "output-eve.h"
#include "suricata-plugin.h"
#include "thread-callbacks.h"
#include "threadvars.h"

/* A function that 9.0 does not have. */
__attribute__((weak)) int ThreadStorageRegister(const char* name, unsigned int size, void* alloc,
                                                void* free);
__attribute__((weak)) int SCThreadStorageRegister(const char* name, void (*Free)(void*));

static void Wrong(void) { abort(); }

/* Never returns; or, for a test that must know, opens one file, and returns when the other\n * is
 * opened. */
static void Hang(void) {
  const char* file = getenv("SURISIM_TEST_HANGS");
  const char* release = getenv("SURISIM_TEST_RELEASE");
  if (file != NULL && release != NULL) {
    close(open(file, O_WRONLY));
    close(open(release, O_RDONLY));
    return;
  }
  for (volatile int go = 1; go;) {
  }
}

#ifdef WAITS_UNSEEN
static int ends[2];

static void* Answer(void* unused) {
  (void)unused;
  if (write(ends[1], "x", 1) != 1) abort();
  return NULL;
}

/* Waits for another thread through a file, which surisim does not control. */
static void AskAnother(void) {
  pthread_t thread;
  char answer;
  if (pipe(ends) != 0 || pthread_create(&thread, NULL, Answer, NULL) != 0) return;
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(ends[0], &readable);
  if (select(ends[0] + 1, &readable, NULL, NULL, NULL) != 1) abort();
  if (read(ends[0], &answer, 1) != 1) abort();
  pthread_join(thread, NULL);
  close(ends[0]);
  close(ends[1]);
}
#endif

static void OnThreadInit(ThreadVars* tv, void* user) {
  (void)tv;
  (void)user;
#ifdef WRONG_IN_AUTOFP
  if (strncmp(tv->name, "RX", 2) == 0) Wrong();
#endif
#ifdef WRONG_IN_8_0
  if (ThreadStorageRegister != NULL) Wrong();
#endif
#ifdef WRONG_WITHOUT_A_FUNCTION_OF_9_0
  if (SCThreadStorageRegister == NULL) Wrong();
#endif
#ifdef WRONG_WITH_MANY_THREADS
  if (strncmp(tv->name, "W#16", 4) == 0) Wrong();
#endif
#ifdef WRONG_IN_THE_SECOND_LIFECYCLE
  static unsigned lifecycles; /* begun */
  if (strncmp(tv->name, "FM#01", 5) == 0 && ++lifecycles > 1) Wrong();
#endif
#ifdef WRONG_WITHOUT_CONFIGURATION
  const char* value = NULL;
  if (SCConfGet("wrong-when.name", &value) != 1) Wrong();
#endif
#ifdef HANGS_IN_AUTOFP
  if (strncmp(tv->name, "RX", 2) == 0) Hang();
#endif
#ifdef WAITS_UNSEEN
  if (strncmp(tv->name, "W#01", 4) == 0) AskAnother();
#endif
#ifdef HANGS
  if (strncmp(tv->name, "W#01", 4) == 0) Hang();
#endif
}

#ifdef WRONG_AS_A_FILE_TYPE
static int StartType(const SCConfNode* conf, const bool threaded, void** data) {
  (void)conf;
  (void)threaded;
#ifdef RIGHT_AS_A_FILE_TYPE
  *data = malloc(1);
  return *data == NULL ? -1 : 0;
#else
  *data = NULL;
  return 0;
#endif
}

static int Write(const char* buffer, const int length, const void* data, void* thread_data) {
  (void)buffer;
  (void)length;
  (void)data;
  (void)thread_data;
#ifndef RIGHT_AS_A_FILE_TYPE
  Wrong();
#endif
  return 0;
}

static void EndType(void* data) { free(data); }

static SCEveFileType type = {.name = "wrong", .Init = StartType, .Write = Write, .Deinit = EndType};
#endif

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)tv;
  (void)p;
  (void)user;
#ifdef WRONG_WITH_ANOTHER_SEED
  if (f->sp == WRONG_WITH_ANOTHER_SEED) Wrong();
#endif
  (void)f;
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  (void)tv;
  (void)user;
#ifdef WRONG_WITHOUT_TCP
  static int tcp;
  static int flows;
  if (f->proto == IPPROTO_TCP) __atomic_store_n(&tcp, 1, __ATOMIC_RELAXED);
  const int n = __atomic_add_fetch(&flows, 1, __ATOMIC_RELAXED);
  if (n == 100 && __atomic_load_n(&tcp, __ATOMIC_RELAXED) == 0) Wrong();
#endif
#ifdef WRONG_WITH_LONG_FLOWS
  if (f->todstpktcnt + f->tosrcpktcnt > WRONG_WITH_LONG_FLOWS) Wrong();
#endif
  (void)f;
}

static void Init(void) {
#ifdef WRONG_AS_A_FILE_TYPE
  SCRegisterEveFileType(&type);
#endif
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {.version = 0x0900,
                            .suricata_version = "9.0.0-dev",
                            .name = "wrong-when",
                            .plugin_version = "1.0.0",
                            .license = "MIT",
                            .author = "the surisim authors",
                            .Init = Init};
#ifdef SURISIM_BOTH_VERSIONS
  if (SCThreadStorageRegister == NULL) {
    plugin.version = 0x0800;
    plugin.suricata_version = "8.0.6";
  }
#endif
  return &plugin;
}
