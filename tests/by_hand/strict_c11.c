/* Goal: tests in strict C11 compile without a warning, including macros that are called without
 * members. Method: -std=c11 -Wpedantic -Werror. */
#include <surisim/unit_test.h>

int strict_c11(void);

int strict_c11(void) {
  surisim_test* test = surisim_test_begin();
  surisim_flow* flow = surisim_udp(test, "10.0.0.1:1025", "10.0.0.2:53");
  surisim_send(flow);
  surisim_send(flow, .to_client = true, .payload = "x");
  surisim_to_server(flow, "");
  SURISIM_REQUIRE(test, surisim_flow_is_open(flow));
  return surisim_test_end(test);
}
