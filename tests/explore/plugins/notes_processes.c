/* Appends the process's number to the file named by the setting "explored.file" in each Init. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "plugin.h"

#ifdef GROWS
#define BYTES (1 << 20)
static void* volatile never_freed;
#endif

#ifdef CRASHES
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int busy;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (busy) abort();
  busy = 1;
  pthread_mutex_lock(&lock); /* where another thread may run */
  pthread_mutex_unlock(&lock);
  busy = 0;
}
#endif

static void Init(void) {
  const char* file = NULL;
  char number[32];
  if (SCConfGet("explored.file", &file) == 1) {
    const int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int length = snprintf(number, sizeof number, "%d\n", (int)getpid());
    if (fd < 0 || write(fd, number, (size_t)length) != length) abort();
    close(fd);
  }
#ifdef GROWS
  never_freed = malloc(BYTES);
  memset((void*)never_freed, 1, BYTES);
#endif
#ifdef CRASHES
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
#endif
}

PLUGIN(Init)
