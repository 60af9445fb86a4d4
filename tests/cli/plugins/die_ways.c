/* The ways to end the process in C. */
#include "die.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int zero;
static int* volatile nothing;

static void segv(void) { *nothing = 1; }
static void fpe(void) { zero = 7 / zero; }
static void ill(void) { __builtin_trap(); }
static void trap(void) { __asm__ volatile("int3"); }

/* Accesses a page after the end of its file. */
static void bus(void) {
  const int fd = memfd_create("empty", 0);
  volatile char* const page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  page[0] = 1;
}

static void call_at(uintptr_t address) {
  void (*volatile function)(void) = (void (*)(void))address;
  function();
}
static void null_call(void) { call_at(0); }
static void wild_jump(void) { call_at((uintptr_t)0x123456789000); }
static void wild_address(void) { *(volatile int*)0xdeadbeefdeadbeef = 1; }

static int overflow(volatile char* above) {
  volatile char frame[1024];
  frame[0] = above == NULL ? 0 : above[0];
  return frame[0] + overflow(frame) + frame[1];
}
static void stack_overflow(void) { zero = overflow(NULL); }

static void* on_own_thread(void* how) {
  die(how);
  return NULL;
}
static void own_thread(const char* how) {
  pthread_t thread;
  pthread_create(&thread, NULL, on_own_thread, (void*)how);
  pthread_join(thread, NULL);
}

static void spin(void) {
  for (;;) zero = 0;
}

static void deadlock(void) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  pthread_mutex_lock(&mutex);
}

/* Retries if malloc returns NULL. */
static void grow(void) {
  for (;;) {
    char* const block = malloc(1 << 20);
    if (block != NULL) memset(block, 1, 1 << 20);
  }
}

static void say_pid(const char* what) {
  fprintf(stderr, "%s in process %d\n", what, (int)getpid());
  fflush(stderr);
}

static void stay(const char* what) {
  say_pid(what);
  for (;;) pause();
}

/* Forks a child that keeps running, in the same session. */
static void fork_and_stay(void) {
  if (fork() == 0) stay("forked");
}

/* Forks like a daemon: without a parent, in its own session, with signals blocked. */
static void daemonise(void) {
  if (fork() != 0) return;
  setsid();
  if (fork() != 0) _exit(0);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  stay("daemon");
}

/* Forks a child that ends in ways that would be reported for its parent. */
static void fork_and_crash(void) {
  if (fork() == 0) segv();
}
static void fork_and_exit(void) {
  if (fork() == 0) exit(9);
}

static void ignore_signal(int number) { (void)number; }
static void exit_on_signal(int number) {
  (void)number;
  _exit(0);
}

static void block_and_crash(void) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  segv();
}

static void own_handler_returns(void) {
  signal(SIGSEGV, ignore_signal);
  segv();
}
static void own_handler_exits(void) {
  signal(SIGSEGV, exit_on_signal);
  segv();
}
static void own_abort_handler(void) {
  signal(SIGABRT, ignore_signal);
  abort();
}
static void deaf_and_spin(void) {
  for (int number = 1; number < 32; ++number) signal(number, SIG_IGN);
  setpgid(0, getpgid(getppid())); /* where a kill of the group does not reach it */
  spin();
}

static void alarm_clock(void) {
  ualarm(1000, 0);
  for (;;) pause();
}

static void cancel(void) {
  pthread_cancel(pthread_self());
  pthread_testcancel();
}

static void close_all(void) { syscall(SYS_close_range, 3U, ~0U, 0U); }
static void close_all_and_crash(void) {
  syscall(SYS_close_range, 0U, ~0U, 0U);
  segv();
}
static void daemon_of_libc(void) {
  if (daemon(1, 1) == 0) stay("daemon");
}

static void exit_now(void) { exit(7); }
static void exit_at_once(void) { _exit(7); }
static void exit_of_c99(void) { _Exit(7); }
static void exit_quickly(void) { quick_exit(7); }
static void exit_group(void) { syscall(SYS_exit_group, 7); }
static void exit_with_error(void) { errx(7, "no way"); }
static void exit_thread(void) { pthread_exit(NULL); }
static void raise_usr1(void) { raise(SIGUSR1); }
static void raise_term(void) { raise(SIGTERM); }

static const struct {
  const char* how;
  void (*die)(void);
} ways[] = {
    {"segv", segv},
    {"bus", bus},
    {"fpe", fpe},
    {"ill", ill},
    {"trap", trap},
    {"null-call", null_call},
    {"wild-jump", wild_jump},
    {"wild-address", wild_address},
    {"abort", abort},
    {"exit", exit_now},
    {"_exit", exit_at_once},
    {"_Exit", exit_of_c99},
    {"quick_exit", exit_quickly},
    {"exit_group", exit_group},
    {"errx", exit_with_error},
    {"overflow", stack_overflow},
    {"spin", spin},
    {"deadlock", deadlock},
    {"grow", grow},
    {"fork", fork_and_stay},
    {"daemonise", daemonise},
    {"daemon", daemon_of_libc},
    {"fork-crash", fork_and_crash},
    {"fork-exit", fork_and_exit},
    {"block-crash", block_and_crash},
    {"handler-returns", own_handler_returns},
    {"handler-exits", own_handler_exits},
    {"abort-handler", own_abort_handler},
    {"deaf", deaf_and_spin},
    {"alarm", alarm_clock},
    {"usr1", raise_usr1},
    {"pthread_exit", exit_thread},
    {"pthread_cancel", cancel},
    {"close-all", close_all},
    {"close-crash", close_all_and_crash},
    {"term", raise_term},
};

void die(const char* how) {
  if (strncmp(how, "own-thread:", 11) == 0) {
    own_thread(how + 11);
    return;
  }
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; ++i) {
    if (strcmp(how, ways[i].how) == 0) {
      ways[i].die();
      return;
    }
  }
  die_in_cpp(how);
}
