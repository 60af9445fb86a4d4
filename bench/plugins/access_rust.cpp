// Adds access_rust.rs to the table.
#include "ways.hpp"

extern "C" {
void bench_rust_use_slot(SCThreadStorageId slot);
void bench_rust_callback(ThreadVars* tv, Flow* flow);
void bench_rust_loop(ThreadVars* tv, Flow* flow, std::uint64_t repeats);
}

namespace bench {

#ifdef BENCH_RUST
void add_rust(std::vector<Access>& to) {
  to.push_back({"get_mut_rust", bench_rust_callback, bench_rust_loop});
}
void use_slot_in_rust() { bench_rust_use_slot(raw_id); }
#else
void add_rust(std::vector<Access>&) {}
void use_slot_in_rust() {}
#endif

}  // namespace bench
