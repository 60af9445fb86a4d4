// A helper thread keeps the summaries in a local variable, and deletes them at the end.
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "twin.h"

namespace {

struct Summary {
  unsigned packets = 0;
};

class Helper {
 public:
  void start() {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  void give(Summary* summary) {
    const std::lock_guard lock(mutex_);
    given_.emplace_back(summary);
    changed_.notify_one();
  }
  ~Helper() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::deque<std::unique_ptr<Summary>> kept;
    std::unique_lock lock(mutex_);
    while (!stop_) {
      while (!given_.empty()) {
        kept.push_back(std::move(given_.front()));
        given_.pop_front();
      }
      changed_.wait(lock);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Summary>> given_;
  bool stop_ = false;
  std::thread thread_;
};

Helper helper;
SCFlowStorageId slot;

void on_thread_init(ThreadVars*, void*) { helper.start(); }

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  SCFlowSetStorageById(f, slot, new Summary);
}

void init() {
  slot = SCFlowStorageRegister("summary", [](void* s) { helper.give(static_cast<Summary*>(s)); });
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(on_thread_init, nullptr);
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("helper-keeps-on-stack", init)
