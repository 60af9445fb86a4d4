// The wrappers in a unit that includes ThreadVars: the offset is known at compile time.
#define BENCH_AS_SURICATA
#include "ways.hpp"

namespace bench {

void add_seen(Ways& to) { add_wrapped<OfThread>(to, "_compile_time"); }

}  // namespace bench
