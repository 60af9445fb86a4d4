// The wrappers in a unit that has seen ThreadVars: the path chosen at compile time.
#define BENCH_AS_SURICATA
#include "ways.hpp"

namespace bench {

namespace {

struct SeenGetMut : GetMut {
  static constexpr const char* kName = "get_mut_compile_time";
};
struct SeenGetOrInsertWith : GetOrInsertWith {
  static constexpr const char* kName = "get_or_insert_with_compile_time";
};

}  // namespace

void add_seen(std::vector<Access>& to) { add_wrapped<SeenGetMut, SeenGetOrInsertWith>(to); }

}  // namespace bench
