/* Accesses that the C library makes for a plugin, including calls that compilers generate: on
 * one side of each case, with a lock if it is right. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CASES(X)         \
  X(copied)              \
  X(copied_from)         \
  X(moved)               \
  X(set)                 \
  X(cleared)             \
  X(compared)            \
  X(found)               \
  X(length)              \
  X(compared_strings)    \
  X(copied_string)       \
  X(copied_string_up_to) \
  X(bounded) X(appended) X(printed) X(duplicated) X(structure) X(last_call) X(by_pointer)
#include "edges.h"
#include "suricata-common.h"

/* 64 bytes; with an unknown size, no compiler copies them without a call. */
typedef struct {
  volatile char first;
  char bytes[63];
} Text;
static volatile size_t n = 40;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile long sink; /* with the lock */

/* The first thread writes one of its bytes, with the lock; the second makes the call under test,\n
 * * with the lock if it is right. The bytes after it are accessed without the lock. */
#define CASE(name, call)                                          \
  SHOWN Text name##_right, name##_wrong;                          \
  Text name##_right = {'a', "bc"}, name##_wrong = {'a', "bc"};    \
  DOES(name##_right_a) {                                          \
    pthread_mutex_lock(&lock);                                    \
    name##_right.first = 'b';                                     \
    pthread_mutex_unlock(&lock);                                  \
    name##_right.bytes[62]++;                                     \
    return unused;                                                \
  }                                                               \
  DOES(name##_wrong_a) {                                          \
    pthread_mutex_lock(&lock);                                    \
    name##_wrong.first = 'b';                                     \
    pthread_mutex_unlock(&lock);                                  \
    return unused;                                                \
  }                                                               \
  static void __attribute__((noinline)) do_##name(char* shared) { \
    char local[64] = "text";                                      \
    __asm__("" : : "r"(local) : "memory");                        \
    call;                                                         \
    __asm__("" : : "r"(local) : "memory");                        \
  }                                                               \
  DOES(name##_right_b) {                                          \
    pthread_mutex_lock(&lock);                                    \
    do_##name((char*)&name##_right);                              \
    pthread_mutex_unlock(&lock);                                  \
    return unused;                                                \
  }                                                               \
  DOES(name##_wrong_b) {                                          \
    do_##name((char*)&name##_wrong);                              \
    return unused;                                                \
  }
CASE(copied, memcpy(shared, local, n))
CASE(copied_from, memcpy(local, shared, n))
CASE(moved, memmove(shared, local, n))
CASE(set, memset(shared, 'x', n))
CASE(cleared, explicit_bzero(shared, n))
CASE(compared, sink = memcmp(local, shared, n))
CASE(found, sink = memchr(shared, 'x', n) != NULL)
CASE(length, sink = (long)strlen(shared))
CASE(compared_strings, sink = strcmp(shared, local))
CASE(copied_string, strcpy(shared, local))
CASE(copied_string_up_to, strncpy(shared, local, n))
CASE(bounded, strlcpy(shared, local, n))
CASE(appended, strncat(local, shared, n - 20))
CASE(printed, snprintf(shared, n, "%s", local))
CASE(duplicated, char* copy = strdup(shared); sink = copy[0]; free(copy))

/* Through a table of functions. */
static void* (*volatile const functions[])(void*, int, size_t) = {memset};
CASE(by_pointer, functions[0](shared, 0, n))

/* An assignment of something large. */
typedef struct {
  Text text[32];
} Large;
static Large large;
Large structure_right, structure_wrong;
DOES(structure_right_a) {
  pthread_mutex_lock(&lock);
  structure_right.text[3].first = 'b';
  pthread_mutex_unlock(&lock);
  return unused;
}
DOES(structure_right_b) {
  pthread_mutex_lock(&lock);
  structure_right = large;
  pthread_mutex_unlock(&lock);
  return unused;
}
DOES(structure_wrong_a) {
  structure_wrong.text[3].first = 'b';
  return unused;
}
DOES(structure_wrong_b) {
  structure_wrong = large;
  return unused;
}

/* A tail call, compiled to a jump. */
Text last_call_right, last_call_wrong;
DOES(last_call_right_a) {
  last_call_right.bytes[62] = 'b';
  return unused;
}
DOES(last_call_right_b) { return memset(&last_call_right, 0, n); }
DOES(last_call_wrong_a) {
  last_call_wrong.bytes[30] = 'b';
  return unused;
}
DOES(last_call_wrong_b) { return memset(&last_call_wrong, 0, n); }

static void prepare(void) {}
EDGES("memory in C", prepare)
