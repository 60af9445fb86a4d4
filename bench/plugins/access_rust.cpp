// The way in access_rust.rs, for the table.
#include "ways.hpp"

extern "C" {
void bench_rust_use_slot(SCThreadStorageId slot);
void bench_rust_callback(ThreadVars* tv, Flow* flow);
void bench_rust_loop(ThreadVars* tv, Flow* flow, std::uint64_t repeats);
}

namespace bench {

void add_rust(std::vector<Access>& to) {
#ifdef BENCH_RUST
  bench_rust_use_slot(raw_id);
  to.push_back({"get_mut_rust", bench_rust_callback, bench_rust_loop});
#else
  (void)to;
#endif
}

}  // namespace bench
