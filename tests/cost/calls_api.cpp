// The wrappers with the direct path switched off.
#define SURICATA_FFI_DIRECT 0
#define WRAPPED_CALL(name) name##_api
#include "wrapped_calls.hpp"
