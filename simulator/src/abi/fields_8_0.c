/* The fields of Suricata's structs in 8.0, by name. */
#define SURISIM_API_VERSION 0x0800
#define SURISIM_FIELDS fields_8_0
#define SURISIM_OWN_FIELDS(X)      \
  X(ThreadVars, thread_group_name) \
  X(ThreadVars, perf_private_ctx)  \
  X(ThreadVars, perf_public_ctx)   \
  X(Flow, livedev)                 \
  X(Flow, aux_flags)               \
  X(Packet, livedev)               \
  X(Packet, pcap_cnt)
#include "abi/fields_of_version.h"
