/* Ordering edges of the C library and of C11's atomics. */
#define _GNU_SOURCE
#include "edges.h"

#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#define CASES(X) \
  X(mutex)       \
  X(fence)       \
  X(rwlock)      \
  X(spin)        \
  X(condition)   \
  X(semaphore)   \
  X(barrier)     \
  X(once)        \
  X(c11)         \
  X(join)        \
  X(detached)    \
  X(acquire)     \
  X(seq_cst)     \
  X(exchange) X(flag) X(futex) X(handler) X(specific) X(pipe) X(socket) X(eventfd) X(polled)
CASES(DECLARED)
CASES(DEFINED)
#include "fences.h"

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, another = PTHREAD_MUTEX_INITIALIZER;
DOES(mutex_right_a) {
  pthread_mutex_lock(&one);
  mutex_right++;
  pthread_mutex_unlock(&one);
  return unused;
}
#define mutex_right_b mutex_right_a
DOES(mutex_wrong_a) {
  pthread_mutex_lock(&one);
  mutex_wrong++;
  pthread_mutex_unlock(&one);
  return unused;
}
DOES(mutex_wrong_b) {
  pthread_mutex_lock(&another);
  mutex_wrong++;
  pthread_mutex_unlock(&another);
  return unused;
}

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
DOES(rwlock_right_a) {
  pthread_rwlock_wrlock(&lock);
  rwlock_right++;
  pthread_rwlock_unlock(&lock);
  return unused;
}
DOES(rwlock_right_b) {
  pthread_rwlock_rdlock(&lock);
  const long seen = rwlock_right;
  pthread_rwlock_unlock(&lock);
  return seen == 2 ? NULL : unused;
}
DOES(rwlock_wrong_a) {
  pthread_rwlock_rdlock(&lock);
  rwlock_wrong++;
  pthread_rwlock_unlock(&lock);
  return unused;
}
#define rwlock_wrong_b rwlock_wrong_a

static pthread_spinlock_t spin;
DOES(spin_right_a) {
  pthread_spin_lock(&spin);
  spin_right++;
  pthread_spin_unlock(&spin);
  return unused;
}
#define spin_right_b spin_right_a
DOES(spin_wrong_a) {
  pthread_spin_lock(&spin);
  spin_wrong++;
  pthread_spin_unlock(&spin);
  return unused;
}
DOES(spin_wrong_b) {
  spin_wrong++;
  return unused;
}

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool ready[2]; /* with `one` */
static void make_ready(int which) {
  pthread_mutex_lock(&one);
  ready[which] = true;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&one);
}
static void wait_for(int which) {
  pthread_mutex_lock(&one);
  while (!ready[which]) pthread_cond_wait(&changed, &one);
  pthread_mutex_unlock(&one);
}
DOES(condition_right_a) {
  condition_right++;
  make_ready(0);
  return unused;
}
DOES(condition_right_b) {
  wait_for(0);
  condition_right++;
  return unused;
}
DOES(condition_wrong_a) {
  make_ready(1);
  condition_wrong++;
  return unused;
}
DOES(condition_wrong_b) {
  wait_for(1);
  condition_wrong++;
  return unused;
}

static sem_t full[2]; /* all zeros: empty */
DOES(semaphore_right_a) {
  semaphore_right++;
  sem_post(&full[0]);
  return unused;
}
DOES(semaphore_right_b) {
  sem_wait(&full[0]);
  semaphore_right++;
  return unused;
}
DOES(semaphore_wrong_a) {
  sem_post(&full[1]);
  semaphore_wrong++;
  return unused;
}
DOES(semaphore_wrong_b) {
  sem_wait(&full[1]);
  semaphore_wrong++;
  return unused;
}

static pthread_barrier_t barrier;
DOES(barrier_right_a) {
  barrier_right++;
  pthread_barrier_wait(&barrier);
  return unused;
}
DOES(barrier_right_b) {
  pthread_barrier_wait(&barrier);
  barrier_right++;
  return unused;
}
DOES(barrier_wrong_a) {
  pthread_barrier_wait(&barrier);
  barrier_wrong++;
  return unused;
}
#define barrier_wrong_b barrier_wrong_a

static pthread_once_t once[2];
static void first_right(void) { once_right++; }
static void first_wrong(void) { once_wrong++; }
DOES(once_right_a) {
  pthread_once(&once[0], first_right);
  return once_right == 2 ? NULL : unused;
}
#define once_right_b once_right_a
DOES(once_wrong_a) {
  pthread_once(&once[1], first_wrong);
  return unused;
}
DOES(once_wrong_b) { return once_wrong == 2 ? NULL : unused; }

static mtx_t c11_lock; /* plain */
static once_flag c11_once = ONCE_FLAG_INIT;
static void make_c11_lock(void) { mtx_init(&c11_lock, mtx_plain); }
DOES(c11_right_a) {
  call_once(&c11_once, make_c11_lock);
  mtx_lock(&c11_lock);
  c11_right++;
  mtx_unlock(&c11_lock);
  return unused;
}
#define c11_right_b c11_right_a
static int c11_thread(void* unused) {
  c11_wrong++;
  return unused != NULL;
}
DOES(c11_wrong_a) {
  thrd_t thread;
  thrd_create(&thread, c11_thread, NULL);
  c11_wrong++;
  thrd_join(thread, NULL);
  return unused;
}
DOES(c11_wrong_b) { return unused; }

DOES(adds_right) {
  join_right++;
  return unused;
}
DOES(adds_wrong) {
  join_wrong++;
  return unused;
}
DOES(join_right_a) {
  pthread_t thread;
  join_right++;
  start(&thread, adds_right);
  pthread_join(thread, NULL);
  join_right++;
  return unused;
}
DOES(join_right_b) { return unused; }
DOES(join_wrong_a) {
  pthread_t thread;
  start(&thread, adds_wrong);
  join_wrong++;
  pthread_join(thread, NULL);
  return unused;
}
#define join_wrong_b join_right_b

static sem_t handed_over[2];
DOES(hands_over_right) {
  detached_right++;
  sem_post(&handed_over[0]);
  return unused;
}
DOES(hands_over_wrong) {
  sem_post(&handed_over[1]);
  detached_wrong++;
  return unused;
}
DOES(detached_right_a) {
  pthread_t thread;
  detached_right++;
  start(&thread, hands_over_right);
  pthread_detach(thread);
  return unused;
}
DOES(detached_right_b) {
  sem_wait(&handed_over[0]);
  detached_right++;
  return unused;
}
DOES(detached_wrong_a) {
  pthread_t thread;
  start(&thread, hands_over_wrong);
  pthread_detach(thread);
  return unused;
}
DOES(detached_wrong_b) {
  sem_wait(&handed_over[1]);
  detached_wrong++;
  return unused;
}

static atomic_int shown[5];
DOES(acquire_right_a) {
  acquire_right++;
  atomic_store_explicit(&shown[0], 1, memory_order_release);
  return unused;
}
DOES(acquire_right_b) {
  while (atomic_load_explicit(&shown[0], memory_order_acquire) == 0) {
  }
  acquire_right++;
  return unused;
}
DOES(acquire_wrong_a) {
  acquire_wrong++;
  atomic_store_explicit(&shown[1], 1, memory_order_relaxed);
  return unused;
}
DOES(acquire_wrong_b) {
  while (atomic_load_explicit(&shown[1], memory_order_relaxed) == 0) {
  }
  acquire_wrong++;
  return unused;
}

DOES(seq_cst_right_a) {
  seq_cst_right++;
  shown[2] = 1;
  return unused;
}
DOES(seq_cst_right_b) {
  while (shown[2] == 0) {
  }
  seq_cst_right++;
  return unused;
}
DOES(seq_cst_wrong_a) {
  shown[3] = 1;
  seq_cst_wrong++;
  return unused;
}
DOES(seq_cst_wrong_b) {
  while (shown[3] == 0) {
  }
  seq_cst_wrong++;
  return unused;
}

/* The second of the two, according to the count, comes after both threads' work. */
DOES(exchange_right_a) {
  static Counter mine[2];
  static atomic_int count, next;
  mine[next++ % 2]++;
  if (atomic_fetch_add_explicit(&count, 1, memory_order_acq_rel) == 1)
    exchange_right += mine[0] + mine[1];
  return unused;
}
#define exchange_right_b exchange_right_a
DOES(exchange_wrong_a) {
  exchange_wrong++;
  atomic_fetch_add_explicit(&shown[4], 1, memory_order_relaxed);
  return unused;
}
DOES(exchange_wrong_b) {
  while (atomic_fetch_add_explicit(&shown[4], 0, memory_order_relaxed) == 0) {
  }
  exchange_wrong++;
  return unused;
}

extern volatile int flag_itself_wrong;
volatile int flag_itself_wrong; /* orders nothing, and is a race itself */
static int flag;                /* with builtins, which their source lines name */
DOES(flag_right_a) {
  flag_right++;
  __atomic_store_n(&flag, 1, __ATOMIC_RELEASE);
  return unused;
}
DOES(flag_right_b) {
  while (__atomic_load_n(&flag, __ATOMIC_ACQUIRE) == 0) sched_yield();
  flag_right++;
  return unused;
}
DOES(flag_wrong_a) {
  flag_wrong++;
  flag_itself_wrong = 1;
  return unused;
}
DOES(flag_wrong_b) {
  while (flag_itself_wrong == 0) {
  }
  flag_wrong++;
  return unused;
}

static atomic_int word[2];
static void futex_wake(int which) {
  word[which] = 1;
  syscall(SYS_futex, &word[which], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
static void futex_wait(int which) {
  while (word[which] == 0) syscall(SYS_futex, &word[which], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}
DOES(futex_right_a) {
  futex_right++;
  futex_wake(0);
  return unused;
}
DOES(futex_right_b) {
  futex_wait(0);
  futex_right++;
  return unused;
}
DOES(futex_wrong_a) {
  futex_wake(1);
  futex_wrong++;
  return unused;
}
DOES(futex_wrong_b) {
  futex_wait(1);
  futex_wrong++;
  return unused;
}

/* A handler runs between two of its thread's steps. */
static void handle_right(int number) {
  (void)number;
  handler_right++;
}
static void handle_wrong(int number) {
  (void)number;
  handler_wrong++;
}
DOES(handler_right_a) {
  signal(SIGUSR1, handle_right);
  handler_right++;
  raise(SIGUSR1);
  handler_right++;
  return unused;
}
#define handler_right_b join_right_b
DOES(handler_wrong_a) {
  signal(SIGUSR2, handle_wrong);
  raise(SIGUSR2);
  return unused;
}
DOES(handler_wrong_b) {
  handler_wrong++;
  return unused;
}

/* Destructors of thread-specific data run on their thread, before others see its end. */
static void destroy(void* value) { ++*(Counter*)value; }
static pthread_key_t key;
static void* has_value(void* value) {
  pthread_setspecific(key, value);
  return NULL;
}
DOES(specific_right_a) {
  pthread_t thread;
  pthread_create(&thread, NULL, has_value, (void*)&specific_right);
  pthread_join(thread, NULL);
  specific_right++;
  return unused;
}
#define specific_right_b join_right_b
DOES(specific_wrong_a) {
  pthread_t thread;
  pthread_create(&thread, NULL, has_value, (void*)&specific_wrong);
  specific_wrong++;
  pthread_join(thread, NULL);
  return unused;
}
#define specific_wrong_b join_right_b

/* Messages: a byte or a number. */
static int ends[8][2];
static void send_to(const int* channel) {
  if (write(channel[1], "12345678", 8) != 8) abort();
}
static void receive_from(const int* channel) {
  char text[8];
  if (read(channel[0], text, sizeof text) <= 0) abort();
}
#define MESSAGE(name, which)         \
  DOES(name##_right_a) {             \
    name##_right++;                  \
    send_to(ends[which]);            \
    return unused;                   \
  }                                  \
  DOES(name##_right_b) {             \
    receive_from(ends[which]);       \
    name##_right++;                  \
    return unused;                   \
  }                                  \
  DOES(name##_wrong_a) {             \
    send_to(ends[(which) + 1]);      \
    name##_wrong++;                  \
    return unused;                   \
  }                                  \
  DOES(name##_wrong_b) {             \
    receive_from(ends[(which) + 1]); \
    name##_wrong++;                  \
    return unused;                   \
  }
MESSAGE(pipe, 0)
MESSAGE(socket, 2)
MESSAGE(eventfd, 4)

DOES(polled_right_a) {
  polled_right++;
  send_to(ends[6]);
  return unused;
}
DOES(polled_right_b) {
  struct pollfd asked = {ends[6][0], POLLIN, 0};
  if (poll(&asked, 1, -1) != 1) abort();
  polled_right++;
  return unused;
}
DOES(polled_wrong_a) {
  send_to(ends[7]);
  polled_wrong++;
  return unused;
}
DOES(polled_wrong_b) {
  struct pollfd asked = {ends[7][0], POLLIN, 0};
  if (poll(&asked, 1, -1) != 1) abort();
  polled_wrong++;
  return unused;
}

static void prepare(void) {
  for (int i = 0; i < 8; ++i) {
    if (i / 2 == 1 && socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) != 0) abort();
    if (i / 2 == 2) ends[i][0] = ends[i][1] = eventfd(0, 0);
    if (i / 2 != 1 && i / 2 != 2 && pipe(ends[i]) != 0) abort();
  }
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_key_create(&key, destroy);
}
EDGES("edges in C", prepare)
