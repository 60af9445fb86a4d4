// The wrappers in a unit that includes a threadvars.h, the simulator's instead of Suricata's.
#include <suricata/threadvars.h>
#undef SURISIM_OWN_THREADVARS
#define WRAPPED_CALL(name) name##_seen
#include "wrapped_calls.hpp"
