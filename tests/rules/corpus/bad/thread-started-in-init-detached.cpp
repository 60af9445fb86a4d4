// A detached std::thread that waits for work until the process ends.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "twin.h"

namespace {

struct Work {
  std::mutex mutex;
  std::condition_variable changed;
};

Work& work = *new Work;  // the thread outlives every destructor

void init() {
  std::thread([] {
    std::unique_lock lock(work.mutex);
    for (;;) work.changed.wait(lock);
  }).detach();
}

}  // namespace

TWIN_PLUGIN("detached-thread", init)
