// Per-thread values of other libraries.
#include <pthread.h>
#include <tbb/enumerable_thread_specific.h>

#ifdef BENCH_BOOST
#include <boost/thread/tss.hpp>
#endif

#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

#include "ways.hpp"

namespace bench {

namespace {

pthread_key_t make_key() {
  pthread_key_t key{};
  pthread_key_create(&key, [](void* value) { delete static_cast<Value*>(value); });
  return key;
}
const pthread_key_t key = make_key();

struct PthreadGetspecific {
  static Value* get(ThreadVars*) {
    if (void* const value = pthread_getspecific(key)) [[likely]]
      return static_cast<Value*>(value);
    auto* const made = new Value;
    pthread_setspecific(key, made);
    return made;
  }
};

using KeyPerInstance = tbb::enumerable_thread_specific<Value, tbb::cache_aligned_allocator<Value>,
                                                       tbb::ets_key_per_instance>;
KeyPerInstance with_key;
tbb::enumerable_thread_specific<Value> without_key;

struct TbbKeyPerInstance {
  static Value* get(ThreadVars*) { return &with_key.local(); }
};
struct Tbb {
  static Value* get(ThreadVars*) { return &without_key.local(); }
};

#ifdef BENCH_BOOST
boost::thread_specific_ptr<Value> boost_value;
struct Boost {
  static Value* get(ThreadVars*) {
    if (boost_value.get() == nullptr) boost_value.reset(new Value);
    return boost_value.get();
  }
};
#endif

std::shared_mutex map_mutex;
std::unordered_map<std::thread::id, Value> map;
struct SharedMap {
  static Value* get(ThreadVars*) {
    {
      const std::shared_lock lock(map_mutex);
      const auto found = map.find(std::this_thread::get_id());
      if (found != map.end()) return &found->second;
    }
    const std::unique_lock lock(map_mutex);
    return &map[std::this_thread::get_id()];
  }
};

}  // namespace

void add_libraries(std::vector<Access>& to) {
  to.push_back(way<PthreadGetspecific>("pthread_getspecific"));
  to.push_back(way<TbbKeyPerInstance>("tbb_ets_key_per_instance"));
  to.push_back(way<Tbb>("tbb_ets"));
#ifdef BENCH_BOOST
  to.push_back(way<Boost>("boost_thread_specific_ptr"));
#endif
  to.push_back(way<SharedMap>("map_behind_shared_mutex"));
}

}  // namespace bench
