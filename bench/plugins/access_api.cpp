// The wrappers with the direct path switched off: a plain C++ wrapper around Suricata's function.
#define SURICATA_FFI_DIRECT 0
#include "ways.hpp"

namespace bench {

void add_api(Ways& to) { add_wrapped<OfThread>(to, "_api"); }

}  // namespace bench
