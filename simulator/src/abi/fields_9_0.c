/* The fields of Suricata's structs in 9.0, by name. */
#define SURISIM_API_VERSION 0x0900
#define SURISIM_FIELDS fields_9_0
#define SURISIM_OWN_FIELDS(X) \
  X(ThreadVars, stats)        \
  X(Flow, livedev_id)         \
  X(Packet, livedev_id)
#include "abi/fields_of_version.h"
