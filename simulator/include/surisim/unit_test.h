/* Unit tests of plugins in C: the test decides which packet comes next, on which worker, and how
 * each flow ends. Plain C11, for any test framework or none; C++ has the fixtures.
 *
 *   static int counts_packets(void) {
 *     surisim_test *test = surisim_test_begin(.threads = 2);
 *     surisim_load(test, "build/my_plugin.so");
 *     surisim_flow *flow = surisim_udp(test, "10.0.0.1:1025", "10.0.0.2:53");
 *     surisim_on(flow, 2);
 *     surisim_to_server(flow, "query");
 *     const uint64_t *packets = surisim_flow_value(flow, "my slot");
 *     SURISIM_CHECK(test, packets != NULL && *packets == 1);
 *     return surisim_test_end(test);
 *   }
 *
 * A call that is not possible is a failure of the test: it does nothing, prints its line and a
 * sentence on stderr, and returns NULL, false, 0 or an empty list. Calls with a NULL test or flow
 * do nothing and print nothing, so that only the first error is printed. surisim_test_end() returns
 * the number of failures, for main() to return. docs/unit-tests.md has more.
 *
 * A crash of the plugin ends the program, like Suricata; unless another handler has its signal, the
 * last line on stderr names the callback, its file and the thread.
 *
 * Call the macros that the comments name: they pass the line.
 *
 * When:    surisim_test_begin() first, then load plugins; the first flow starts the lifecycle.
 * Owner:   the test owns flows, strings and lists: they are valid until surisim_test_end(). Values
 *          are the plugin's. One test at a time in a process.
 * Threads: [main]
 * Source:  surisim/traffic.hpp. */
#ifndef SURISIM_UNIT_TEST_H
#define SURISIM_UNIT_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define SURISIM_STRUCT(type, ...) (type{__VA_ARGS__})
#define SURISIM_OR_ZERO = {} /* in C, members that are not named are zero anyway */
#define SURISIM_C_BEGIN extern "C" {
#define SURISIM_C_END }
#else
#define SURISIM_STRUCT(type, ...) ((type){__VA_ARGS__})
#define SURISIM_OR_ZERO
#define SURISIM_C_BEGIN
#define SURISIM_C_END
#endif
#define SURISIM_HERE __FILE__, __LINE__

struct SCPlugin_;

SURISIM_C_BEGIN
/* NOLINTBEGIN(readability-identifier-naming): the names of C. */

typedef struct surisim_test surisim_test;
typedef struct surisim_flow surisim_flow;

/* For surisim_test_begin(). Zero or NULL: the default. */
typedef struct surisim_options {
  unsigned header;                          /* set by surisim_test_begin() */
  const char* name SURISIM_OR_ZERO;         /* in messages; default: the function */
  const char* mode SURISIM_OR_ZERO;         /* "workers", "autofp" or "single" */
  unsigned threads SURISIM_OR_ZERO;         /* workers; default: 2 */
  const char* settings[16] SURISIM_OR_ZERO; /* of the configuration: {"key=value", "a.b=c"} */
  const char* faults[16] SURISIM_OR_ZERO;   /* to inject: {"alloc:7"} (docs/faults.md) */
  bool checks_off SURISIM_OR_ZERO;
} surisim_options;

/* surisim_test_begin(.threads = 1, .settings = {"key=value"}), or surisim_test_begin() */
surisim_test* surisim_test_begin_at(const char* file, int line, const char* function,
                                    surisim_options options);
#define surisim_test_begin(...)                 \
  surisim_test_begin_at(SURISIM_HERE, __func__, \
                        SURISIM_STRUCT(surisim_options, .header = 1, __VA_ARGS__))
/* Runs the rest of the lifecycle and ends the test; returns the number of failures, 99 at most. */
int surisim_test_end(surisim_test* test);

/* Plugins: surisim_load(test, "plugin.so"); surisim_load_init(test, "name", Init) and
 * surisim_load_entry(test, SCPluginRegister) if the plugin is part of this program. */
bool surisim_load_at(const char* file, int line, surisim_test* test, const char* path);
bool surisim_load_init_at(const char* file, int line, surisim_test* test, const char* name,
                          void (*init)(void));
bool surisim_load_entry_at(const char* file, int line, surisim_test* test,
                           struct SCPlugin_* (*entry)(void));
#define surisim_load(...) surisim_load_at(SURISIM_HERE, __VA_ARGS__)
#define surisim_load_init(...) surisim_load_init_at(SURISIM_HERE, __VA_ARGS__)
#define surisim_load_entry(...) surisim_load_entry_at(SURISIM_HERE, __VA_ARGS__)

/* surisim_start(test): starts the lifecycle, which the first flow does too. surisim_stop(test):
 * runs the shutdown, for tests that check what happens in it. False also if a plugin was not
 * loaded. */
bool surisim_start_at(const char* file, int line, surisim_test* test);
bool surisim_stop_at(const char* file, int line, surisim_test* test);
#define surisim_start(test) surisim_start_at(SURISIM_HERE, test)
#define surisim_stop(test) surisim_stop_at(SURISIM_HERE, test)

/* Flows: surisim_tcp(test, "10.0.0.1:1025", "[2001:db8::1]:80"), surisim_udp, surisim_sctp;
 * surisim_icmp(test, "10.0.0.1", "10.0.0.2"); surisim_ip(test, 50, "10.0.0.1", "10.0.0.2"). */
surisim_flow* surisim_flow_at(const char* file, int line, surisim_test* test, int protocol,
                              const char* client, const char* server);
#define SURISIM_ICMP (-1) /* ICMP or ICMPv6, depending on the addresses */
#define surisim_tcp(test, client, server) surisim_flow_at(SURISIM_HERE, test, 6, client, server)
#define surisim_udp(test, client, server) surisim_flow_at(SURISIM_HERE, test, 17, client, server)
#define surisim_sctp(test, client, server) surisim_flow_at(SURISIM_HERE, test, 132, client, server)
#define surisim_icmp(test, client, server) \
  surisim_flow_at(SURISIM_HERE, test, SURISIM_ICMP, client, server)
#define surisim_ip(test, protocol, client, server) \
  surisim_flow_at(SURISIM_HERE, test, protocol, client, server)

/* Before the flow's first packet: surisim_on(flow, 2), its worker; surisim_vlan(flow, 10), a VLAN
 * id, outermost first. */
bool surisim_on_at(const char* file, int line, surisim_flow* flow, unsigned worker);
bool surisim_vlan_at(const char* file, int line, surisim_flow* flow, unsigned id);
#define surisim_on(flow, worker) surisim_on_at(SURISIM_HERE, flow, worker)
#define surisim_vlan(flow, id) surisim_vlan_at(SURISIM_HERE, flow, id)

/* Flags of a TCP header. */
enum {
  SURISIM_FIN = 0x01,
  SURISIM_SYN = 0x02,
  SURISIM_RST = 0x04,
  SURISIM_PSH = 0x08,
  SURISIM_ACK = 0x10,
  SURISIM_NO_FLAGS = 0x100
};

/* For surisim_send(). Zero or NULL: the default. */
typedef struct surisim_packet {
  bool to_client SURISIM_OR_ZERO;
  const char* payload SURISIM_OR_ZERO; /* of `length` bytes; 0: up to its NUL */
  size_t length SURISIM_OR_ZERO;
  unsigned tcp_flags SURISIM_OR_ZERO; /* default: ACK, and PSH with a payload */
  unsigned gap SURISIM_OR_ZERO;       /* TCP: bytes missing before this packet */
  bool bad_checksum SURISIM_OR_ZERO;
  unsigned fragments SURISIM_OR_ZERO; /* it is sent in this many IP fragments */
  bool icmp_error SURISIM_OR_ZERO;    /* instead: ICMP "destination unreachable" about the flow, */
  unsigned icmp_code SURISIM_OR_ZERO; /* with this code */
  unsigned footer SURISIM_OR_ZERO;    /* set by surisim_send() */
} surisim_packet;

/* A packet: surisim_to_server(flow, "GET /"), surisim_to_client(flow, "");
 * surisim_send(flow, .to_client = true, .payload = "x", .fragments = 2), or surisim_send(flow). */
bool surisim_send_at(const char* file, int line, surisim_flow* flow, surisim_packet packet);
#define surisim_send(...) SURISIM_SEND(__VA_ARGS__, .footer = 1)
#define SURISIM_SEND(flow, ...) \
  surisim_send_at(SURISIM_HERE, flow, SURISIM_STRUCT(surisim_packet, __VA_ARGS__))
#define surisim_to_server(flow, text) surisim_send(flow, .to_client = false, .payload = (text))
#define surisim_to_client(flow, text) surisim_send(flow, .to_client = true, .payload = (text))

/* surisim_raw(test, bytes, length, worker): an Ethernet frame, as it is. */
bool surisim_raw_at(const char* file, int line, surisim_test* test, const void* frame,
                    size_t length, unsigned worker);
#define surisim_raw(test, frame, length, worker) \
  surisim_raw_at(SURISIM_HERE, test, frame, length, worker)

/* surisim_handshake(flow): TCP's SYN, SYN/ACK and ACK; surisim_close(flow): FIN from both ends;
 * surisim_reset(flow); surisim_icmp_error(flow): ICMP "port unreachable" about it (L37). */
typedef enum surisim_exchange {
  SURISIM_HANDSHAKE,
  SURISIM_CLOSE,
  SURISIM_RESET,
  SURISIM_ICMP_ERROR
} surisim_exchange;
bool surisim_exchange_at(const char* file, int line, surisim_flow* flow, surisim_exchange what);
#define surisim_handshake(flow) surisim_exchange_at(SURISIM_HERE, flow, SURISIM_HANDSHAKE)
#define surisim_close(flow) surisim_exchange_at(SURISIM_HERE, flow, SURISIM_CLOSE)
#define surisim_reset(flow) surisim_exchange_at(SURISIM_HERE, flow, SURISIM_RESET)
#define surisim_icmp_error(flow) surisim_exchange_at(SURISIM_HERE, flow, SURISIM_ICMP_ERROR)

/* The ways in which a flow ends (L31 to L34). surisim_time_out(flow); surisim_time_out_in_row(flow,
 * worker) and surisim_take_under_pressure(flow, worker), by this worker or, with 0, the flow's;
 * surisim_reuse(flow), after which `flow` is the new flow. These end the flow in surisim_stop():
 * surisim_hand_back_at_shutdown(flow) and surisim_leave_to_backstop(flow). */
typedef enum surisim_flow_end {
  SURISIM_TIME_OUT,
  SURISIM_TIME_OUT_IN_ROW,
  SURISIM_TAKE_UNDER_PRESSURE,
  SURISIM_REUSE,
  SURISIM_HAND_BACK_AT_SHUTDOWN,
  SURISIM_LEAVE_TO_BACKSTOP
} surisim_flow_end;
bool surisim_end_at(const char* file, int line, surisim_flow* flow, surisim_flow_end how,
                    unsigned worker);
#define surisim_time_out(flow) surisim_end_at(SURISIM_HERE, flow, SURISIM_TIME_OUT, 0)
#define surisim_time_out_in_row(flow, worker) \
  surisim_end_at(SURISIM_HERE, flow, SURISIM_TIME_OUT_IN_ROW, worker)
#define surisim_take_under_pressure(flow, worker) \
  surisim_end_at(SURISIM_HERE, flow, SURISIM_TAKE_UNDER_PRESSURE, worker)
#define surisim_reuse(flow) surisim_end_at(SURISIM_HERE, flow, SURISIM_REUSE, 0)
#define surisim_hand_back_at_shutdown(flow) \
  surisim_end_at(SURISIM_HERE, flow, SURISIM_HAND_BACK_AT_SHUTDOWN, 0)
#define surisim_leave_to_backstop(flow) \
  surisim_end_at(SURISIM_HERE, flow, SURISIM_LEAVE_TO_BACKSTOP, 0)

/* surisim_pass(test, 31): advances packet time by this many seconds, and the flow manager ends
 * flows that have timed out (T12). surisim_pass_unnoticed(test, 31): the flow manager does nothing.
 */
bool surisim_pass_at(const char* file, int line, surisim_test* test, double seconds, bool asleep);
#define surisim_pass(test, seconds) surisim_pass_at(SURISIM_HERE, test, seconds, false)
#define surisim_pass_unnoticed(test, seconds) surisim_pass_at(SURISIM_HERE, test, seconds, true)

/* Between two calls no thread changes anything. surisim_worker(test, 2): a worker's name. Values:
 * surisim_thread_value(test, "FR#01", "slot"); surisim_flow_value(flow, "slot") of an open flow.
 * NULL: there is no value. */
const char* surisim_worker_at(const char* file, int line, surisim_test* test, unsigned worker);
void* surisim_thread_value_at(const char* file, int line, surisim_test* test, const char* thread,
                              const char* slot);
void* surisim_flow_value_at(const char* file, int line, surisim_flow* flow, const char* slot);
#define surisim_worker(test, worker) surisim_worker_at(SURISIM_HERE, test, worker)
#define surisim_thread_value(test, thread, slot) \
  surisim_thread_value_at(SURISIM_HERE, test, thread, slot)
#define surisim_flow_value(flow, slot) surisim_flow_value_at(SURISIM_HERE, flow, slot)
/* The flow's number, from 1; 0: it has not started. */
uint64_t surisim_flow_number(const surisim_flow* flow);
bool surisim_flow_is_open(const surisim_flow* flow);

/* A list of texts, with NULL after the last one. */
typedef struct surisim_texts {
  size_t count;
  const char* const* text;
} surisim_texts;
/* The calls of the plugin's callbacks so far, or only those for flows:
 * "flow update for packet 3 (to the server) of flow 1 on W#01". */
surisim_texts surisim_callbacks(surisim_test* test);
surisim_texts surisim_flow_callbacks(surisim_test* test);
/* The EVE records so far of this event_type, or with NULL all; each a line of JSON. */
surisim_texts surisim_eve_records(surisim_test* test, const char* event_type);
/* What the plugin has logged so far. */
surisim_texts surisim_log_lines(surisim_test* test);
/* The messages of violations of this rule so far, or with NULL "rule: message" of all. */
surisim_texts surisim_violations(surisim_test* test, const char* rule);

/* Points at which a thread can be held: before or after the plugin's callbacks. */
typedef enum surisim_point {
  SURISIM_ANY_POINT,
  SURISIM_IN_FLOW_INIT,
  SURISIM_IN_FLOW_UPDATE,
  SURISIM_IN_EVE_CALLBACK,
  SURISIM_IN_FLOW_FINISH,
  SURISIM_IN_FLOW_FREE,
  SURISIM_AFTER_FLOW_INIT,
  SURISIM_AFTER_FLOW_UPDATE,
  SURISIM_AFTER_EVE_CALLBACK,
  SURISIM_AFTER_FLOW_FINISH,
  SURISIM_AFTER_FLOW_FREE
} surisim_point;
/* surisim_hold(test, surisim_worker(test, 2), SURISIM_IN_FLOW_UPDATE): holds the thread, or with
 * NULL any, when it next reaches this point; the call that leads it there returns then.
 * surisim_release(test, thread): lets the thread, or with NULL all held threads, continue. */
bool surisim_hold_at(const char* file, int line, surisim_test* test, const char* thread,
                     surisim_point point);
bool surisim_release_at(const char* file, int line, surisim_test* test, const char* thread);
#define surisim_hold(test, thread, point) surisim_hold_at(SURISIM_HERE, test, thread, point)
#define surisim_release(test, thread) surisim_release_at(SURISIM_HERE, test, thread)

/* Expectations: true if met, otherwise a failure of the test. */
bool surisim_check_at(const char* file, int line, surisim_test* test, bool met, const char* text);
bool surisim_check_equal_at(const char* file, int line, surisim_test* test, long long actual,
                            long long expected, const char* text);
bool surisim_check_text_at(const char* file, int line, surisim_test* test, const char* actual,
                           const char* expected, const char* text);
bool surisim_check_clean_at(const char* file, int line, surisim_test* test);
#define SURISIM_CHECK(test, condition) \
  surisim_check_at(SURISIM_HERE, test, (condition) ? true : false, #condition)
/* Compare two numbers, or two texts. */
#define SURISIM_CHECK_EQUAL(test, actual, expected) \
  surisim_check_equal_at(SURISIM_HERE, test, (long long)(actual), (long long)(expected), #actual)
#define SURISIM_CHECK_TEXT(test, actual, expected) \
  surisim_check_text_at(SURISIM_HERE, test, actual, expected, #actual)
/* Expects that the plugin has broken no rule. */
#define SURISIM_CHECK_CLEAN(test) surisim_check_clean_at(SURISIM_HERE, test)
/* Ends the test, and returns from its function, if the condition is not met. */
#define SURISIM_REQUIRE(test, condition)                                \
  do {                                                                  \
    if (!SURISIM_CHECK(test, condition)) return surisim_test_end(test); \
  } while (0)

/* NOLINTEND(readability-identifier-naming) */
SURISIM_C_END

#endif
