// The wrappers in a unit that has seen ThreadVars: the simulator's stands in for Suricata's.
#include <suricata/threadvars.h>
#undef SURISIM_OWN_THREADVARS
#define WRAPPED_CALL(name) name##_seen
#include "wrapped_calls.hpp"
