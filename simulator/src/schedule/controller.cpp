// Implements controller.hpp: passes the baton from thread to thread, and keeps their states.
#include "schedule/controller.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <limits>
#include <new>
#include <utility>

#include "base/host_scope.hpp"
#include "base/raw_syscall.hpp"

namespace surisim::schedule {

namespace {

// Where virtual time starts.
constexpr Nanoseconds kStart = std::chrono::hours(1000);
constexpr Nanoseconds kTick = std::chrono::microseconds(1);
// Every this many readings of the clock in a row its step doubles, so that a loop that waits for a
// time ends.
constexpr std::uint32_t kReadingsPerDoubling = 100;
// Then others run: the thread may be waiting for them in a loop.
constexpr std::uint32_t kMaxAccessesInARow = 3000;
// After this many rounds in which all threads have only yielded, time advances.
constexpr std::uint32_t kIdleRounds = 16;

}  // namespace

// A thread under control. Only the thread itself, and the one that has the baton, change it.
class Thread {
 public:
  Thread(Controller::Impl& its_controller, ThreadId its_id)
      : controller(its_controller), id(its_id) {}

  enum class State : std::uint8_t { ready, blocked, ended };
  void wait_for_baton() noexcept {
    std::atomic_ref baton(baton_);
    while (baton.load(std::memory_order_acquire) == 0) base::futex_wait(baton_, 0);
    baton.store(0, std::memory_order_relaxed);
  }
  void give_baton() noexcept {
    std::atomic_ref(baton_).store(1, std::memory_order_release);
    base::futex_wake(baton_, 1);
  }
  bool can_run() const noexcept { return state == State::ready; }

  Controller::Impl& controller;
  const ThreadId id;
  pthread_t handle{};
  State state = State::ready;
  Operation next;           // what it is about to do, or is blocked in
  Deadline deadline;        // if blocked
  std::uint64_t since = 0;  // when it was blocked: Impl::blocks
  bool timed_out = false;
  bool yielded = false;         // and no other thread has run since
  bool used_its_share = false;  // waits until the other ready threads have used theirs
  std::uint64_t points = 0;
  std::uint64_t times_resumed = 0;
  std::uint64_t history = 0;
  std::uint32_t clock_readings = 0;
  std::vector<Operation> held;  // the operations by which it took its locks
  // For a thread that was created under control.
  void* (*routine)(void*) = nullptr;
  void* argument = nullptr;

 private:
  std::uint32_t baton_ = 0;
};

constinit thread_local Thread* t_me __attribute__((tls_model("initial-exec"))) = nullptr;

struct Controller::Impl {
  using State = Thread::State;
  Impl(Strategy& chooser, std::uint64_t limit, OnStall handler)
      : strategy(chooser), max_points(limit), on_stall(std::move(handler)) {
    ready.reserve(64);
    threads.reserve(64);
  }

  Thread& add_thread() {
    threads.push_back(std::make_unique<Thread>(*this, static_cast<ThreadId>(threads.size())));
    return *threads.back();
  }

  Thread* find(pthread_t handle) const noexcept {
    // The latest, as the C library reuses handles.
    const auto at = std::find_if(threads.rbegin(), threads.rend(), [handle](const auto& one) {
      return ::pthread_equal(one->handle, handle) != 0;
    });
    return at == threads.rend() ? nullptr : at->get();
  }

  void collect_ready() {
    ready.clear();
    bool some_used_theirs = false;
    for (const auto& thread : threads) {
      if (!thread->can_run() || thread->yielded) continue;
      some_used_theirs |= thread->used_its_share;
      if (!thread->used_its_share) ready.push_back({thread->id, thread->next});
    }
    if (!ready.empty() || !some_used_theirs) return;
    for (const auto& thread : threads) thread->used_its_share = false;
    collect_ready();
  }

  // The next thread to run; there always is one.
  Thread& choose(ThreadId before) {
    for (;;) {
      collect_ready();
      if (ready.size() == 1) return *threads[ready[0].thread];
      if (!ready.empty()) return *threads[ready[strategy.next(ready, before)].thread];
      if (forget_yields()) continue;
      if (pass_time()) continue;
      // A thread that is not under control may have unlocked something meanwhile.
      if (std::exchange(tried_locks_at, points) == points || !try_locks_again())
        stop_run(Stall::deadlock);
    }
  }

  bool forget_yields() noexcept {
    bool any = false;
    for (const auto& thread : threads)
      any |= std::exchange(thread->yielded, false) && thread->can_run();
    if (any && ++idle_rounds > kIdleRounds) (void)pass_time();
    return any;
  }

  // Advances time to the earliest deadline, and makes its thread ready.
  bool pass_time() noexcept {
    Thread* first = nullptr;
    for (const auto& thread : threads) {
      if (thread->state != Thread::State::blocked || !thread->deadline) continue;
      if (first == nullptr || *thread->deadline < *first->deadline) first = thread.get();
    }
    if (first == nullptr) return false;
    time = std::max(time, *first->deadline);
    first->timed_out = true;
    first->state = Thread::State::ready;
    idle_rounds = 0;
    return true;
  }

  bool try_locks_again() noexcept {
    bool any = false;
    for (const auto& thread : threads) {
      const Act act = thread->next.act;
      if (thread->state != State::blocked || (act != Act::lock && act != Act::share)) continue;
      thread->state = State::ready;
      any = true;
    }
    return any;
  }

  void resumed(Thread& thread) {
    ++thread.times_resumed;
    strategy.resumed(thread.id);
    if (max_steps == 0) return;
    if (turns.empty() || turns.back().thread != thread.id) turns.push_back({thread.id, 0});
    turns.back().times = thread.times_resumed;
  }

  // Another thread runs until this one is chosen again.
  void switch_from(Thread& me) {
    pausing = &me;
    notify([&](SyncObserver& to) { to.pauses(me.id); });
    pausing = nullptr;
    if (me.next.act != Act::access) in_a_row = 0;
    if (++in_a_row > kMaxAccessesInARow) me.used_its_share = true;
    Thread& next = choose(me.id);
    resumed(next);
    if (&next == &me) return;
    in_a_row = 0;
    ++switches;
    running = &next;
    next.give_baton();
    if (me.state != Thread::State::ended) me.wait_for_baton();
  }

  // The observer runs without points, and its calls do not count as the plugin's.
  template <class Notification>
  void notify(Notification call) {
    if (observer == nullptr) return;
    const base::NoPoints alone;
    const base::OwnScope own;
    call(*observer);
  }

  // The thread now performs its announced operation.
  void perform(Thread& me) {
    ++me.points;
    strategy.performs(me.id, me.next);
    if (max_steps != 0 && steps.size() == max_steps) steps.pop_front();
    if (max_steps != 0) steps.push_back({me.id, me.next, me.times_resumed});
    if (++points > max_points) stop_run(Stall::livelock);
    for (const auto& thread : threads)
      if (thread.get() != &me) thread->yielded = false;
    me.history = histories.after(me.history, me.id, me.next);
    if (me.next.act != Act::yield) idle_rounds = 0;
  }

  [[noreturn]] void stop_run(Stall how) {
    std::vector<Stuck> stuck;
    for (const auto& thread : threads) {
      if (thread->state == Thread::State::ended) continue;
      if (how == Stall::deadlock || thread->can_run()) stuck.push_back(describe(*thread));
    }
    t_me = nullptr;  // the handler is not under control
    on_stall(how, stuck);
    for (;;) base::raw_syscall(SYS_pause);
  }

  Stuck describe(const Thread& thread) const {
    Stuck stuck{thread.id, "", thread.next, false, 0, nullptr};
    std::array<char, 16> name{};
    if (::pthread_getname_np(thread.handle, name.data(), name.size()) == 0)
      stuck.name = name.data();
    for (const auto& other : threads) {
      for (const Operation& held : other->held) {
        if (held.object != thread.next.object) continue;
        stuck.holder_known = true;
        stuck.holder = other->id;
        stuck.locked_at = held.caller;
      }
    }
    return stuck;
  }

  Strategy& strategy;
  const std::uint64_t max_points;
  const OnStall on_stall;
  SyncObserver* observer = nullptr;
  const Thread* running = nullptr;  // the last one that was given the baton
  const Thread* pausing = nullptr;  // the same, while the observer is notified of its pause
  std::size_t max_steps = 0;        // to keep
  std::deque<Step> steps;
  std::vector<Turn> turns;
  std::vector<std::unique_ptr<Thread>> threads;
  std::vector<Ready> ready;
  Histories histories;
  Nanoseconds time = kStart;
  std::uint64_t points = 0;
  std::uint64_t switches = 0;
  std::uint64_t blocks = 0;
  std::uint64_t tried_locks_at = ~std::uint64_t{0};  // value of `points`
  std::uint32_t idle_rounds = 0;
  std::uint32_t in_a_row = 0;  // accesses of the running thread
};

namespace {

// Its destructor is called when a thread ends. It sets the value again, and so is called again
// after the destructors of thread_local objects and of all other keys.
pthread_key_t g_end_key;
// Thread 0, after control_exit(); else NULL.
Thread* g_at_exit = nullptr;

void end_of_thread(void* count) noexcept {
  const auto round = reinterpret_cast<std::uintptr_t>(count);
  if (round < PTHREAD_DESTRUCTOR_ITERATIONS &&
      ::pthread_setspecific(g_end_key, reinterpret_cast<void*>(round + 1)) == 0)
    return;
  Thread* const me = t_me;
  if (me == nullptr) return;
  me->state = Thread::State::ended;
  me->controller.notify([me](SyncObserver& to) { to.ends(me->id); });
  wake(me, std::numeric_limits<std::uint32_t>::max());
  me->controller.switch_from(*me);
  t_me = nullptr;
}

void* run_thread(void* given) noexcept(false) {
  Thread* const me = static_cast<Thread*>(given);
  t_me = me;
  ::pthread_setspecific(g_end_key, reinterpret_cast<void*>(std::uintptr_t{1}));
  me->wait_for_baton();
  me->controller.notify([me](SyncObserver& to) { to.begins(me->id); });
  me->controller.perform(*me);
  return me->routine(me->argument);
}

}  // namespace

Controller::Controller(Strategy& strategy, std::uint64_t max_points, OnStall on_stall)
    : impl_(std::make_unique<Impl>(strategy, max_points, std::move(on_stall))) {
  static const int made = ::pthread_key_create(&g_end_key, end_of_thread);
  if (made != 0) throw std::bad_alloc();
  impl_->add_thread().handle = ::pthread_self();
}

Controller::~Controller() {
  if (g_at_exit == impl_->threads[0].get()) g_at_exit = nullptr;
  // Leaked if threads are left over: they wait for their batons for ever.
  if (stats().left_over != 0) (void)impl_.release();
}

Controller::Scope::Scope(Controller* controller) noexcept : before_(t_me) {
  if (controller != nullptr) t_me = controller->impl_->threads[0].get();
}
Controller::Scope::~Scope() { t_me = before_; }

void Controller::control_exit() {
  g_at_exit = impl_->threads[0].get();
  std::atexit([] {
    if (g_at_exit != nullptr && ::pthread_equal(g_at_exit->handle, ::pthread_self()) != 0)
      t_me = g_at_exit;
  });
}

void Controller::set_observer(SyncObserver* observer) {
  impl_->observer = observer;
  impl_->notify([](SyncObserver& to) { to.begins(0); });
}

void Controller::keep_steps(std::size_t max) { impl_->max_steps = max; }

std::vector<Step> Controller::steps() const {
  std::vector<Step> all(impl_->steps.begin(), impl_->steps.end());
  for (const auto& thread : impl_->threads)
    if (thread->state != Thread::State::ended &&
        (thread.get() != impl_->running || thread.get() == impl_->pausing))
      all.push_back({thread->id, thread->next, thread->times_resumed + 1});
  return all;
}

std::vector<Turn> Controller::turns() const { return impl_->turns; }

RunStats Controller::stats() const {
  RunStats stats;
  stats.points = impl_->points;
  stats.switches = impl_->switches;
  for (const auto& thread : impl_->threads) {
    stats.counts.push_back(thread->points);
    stats.order += Histories::mixed(thread->history, thread->id);
    if (thread->id != 0 && thread->state != Thread::State::ended) ++stats.left_over;
  }
  stats.order += impl_->histories.sum();
  return stats;
}

void point(const Operation& operation) noexcept {
  const base::OwnScope own;
  Thread& me = *t_me;
  me.next = operation;
  me.clock_readings = 0;
  me.controller.switch_from(me);
  me.controller.perform(me);
}

bool block(const Operation& operation, const Deadline& deadline) noexcept {
  const base::OwnScope own;
  Thread& me = *t_me;
  me.next = operation;
  me.deadline = deadline;
  me.timed_out = false;
  me.since = ++me.controller.blocks;
  me.state = Thread::State::blocked;
  me.controller.switch_from(me);
  me.deadline.reset();
  return !me.timed_out;
}

void wake(const void* object, std::uint32_t max) noexcept {
  for (; max > 0; --max) {
    Thread* longest = nullptr;
    for (const auto& thread : t_me->controller.threads) {
      if (thread->state != Thread::State::blocked || thread->next.object != object) continue;
      if (longest == nullptr || thread->since < longest->since) longest = thread.get();
    }
    if (longest == nullptr) return;
    longest->state = Thread::State::ready;
  }
}

void yield() noexcept {
  t_me->yielded = true;
  point({Act::yield, nullptr, nullptr});
}

Nanoseconds now() noexcept {
  Thread& me = *t_me;
  Nanoseconds& time = me.controller.time;
  const std::uint32_t readings = ++me.clock_readings;
  const std::uint32_t doublings = std::min(readings / kReadingsPerDoubling, std::uint32_t{16});
  time += kTick * (std::int64_t{1} << doublings);
  return time;
}

void sleep_until(Nanoseconds time) noexcept {
  const Operation sleep{Act::sleep, nullptr, nullptr};
  point(sleep);
  while (t_me->controller.time < time && block(sleep, time)) {
  }
}

void has_locked(const Operation& operation) noexcept {
  const base::OwnScope own;
  Thread& me = *t_me;
  me.controller.notify([&](SyncObserver& to) { to.locks(me.id, operation, me.held); });
  me.held.push_back(operation);
}

void has_unlocked(const void* lock) noexcept {
  Thread& me = *t_me;
  // A mutex may be unlocked by a thread that did not lock it.
  const auto release = [lock, &me](Thread& thread) {
    const auto at = std::find_if(thread.held.rbegin(), thread.held.rend(),
                                 [lock](const Operation& held) { return held.object == lock; });
    if (at == thread.held.rend()) return false;
    me.controller.notify([&](SyncObserver& to) { to.unlocks(me.id, *at); });
    thread.held.erase(std::next(at).base());
    return true;
  };
  if (release(me)) return;
  for (const auto& thread : me.controller.threads)
    if (release(*thread)) return;
}

bool holds(const void* lock, Act how) noexcept {
  const auto& held = t_me->held;
  return std::any_of(held.begin(), held.end(), [lock, how](const Operation& one) {
    return one.object == lock && one.act == how;
  });
}

void release_to(const void* object, ReleaseKind how) noexcept {
  Thread& me = *t_me;
  me.controller.notify([&](SyncObserver& to) { to.releases_to(me.id, object, how); });
}

void acquire_from(const void* object) noexcept {
  Thread& me = *t_me;
  me.controller.notify([&](SyncObserver& to) { to.acquires_from(me.id, object); });
}

void callback_boundary() noexcept {
  Thread& me = *t_me;
  me.controller.notify([&](SyncObserver& to) { to.pauses(me.id); });
}

void frees(const void* block, std::size_t size, const void* caller) noexcept {
  Thread& me = *t_me;
  me.controller.notify([&](SyncObserver& to) { to.frees(me.id, block, size, caller); });
  const base::NoPoints alone;
  const base::OwnScope own;
  me.controller.histories.forget(block, size);
}

ThreadId my_id() noexcept { return t_me->id; }

int create_thread(int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*),
                  pthread_t* handle, const pthread_attr_t* attributes, void* (*routine)(void*),
                  void* argument) noexcept {
  const base::HostScope host;
  try {
    auto& controller = t_me->controller;
    Thread& thread = controller.add_thread();
    thread.routine = routine;
    thread.argument = argument;
    controller.notify([&thread](SyncObserver& to) { to.creates(t_me->id, thread.id); });
    const int result = real(handle, attributes, run_thread, &thread);
    if (result != 0) {
      controller.threads.pop_back();
      return result;
    }
    thread.handle = *handle;
    thread.next = {Act::start, nullptr, nullptr};
    // It has seen all that its creator has.
    thread.history = Histories::mixed(t_me->history, thread.id);
    return 0;
  } catch (const std::bad_alloc&) {
    return EAGAIN;
  }
}

bool wait_for_end(pthread_t handle, const void* caller, const Deadline& deadline) noexcept {
  Thread* const thread = t_me->controller.find(handle);
  if (thread == nullptr) return true;
  const Operation join{Act::join, thread, caller};
  point(join);
  while (thread->state != Thread::State::ended)
    if (!block(join, deadline)) return false;
  t_me->controller.notify([thread](SyncObserver& to) { to.joins(t_me->id, thread->id); });
  return true;
}

void interrupt(pthread_t handle) noexcept {
  Thread* const thread = t_me->controller.find(handle);
  if (thread == nullptr || thread->state != Thread::State::blocked) return;
  if (thread->next.act == Act::wait || thread->next.act == Act::sleep)
    thread->state = Thread::State::ready;
}

}  // namespace surisim::schedule
