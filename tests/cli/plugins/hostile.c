/* In one flow update, does what the setting hostile.how says to the processes around it, or to
 * file descriptors that it does not own. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conf.h"
#include "plugin.h"

static char how[64] = "";
static atomic_int updates;

__attribute__((noreturn)) static int sleep_for_ever(void* unused) {
  (void)unused;
  for (;;) syscall(SYS_pause);
}

static pid_t parent_of(pid_t pid) {
  char path[64];
  int parent = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE* const file = fopen(path, "r");
  if (file == NULL || fscanf(file, "%*d %*s %*c %d", &parent) != 1) abort();
  fclose(file);
  return parent;
}

static void clone_process(int flags) {
  static char stack[1 << 16];
  clone(sleep_for_ever, stack + sizeof stack, CLONE_VM | flags, NULL);
}

static void start_daemon(void) {
  if (fork() != 0) return;
  setsid();
  if (fork() == 0) sleep_for_ever(NULL);
  _exit(0);
}

static void write_everywhere(void) {
  char text[4096];
  memset(text, 'X', sizeof text);
  for (int fd = 3; fd < 1024; ++fd) {
    if (write(fd, text, sizeof text) < 0) continue;
    pwrite(fd, text, sizeof text, 0);
    ftruncate(fd, 1);
  }
}

static void do_it(void) {
  const pid_t parent = getppid();
  if (strcmp(how, "kill-parent") == 0) kill(parent, SIGKILL);
  if (strcmp(how, "terminate-parent") == 0) kill(parent, SIGTERM);
  if (strcmp(how, "interrupt-parent") == 0) kill(parent, SIGINT);
  if (strcmp(how, "stop-parent") == 0) kill(parent, SIGSTOP);
  if (strcmp(how, "terminate-command") == 0) kill(parent_of(parent), SIGTERM);
  if (strcmp(how, "stop-self") == 0) raise(SIGSTOP);
  if (strcmp(how, "stop-group") == 0) kill(0, SIGSTOP);
  if (strcmp(how, "trace-me") == 0) ptrace(PTRACE_TRACEME, 0, NULL, NULL);
  if (strcmp(how, "trace-parent") == 0) {
    if (ptrace(PTRACE_ATTACH, parent, NULL, NULL) != 0) kill(parent, SIGSTOP);
    sleep_for_ever(NULL);
  }
  if (strcmp(how, "vfork") == 0 && vfork() == 0) sleep_for_ever(NULL);
  if (strcmp(how, "clone") == 0) clone_process(0);
  if (strcmp(how, "clone-sibling") == 0) clone_process(CLONE_PARENT);
  if (strcmp(how, "daemon") == 0) start_daemon();
  if (strcmp(how, "write-everywhere") == 0) write_everywhere();
}

static void on_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)tv;
  (void)f;
  (void)p;
  (void)user;
  const int n = atomic_fetch_add(&updates, 1);
  if (strcmp(how, "write-everywhere") == 0 ? n % 512 == 0 : n == 100) do_it();
}

static void init(void) {
  const char* text = NULL;
  if (SCConfGet("hostile.how", &text) == 1) strncpy(how, text, sizeof how - 1);
  SCFlowRegisterUpdateCallback(on_update, NULL);
}

NORMAL_PLUGIN("hostile", init)
