// A thread_local of the plugin, by TLS model. Correct only on workers, as a thread init callback
// sets main's (L26).
#include "ways.hpp"

namespace bench {

namespace {

#define BENCH_THREAD_LOCAL(Way, model)                                 \
  __attribute__((tls_model(model))) thread_local Value local_of_##Way; \
  struct Way {                                                         \
    static Value* get(ThreadVars*) { return &local_of_##Way; }         \
  };

BENCH_THREAD_LOCAL(GlobalDynamic, "global-dynamic")
BENCH_THREAD_LOCAL(LocalDynamic, "local-dynamic")
BENCH_THREAD_LOCAL(InitialExec, "initial-exec")

}  // namespace

void add_thread_locals(std::vector<Access>& to) {
  to.push_back(way<GlobalDynamic>("thread_local_global_dynamic"));
  to.push_back(way<LocalDynamic>("thread_local_local_dynamic"));
  to.push_back(way<InitialExec>("thread_local_initial_exec"));
}

}  // namespace bench
