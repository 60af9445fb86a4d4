/* Code that C compilers generate. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cases.h"

#define NOINLINE __attribute__((noinline))

static long table[64];
static long counter;

static long Sum(const long* values, int count) {
  long sum = 0;
  for (int i = 0; i < count; ++i) sum = sum * 31 + values[i];
  return sum;
}

static long Loops(long n) {
  for (int i = 0; i < 64; ++i) table[i] = n * i ^ (i << 3);
  for (int i = 1; i < 64; ++i) table[i] += table[i - 1] >> 1;
  return Sum(table, 64);
}

/* The 128 bytes below the stack pointer are a leaf function's own. */
static NOINLINE long RedZone(long n) {
  volatile long local[12];
  for (int i = 0; i < 12; ++i) local[i] = n + i * table[i & 7];
  long sum = 0;
  for (int i = 0; i < 12; ++i) sum = sum * 7 + local[i];
  return sum;
}

static NOINLINE long Switch(long n) {
  switch (n & 15) {
    case 0:
      return n + 3;
    case 1:
      return n * 5;
    case 2:
      return n - 7;
    case 3:
      return n ^ 11;
    case 4:
      return counter + n;
    case 5:
      return n << 2;
    case 6:
      return ~n;
    case 7:
      return n / 3;
    case 8:
      return n % 5;
    case 9:
      return -n;
    case 10:
      return n | 64;
    case 11:
      return table[n & 63];
    default:
      return n;
  }
}

static long JumpTables(long n) {
  counter = 5;
  long sum = 0;
  for (long i = 0; i < 40; ++i) sum = sum * 3 + Switch(n + i);
  return sum;
}

static long ComputedGoto(long n) {
  static const void* const places[] = {&&add, &&multiply, &&negate, &&end};
  long sum = n;
  int step = 0;
  goto* places[step];
add:
  sum += 5;
  goto* places[++step];
multiply:
  sum *= 3;
  goto* places[++step];
negate:
  sum = -sum;
  goto* places[++step];
end:
  return sum;
}

static NOINLINE long Add(long n) { return n + ++counter; }
static NOINLINE long Twice(long n) { return n * 2; }
static NOINLINE long Tail(long n) { return n & 1 ? Add(n * 3) : Twice(n + 1); }
static long (*functions[4])(long) = {Add, Twice, Tail, RedZone};

static long Pointers(long n) {
  counter = 0;
  long sum = 0;
  for (int i = 0; i < 16; ++i) sum = sum * 5 + functions[(i + n) & 3](i);
  return sum;
}

static NOINLINE long TailThroughPointer(long n) { return functions[n & 3](n); }

static long TailCalls(long n) {
  counter = n;
  long sum = 0;
  for (int i = 0; i < 8; ++i) sum += TailThroughPointer(i) + Tail(i);
  return sum;
}

static NOINLINE long Fibonacci(long n) { return n < 2 ? n : Fibonacci(n - 1) + Fibonacci(n - 2); }
static long Recursion(long n) { return Fibonacci(10 + n % 8); }

static long Variadic(long n) {
  char text[80];
  snprintf(text, sizeof text, "%ld %s %f %x", n, "text", (double)n / 3, (unsigned)n);
  long sum = 0;
  for (const char* c = text; *c != '\0'; ++c) sum = sum * 31 + *c;
  return sum;
}

static jmp_buf back_to;
static NOINLINE void Deep(long n) {
  if (n == 0) longjmp(back_to, 42);
  Deep(n - 1);
  ++counter;
}

static long LongJump(long n) {
  volatile long tries = 0;
  const int came = setjmp(back_to);
  if (came == 0) Deep(n & 7);
  ++tries;
  return came + tries + n;
}

static int Compare(const void* a, const void* b) {
  const long x = *(const long*)a;
  const long y = *(const long*)b;
  ++counter;
  return x < y ? -1 : x > y;
}

static long Callback(long n) {
  long values[32];
  for (int i = 0; i < 32; ++i) values[i] = (n + i) * 7919 % 101;
  qsort(values, 32, sizeof *values, Compare);
  const long key = values[5];
  const long* found = bsearch(&key, values, 32, sizeof *values, Compare);
  return Sum(values, 32) + (*found == key);
}

static _Thread_local long mine = 5;
static void* Worker(void* argument) {
  mine += (long)argument;
  for (int i = 0; i < 100; ++i) __atomic_fetch_add(&counter, mine, __ATOMIC_SEQ_CST);
  return (void*)mine;
}

static long Threads(long n) {
  pthread_t threads[3];
  counter = 0;
  long sum = 0;
  for (long i = 0; i < 3; ++i) pthread_create(&threads[i], NULL, Worker, (void*)(n + i));
  for (int i = 0; i < 3; ++i) {
    void* result = NULL;
    pthread_join(threads[i], &result);
    sum += (long)result;
  }
  return sum * 1000 + counter + mine;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static long made;
static void Make(void) { made = 77; }
static long Once(long n) {
  pthread_once(&once, Make);
  return made + n;
}

static volatile sig_atomic_t handled;
static void OnSignal(int number) {
  handled += number;
  counter += Switch(number);
}

static long Signals(long n) {
  counter = n;
  handled = 0;
  struct sigaction action = {0};
  action.sa_handler = OnSignal;
  sigfillset(&action.sa_mask);
  struct sigaction before;
  sigaction(SIGUSR1, &action, &before);
  for (int i = 0; i < 3; ++i) raise(SIGUSR1);
  sigaction(SIGUSR1, &before, NULL);
  return handled * 1000 + counter;
}

/* Its jump table leads to each place for the first time with all signals blocked. */
static NOINLINE long SwitchWhileBlocked(long n) {
  switch (n & 7) {
    case 0:
      return n + 13;
    case 1:
      return n * 15;
    case 2:
      return n - 17;
    case 3:
      return n ^ 21;
    case 4:
      return table[n & 63] + n;
    case 5:
      return n << 3;
    case 6:
      return ~n * 3;
    default:
      return n / 7;
  }
}

static long in_handler;
static void OnBlockingSignal(int number) { in_handler += SwitchWhileBlocked(number - SIGUSR2 + 3); }

static long BlockedSignals(long n) {
  struct sigaction action = {0};
  action.sa_handler = OnBlockingSignal;
  sigfillset(&action.sa_mask);
  struct sigaction before_action;
  sigaction(SIGUSR2, &action, &before_action);
  in_handler = 0;
  raise(SIGUSR2);
  sigaction(SIGUSR2, &before_action, NULL);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  long sum = in_handler;
  for (long i = 0; i < 8; ++i) sum += SwitchWhileBlocked(n + i);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return sum;
}

static long ticks[8];
static void OnTick(int number) {
  for (int i = 0; i < 8; ++i) ticks[i] += table[i] * number;
}

/* A signal may come between any two instructions. */
static long Interrupted(long n) {
  struct sigaction action = {0};
  action.sa_handler = OnTick;
  struct sigaction before;
  sigaction(SIGALRM, &action, &before);
  struct itimerval often = {{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &often, NULL);
  long values[256];
  long sum = n;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 256; ++i) values[i] = sum ^ (i * round);
    for (int i = 0; i < 256; ++i) sum = sum * 31 + values[(i * 7) & 255] + RedZone(i & 3);
  }
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &before, NULL);
  return sum;
}

static long Atomics(long n) {
  static _Atomic long value;
  static unsigned char byte;
  atomic_store(&value, n);
  long expected = n;
  const int swapped = atomic_compare_exchange_strong(&value, &expected, n + 5);
  const long before = atomic_exchange(&value, 9) + atomic_fetch_xor(&value, 3);
  byte = (unsigned char)n;
  __sync_fetch_and_or(&byte, 0x11);
  return swapped + before * 3 + value * 5 + byte;
}

static long Floats(long n) {
  double sum = 0;
  long double wide = 1;
  float narrow[16];
  for (int i = 0; i < 16; ++i) narrow[i] = (float)(n + i) / 7;
  for (int i = 0; i < 16; ++i) sum += narrow[i] * i;
  for (int i = 1; i < 9; ++i) wide = wide * (n % 10 + i) / 3;
  return (long)(sum * 1000) + (long)wide;
}

static long Wide(long n) {
  unsigned __int128 product = (unsigned __int128)(uint64_t)n * 0x123456789abcdefULL;
  product += (unsigned __int128)table[3] << 64;
  return (long)(product >> 64) ^ (long)product;
}

typedef struct Large_ {
  long values[40];
} Large;

static NOINLINE Large MakeLarge(long n) {
  Large large;
  for (int i = 0; i < 40; ++i) large.values[i] = n * i;
  return large;
}

static NOINLINE long OfLarge(Large large, int i) { return large.values[i] + large.values[39 - i]; }

static long Structs(long n) {
  Large large = MakeLarge(n);
  Large other = large;
  memset(other.values, 1, sizeof other.values / 2);
  return OfLarge(large, 3) + OfLarge(other, 30) + memcmp(&large, &other, sizeof large) % 2;
}

static long Allocated(long n) {
  char* text = __builtin_alloca((size_t)(n & 63) + 16);
  memset(text, 'x', 15);
  text[15] = '\0';
  char* copy = strdup(text);
  const long length = (long)strlen(copy) + copy[n & 7];
  free(copy);
  return length;
}

const Case cases[] = {{"Loops", Loops},
                      {"RedZone", RedZone},
                      {"JumpTables", JumpTables},
                      {"ComputedGoto", ComputedGoto},
                      {"Pointers", Pointers},
                      {"TailCalls", TailCalls},
                      {"Recursion", Recursion},
                      {"Variadic", Variadic},
                      {"LongJump", LongJump},
                      {"Callback", Callback},
                      {"Threads", Threads},
                      {"Once", Once},
                      {"Signals", Signals},
                      {"BlockedSignals", BlockedSignals},
                      {"Interrupted", Interrupted},
                      {"Atomics", Atomics},
                      {"Floats", Floats},
                      {"Wide", Wide},
                      {"Structs", Structs},
                      {"Allocated", Allocated},
                      {NULL, NULL}};
