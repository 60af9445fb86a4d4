// The unit test of the plugin in C, as its author would write it.
#include <surisim/unit_test.h>

int main(int argc, char** argv) {
  surisim_test* test = surisim_test_begin(.threads = 2);
  surisim_load(test, argc > 1 ? argv[1] : "");
  surisim_flow* flow = surisim_udp(test, "10.0.0.1:1025", "10.0.0.2:53");
  surisim_on(flow, 2);
  surisim_to_server(flow, "query");
  SURISIM_CHECK_TEXT(test, surisim_flow_callbacks(test).text[0],
                     "flow init for packet 1 (to the server) of flow 1 on W#02-eth0");
  SURISIM_CHECK_CLEAN(test);
  return surisim_test_end(test);
}
