/*
 * What the plugin for both versions (plugin.cpp) saw.
 *
 * When:    both_results() at any time, for the last Init.
 * Owner:   the plugin.
 * Threads: read when no other thread calls the plugin.
 */
#ifndef SURISIM_TESTS_BOTH_RESULTS_H
#define SURISIM_TESTS_BOTH_RESULTS_H

#include <stddef.h>
#include <stdint.h>

struct BothResults {
  uint64_t threads_made; /* values, made by get_or_insert_with */
  uint64_t threads_freed;
  uint64_t flows_made;
  uint64_t flows_freed;
  uint64_t packets;         /* counted in the threads' values, through get_mut */
  uint64_t packets_of_flow; /* counted in the flows' values */
  uint64_t finished;
  uint64_t wrong; /* reads that did not find what was stored, and values of absent accessors */
  /* Of the last flow that was started, through the accessors. */
  uint64_t flags;
  int64_t last_time; /* in microseconds */
  uint32_t to_server;
  uint32_t to_client;
  uint16_t app_protocol;
  uint16_t source_port;
  uint16_t destination_port;
  uint8_t ip_protocol;
  uint8_t is_ipv4;
  uint8_t is_ipv6;
  uint8_t source[4];
  uint8_t destination[4];
  int64_t proved_offset; /* negative: none */
};

typedef const struct BothResults* BothResultsFn(void);

#endif
