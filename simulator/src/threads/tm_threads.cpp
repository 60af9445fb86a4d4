// Creates, spawns, releases, kills and frees threads, and records each step as in Suricata.
#include "threads/tm_threads.hpp"

#include <suricata/flow-storage.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "abi/counters.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

// Stands for what Suricata's fields of a ThreadVars point to: plugins can only compare them with
// NULL.
char placeholder;

unsigned slots_of(unsigned bytes) { return bytes / sizeof(void*); }

constexpr const char* kFamilyNames[] = {"PPT", "MGMT", "CMD"};  // by type

}  // namespace

Thread* TmThreads::allocate(ThreadSpec spec, std::unique_ptr<Module> module) {
  ThreadVars* const tv = ThreadVarsAlloc();
  record(EventKind::threadvars_alloc, {.value = SCThreadStorageSize()});
  if (tv == nullptr) return nullptr;
  auto made =
      std::make_unique<Thread>(std::move(spec), std::move(module), tv,
                               slots_of(SCThreadStorageSize()), slots_of(SCFlowStorageSize()));
  Thread* const thread = made.get();
  thread->journal = journal_;
  // Instructions are counted on a thread if they are counted on the one that creates it.
  if (const Context* const maker = context(); maker != nullptr && maker->instructions != nullptr)
    thread->context().instructions = std::make_unique<CallbackCounts>();
  if (recorder_ != nullptr) {
    thread->event_name = recorder_->intern(thread->name());
    Context& theirs = thread->context();
    theirs.recorder = recorder_;
    theirs.event_name = thread->event_name;
    theirs.log = &recorder_->add_log(thread->name());
    theirs.record_flows = flows_;
    theirs.lifecycle = lifecycle_;
  }
  thread->set_flags(THV_PAUSE);
  const MutexLock lock(mutex_);
  threads_.push_back(std::move(made));
  return thread;
}

void TmThreads::fill(const Thread& thread) {
  ThreadVars& tv = *thread.tv();
  if (thread.spec().in_queue) abi::in_thread().inq(tv) = &placeholder;
  if (thread.spec().out_queues) abi::in_thread().outctx(tv) = &placeholder;
  tv.tm_func = [](void*) -> void* { return nullptr; };
  if (thread.spec().control)
    abi::in_thread().ctrl_mutex(tv) = abi::in_thread().ctrl_cond(tv) = &placeholder;
}

void TmThreads::run_init_callbacks(Thread& thread) {
  const FunctionScope callbacks("SCThreadRunInitCallbacks", {.thread = &thread});
  SCThreadRunInitCallbacks(thread.tv());
}

void TmThreads::name(const Thread& thread) {
  const ThreadSpec& made = thread.spec();
  char** const group = abi::in_thread().group_name(*thread.tv());
  if (group != nullptr && made.in_queue) *group = strdup("Detect");
  if (!made.printable_name.empty())
    thread.tv()->printable_name = strdup(made.printable_name.c_str());
  if (!made.iface_name.empty())
    abi::in_thread().iface_name(*thread.tv()) = strdup(made.iface_name.c_str());
}

Thread* TmThreads::create(ThreadSpec spec, std::unique_ptr<Module> module, bool inject_failure) {
  const char* const arguments =
      recorder_ == nullptr ? "" : recorder_->intern(spec.name + " " + to_string(spec.function));
  const char* const created_by = spec.created_by;
  Thread* thread = nullptr;
  {
    FunctionScope scope("TmThreadCreate", {.detail = arguments, .value = spec.control ? 1 : 0});
    thread = allocate(std::move(spec), std::move(module));
    if (thread == nullptr) return nullptr;
    if (inject_failure) {
      record(EventKind::threadvars_free, {.what = thread->event_name});
      ThreadVarsFree(thread->tv());
      const MutexLock lock(mutex_);
      threads_.pop_back();
      thread = nullptr;
    } else {
      fill(*thread);
      run_init_callbacks(*thread);
      scope.about(thread);
    }
  }
  const auto created = [&] {
    if (created_by == nullptr) return;
    const EventDetails details{.what = created_by, .thread = thread};
    record(EventKind::exit, details);
  };
  if (thread == nullptr) {
    created();
    return nullptr;
  }
  if (created_by == nullptr) return thread;
  abi::in_thread().type(*thread->tv()) = static_cast<std::uint8_t>(thread->spec().type);
  const int id = register_thread();
  record(EventKind::thread_registered, {.value = id, .thread = thread});
  abi::in_thread().id(*thread->tv()) = id;
  const bool by_name =
      thread->spec().type != TVT_PPT && thread->spec().function != ThreadFunction::custom;
  if (by_name) thread->append_modules();
  created();
  if (!by_name) {
    name(*thread);
    thread->append_modules();
  }
  return thread;
}

Thread* TmThreads::add_alone(ThreadSpec spec, std::unique_ptr<Module> module) {
  Thread* const thread = allocate(std::move(spec), std::move(module));
  if (thread == nullptr) return nullptr;
  fill(*thread);
  abi::in_thread().type(*thread->tv()) = static_cast<std::uint8_t>(thread->spec().type);
  abi::in_thread().id(*thread->tv()) = register_thread();
  name(*thread);
  thread->append_modules();
  return thread;
}

void TmThreads::free_alone(Thread& thread) {
  abi::notify(abi::ThreadChange{thread.tv(), abi::ThreadStage::joined});
  free_thread(thread);
}

// Takes the lowest free id (L28: ids are reused).
int TmThreads::register_thread() {
  const auto free = std::find(ids_in_use_.begin(), ids_in_use_.end(), false);
  const auto index = free - ids_in_use_.begin();
  if (free == ids_in_use_.end()) ids_in_use_.push_back(false);
  ids_in_use_[static_cast<std::size_t>(index)] = true;
  return static_cast<int>(index) + 1;
}

int TmThreads::spawn(Thread& thread, bool inject_failure) {
  FunctionScope scope("TmThreadSpawn", {.thread = &thread});
  record(EventKind::pthread_create, {.thread = &thread});
  abi::notify(abi::ThreadChange{thread.tv(), abi::ThreadStage::spawned});
  if (const int error = inject_failure ? EAGAIN : thread.start(); error != 0) {
    scope.result(error);
    return error;
  }
  thread.wait_for(THV_INIT_DONE | THV_RUNNING_DONE);
  record(EventKind::thread_append, {.thread = &thread});
  families_[thread.spec().type].push_back(&thread);
  return 0;
}

Thread* TmThreads::wait_on_thread_init(std::uint32_t limit_ms) const {
  FunctionScope scope("TmThreadWaitOnThreadInit");
  const Deadline deadline = deadline_in(limit_ms);
  for (const auto& family : families_) {
    for (Thread* thread : family) {
      const bool in_time = thread->wait_until(THV_INIT_DONE | THV_CLOSED | THV_DEAD, deadline);
      if (!in_time || thread->has(THV_CLOSED | THV_DEAD | THV_FAILED)) {
        scope.result(1);
        return thread;
      }
    }
  }
  return nullptr;
}

template <class Act>
void TmThreads::for_each_spawned(Act act) const {
  for (const auto& family : families_) {
    for (Thread* thread : family) act(*thread);
  }
}

void TmThreads::wait_until_paused() const {
  for_each_spawned([](const Thread& thread) {
    if (thread.has(THV_PAUSE) && thread.module().pauses())
      thread.wait_for(THV_PAUSED | THV_RUNNING_DONE);
  });
}

void TmThreads::wait_until_resumed() const {
  for_each_spawned([](const Thread& thread) {
    if (!thread.has(THV_PAUSE)) thread.wait_while(THV_PAUSED);
  });
}

void TmThreads::continue_threads() {
  const FunctionScope scope("TmThreadContinueThreads");
  for_each_spawned([](Thread& thread) { thread.unset_flags(THV_PAUSE); });
}

Thread* TmThreads::wait_on_thread_running(std::uint32_t limit_ms) const {
  FunctionScope scope("TmThreadWaitOnThreadRunning");
  for (const auto& family : families_) {
    const Deadline deadline = deadline_in(limit_ms + 1000 * family.size());
    for (Thread* thread : family) {
      constexpr std::uint32_t kRuns = THV_RUNNING | THV_RUNNING_DONE;
      constexpr std::uint32_t kFailed = THV_FAILED | THV_CLOSED | THV_DEAD;
      // A thread that is in its flow loop without having run will never run. One that handles no
      // flows only passes through it (L13).
      const std::uint32_t never = thread->module().handles_flows() ? THV_FLOW_LOOP : 0;
      (void)thread->wait_until(kRuns | kFailed | never, deadline);
      if (!thread->has(kRuns) || thread->has(kFailed)) {
        scope.result(1);
        return thread;
      }
    }
  }
  return nullptr;
}

void TmThreads::kill_family(int type) {
  FunctionScope scope("TmThreadKillThreadsFamily", {.detail = kFamilyNames[type]});
  scope.detail(kFamilyNames[type]);
  for (Thread* thread : families_[type]) {
    if (thread->has(THV_DEAD)) continue;
    const bool looping = !thread->has(THV_RUNNING_DONE);
    thread->set_flags(THV_KILL);
    thread->set_flags(THV_DEINIT);
    if (looping) thread->module().wake();
    thread->wait_for(THV_CLOSED);
    thread->release_out_queues();
    thread->join();
    abi::notify(abi::ThreadChange{thread->tv(), abi::ThreadStage::joined});
    record(EventKind::pthread_join, {.what = thread->event_name});
    thread->set_flags(THV_DEAD);
  }
}

void TmThreads::clear_family(int type) {
  FunctionScope scope("TmThreadClearThreadsFamily", {.detail = kFamilyNames[type]});
  scope.detail(kFamilyNames[type]);
  for (Thread* thread : families_[type]) free_thread(*thread);
  families_[type].clear();
}

void TmThreads::free_thread(Thread& thread) {
  ThreadVars* const tv = thread.tv();
  {
    const FunctionScope scope("SCThreadFreeStorage", {.detail = "held", .thread = &thread});
    Context* const mine = context();
    Thread* const before = std::exchange(mine->freeing, &thread);
    SCThreadFreeStorage(tv);
    mine->freeing = before;
  }
  abi::release_counters(tv);
  if (char** const group = abi::in_thread().group_name(*tv)) std::free(*group);
  std::free(tv->printable_name);
  std::free(
      abi::in_thread().iface_name(*tv));  // a set with id -1 has stored its pointer here (L18)
  const int id = abi::in_thread().id(*tv);
  if (id > 0) {
    ids_in_use_[static_cast<std::size_t>(id) - 1] = false;
    record(EventKind::thread_unregistered, {.value = id});
  }
  record(EventKind::threadvars_free, {.what = thread.event_name});
  thread.forget_tv();
  ThreadVarsFree(tv);
}

void TmThreads::abandon() {
  Context* const mine = context();
  ThreadLog* const log = mine == nullptr ? nullptr : std::exchange(mine->log, nullptr);
  // All flags are set before any thread is woken: threads that share a queue may take each other's
  // wake-up.
  const auto each_started = [this](auto act) {
    for (const auto& thread : all()) {
      if (thread->started()) act(*thread);
    }
  };
  each_started([](Thread& thread) { thread.set_flags(THV_KILL | THV_DEINIT); });
  each_started([](Thread& thread) { thread.module().wake(); });
  each_started([](Thread& thread) { thread.join(); });
  for (const auto& thread : all()) {
    ThreadVars* const tv = thread->tv();
    if (tv == nullptr) continue;
    abi::release_counters(tv);
    if (char** const group = abi::in_thread().group_name(*tv)) std::free(*group);
    std::free(tv->printable_name);
    std::free(abi::in_thread().iface_name(*tv));
    thread->forget_tv();
    abi::state().free_or_leave_behind(tv, abi::in_thread().storage(tv),
                                      slots_of(SCThreadStorageSize()));
  }
  for (auto& family : families_) family.clear();
  ids_in_use_.clear();
  if (mine != nullptr) mine->log = log;
}

void TmThreads::forget_freed() {
  const MutexLock lock(mutex_);
  std::erase_if(threads_, [](const auto& thread) { return thread->tv() == nullptr; });
}

}  // namespace surisim::engine
