/* Leaves something behind in its process that is not in its variables; a macro says what. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "plugin.h"

static volatile int variable = 1;
static void* volatile block;
static pthread_key_t key;

#ifdef CONSTRUCTOR_ALLOCATES
__attribute__((constructor)) static void Construct(void) { block = malloc(16); }
#endif
#ifdef CONSTRUCTOR_REGISTERS
static void Nothing(ThreadVars* tv, Flow* f, const Packet* p, void* user) {}
__attribute__((constructor)) static void Construct(void) {
  SCFlowRegisterInitCallback(Nothing, NULL);
}
#endif
#ifdef CONSTRUCTOR_CALLS
__attribute__((constructor)) static void Construct(void) {
  const char* value = NULL;
  variable = SCConfGet("explored", &value);
}
#endif
#ifdef CONSTRUCTOR_STARTS
static void* Run(void* unused) { return unused; }
__attribute__((constructor)) static void Construct(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, Run, NULL);
  pthread_join(thread, NULL);
}
#endif
#ifdef CONSTRUCTOR_SETS
__attribute__((constructor)) static void Construct(void) { variable = 2; }
#endif
#ifdef DESTRUCTOR
__attribute__((destructor)) static void Destruct(void) { variable = 3; }
#endif

static void Init(void) {
#ifdef CONSTRUCTOR_SETS
  if (variable++ != 2) abort();
#endif
#ifdef ENVIRONMENT
  setenv("EXPLORED", "1", 1);
#endif
#ifdef HANDLER
  signal(SIGUSR1, SIG_IGN);
#endif
#ifdef DIRECTORY
  if (chdir("/") != 0) abort();
#endif
#ifdef DESCRIPTOR
  if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) abort();
#endif
#ifdef KEY
  pthread_key_create(&key, NULL);
#endif
#ifdef AT_EXIT
  atexit(Init);
#endif
#ifdef LIBRARY
  block = dlopen("libz.so.1", RTLD_NOW);
#endif
#ifdef NUMBERS
  variable = rand();
#endif
}

PLUGIN(Init)
