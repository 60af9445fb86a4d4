// Tracks plugins' threads from pthread_create to their join; defines pthread_create and its
// relatives.
#include "abi/plugin_threads.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "abi/allocations.hpp"
#include "abi/callbacks.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "schedule/c_library.hpp"
#include "trace/context.hpp"

namespace surisim::abi {
namespace {

// The calling thread, if a plugin has started it; else null.
thread_local const PluginThread* started_by_plugin = nullptr;

struct Start {
  void* (*routine)(void*);
  void* argument;
  std::shared_ptr<PluginThread> thread;
};

// What the thread runs. Its end is noted also if it calls pthread_exit.
void* run(void* given) {
  const std::unique_ptr<Start> start(static_cast<Start*>(given));
  started_by_plugin = start->thread.get();
  const auto ended = [&] { start->thread->has_ended.store(true, std::memory_order_release); };
  const AtEnd at_end(ended);
  return start->routine(start->argument);
}

bool is_detached(const pthread_attr_t* attributes) {
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) ::pthread_attr_getdetachstate(attributes, &state);
  return state == PTHREAD_CREATE_DETACHED;
}

bool is_of_output(const PluginThread& thread) {
  return thread.callback == JournalCallback::eve_filetype || is_logger(thread.callback);
}

}  // namespace

const void* function_of_plugins_thread() noexcept {
  return started_by_plugin == nullptr ? nullptr : started_by_plugin->function;
}

bool PluginThreads::runs_plugin_code() noexcept {
  if (started_by_plugin != nullptr) return true;
  const engine::Context* const mine = engine::context();
  return mine != nullptr && mine->callback != JournalCallback::none;
}

int PluginThreads::start(Create create, pthread_t* thread, const pthread_attr_t* attributes,
                         void* (*routine)(void*), void* argument, const void* caller) noexcept {
  const HostScope host;
  engine::note_constructor("started a thread");
  try {
    const auto entry = std::make_shared<PluginThread>();
    entry->plugin = started_by_plugin != nullptr ? started_by_plugin->plugin : running_plugin();
    entry->callback =
        started_by_plugin != nullptr ? started_by_plugin->callback : engine::context()->callback;
    entry->caller = caller;
    entry->function = reinterpret_cast<const void*>(routine);
    entry->is_detached = is_detached(attributes);
    auto start = std::make_unique<Start>(Start{routine, argument, entry});
    const MutexLock lock(mutex_);
    all_.push_back(entry);
    // Sets the plugin's variable directly: the thread may read it before this function returns.
    const int result = create(thread, attributes, run, start.get());
    if (result != 0) {
      all_.pop_back();
      return result;
    }
    (void)start.release();
    entry->handle = *thread;
    return 0;
  } catch (const std::bad_alloc&) {
    return EAGAIN;
  }
}

// Searches from the latest one, because the C library reuses handles.
PluginThread* PluginThreads::find(pthread_t thread) {
  const auto found = std::find_if(all_.rbegin(), all_.rend(), [thread](const auto& one) {
    return !one->is_joined && !one->is_detached && ::pthread_equal(one->handle, thread) != 0;
  });
  return found == all_.rend() ? nullptr : found->get();
}

void PluginThreads::joined(pthread_t thread) {
  const MutexLock lock(mutex_);
  if (PluginThread* const one = find(thread)) one->is_joined = true;
}

void PluginThreads::detached(pthread_t thread) {
  const MutexLock lock(mutex_);
  if (PluginThread* const one = find(thread)) one->is_detached = true;
}

void PluginThreads::outputs_closed(std::uint32_t plugin) {
  const MutexLock lock(mutex_);
  for (const auto& one : all_) {
    if (one->plugin == plugin && !one->is_joined && !one->has_ended.load(std::memory_order_acquire))
      one->outlived_output = true;
  }
}

void PluginThreads::report_lost() const {
  std::vector<std::shared_ptr<PluginThread>> all;
  {
    const MutexLock lock(mutex_);
    all = all_;
  }
  for (const auto& one : all) {
    const bool ran = one->outlived_output || !one->has_ended.load(std::memory_order_acquire);
    if (one->is_joined || !ran || !is_of_output(*one)) continue;
    const std::string message = fmt::format(
        "a thread that was started in {} still ran {}, and was never joined: what it has not yet "
        "written is lost when Suricata ends",
        one->callback == JournalCallback::eve_filetype
            ? "an EVE file type"
            : fmt::format("a {}", to_string(one->callback)),
        one->outlived_output ? "after Deinit" : "at the end of the run");
    notify(OutputMistake{RuleId::output_lost, "pthread_create", one->caller, nullptr, one->plugin,
                         message.c_str()});
  }
}

PluginThreads::Counts PluginThreads::counts() const {
  Counts counts;
  const MutexLock lock(mutex_);
  for (const auto& one : all_) {
    ++counts.started;
    if (one->is_joined)
      ++counts.joined;
    else if (one->is_detached)
      ++counts.detached;
    if (!one->is_joined && !one->has_ended.load(std::memory_order_acquire)) ++counts.running;
  }
  return counts;
}

void PluginThreads::reset() {
  const MutexLock lock(mutex_);
  all_.clear();
}

}  // namespace surisim::abi

// The functions that start, join, detach, cancel and signal threads. A program linked with this
// library finds them before the C library's. They do the same, unless the thread is one of
// Suricata's. Not in a build with a sanitizer, whose functions must come first.

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace surisim::abi {
namespace {

// The next function of this name: the C library's, or one that a preloaded sanitizer defines.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

int create_under_control(pthread_t* thread, const pthread_attr_t* attributes,
                         void* (*routine)(void*), void* argument) {
  return schedule::create_thread(next<Create>("pthread_create"), thread, attributes, routine,
                                 argument);
}

// Under control, waits for the thread's end. False: the deadline has passed.
bool has_ended(pthread_t thread, const void* caller, const schedule::Deadline& deadline = {}) {
  if (!schedule::controlled()) return true;
  return schedule::wait_for_end(thread, caller, deadline);
}

bool may_call(const ThreadCall& call) {
  if (!watched()) [[likely]]
    return true;
  Observer* const watcher = observer();
  return watcher == nullptr || watcher->allow(call);
}

// If the thread is Suricata's, the plugin's join fails, so that Suricata's own join works.
bool may_join(const char* function, pthread_t thread, const void* caller) {
  return may_call({function, thread,
                   "it would wait until Suricata stops the thread, and Suricata, which joins the "
                   "thread too, has undefined behaviour",
                   false, caller});
}

// Notes a successful join. Returns `result`.
int note_join(pthread_t thread, int result) {
  if (result == 0 && watched()) state().plugin_threads.joined(thread);
  return result;
}

bool may_signal(const char* function, pthread_t thread, int signal, const void* caller) {
  return signal == 0 ||
         may_call({function, thread,
                   "the signal interrupts what Suricata is doing there, or ends the process", false,
                   caller});
}

}  // namespace
}  // namespace surisim::abi

using namespace surisim::abi;
namespace schedule = surisim::schedule;

SURISIM_ABI int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                               void* (*routine)(void*), void* argument) noexcept {
  static const auto real = next<Create>(__func__);
  const void* const caller = SURISIM_RETURN_ADDRESS;
  const bool under_control = schedule::controlled();
  const auto create = [&] {
    const auto start = under_control ? create_under_control : real;
    if (!watched() || !PluginThreads::runs_plugin_code())
      return start(thread, attributes, routine, argument);
    return state().plugin_threads.start(start, thread, attributes, routine, argument,
                                        plugin_call(caller));
  };
  const int result = create();
  if (under_control) schedule::point({schedule::Act::create, nullptr, caller});
  return result;
}

SURISIM_ABI int pthread_join(pthread_t thread, void** result) {
  static const auto real = next<int(pthread_t, void**)>(__func__);
  if (!may_join(__func__, thread, SURISIM_CALLER)) return EINVAL;
  (void)has_ended(thread, SURISIM_RETURN_ADDRESS);
  return note_join(thread, real(thread, result));
}

SURISIM_ABI int pthread_tryjoin_np(pthread_t thread, void** result) noexcept {
  static const auto real = next<int(pthread_t, void**)>(__func__);
  return may_join(__func__, thread, SURISIM_CALLER) ? note_join(thread, real(thread, result))
                                                    : EINVAL;
}

SURISIM_ABI int pthread_timedjoin_np(pthread_t thread, void** result, const timespec* until) {
  static const auto real = next<int(pthread_t, void**, const timespec*)>(__func__);
  if (!may_join(__func__, thread, SURISIM_CALLER)) return EINVAL;
  if (!has_ended(thread, SURISIM_RETURN_ADDRESS, schedule::deadline_on(CLOCK_REALTIME, *until)))
    return ETIMEDOUT;
  return note_join(thread, real(thread, result, until));
}

SURISIM_ABI int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock,
                                     const timespec* until) {
  static const auto real = next<int(pthread_t, void**, clockid_t, const timespec*)>(__func__);
  if (!may_join(__func__, thread, SURISIM_CALLER)) return EINVAL;
  if (!has_ended(thread, SURISIM_RETURN_ADDRESS, schedule::deadline_on(clock, *until)))
    return ETIMEDOUT;
  return note_join(thread, real(thread, result, clock, until));
}

SURISIM_ABI int pthread_detach(pthread_t thread) noexcept {
  static const auto real = next<int(pthread_t)>(__func__);
  const bool allowed = may_call(
      {__func__, thread,
       "Suricata joins the thread at its end, which for a detached one is undefined behaviour",
       true, SURISIM_CALLER});
  if (allowed && watched()) state().plugin_threads.detached(thread);
  return allowed ? real(thread) : 0;
}

SURISIM_ABI int pthread_cancel(pthread_t thread) {
  static const auto real = next<int(pthread_t)>(__func__);
  const bool allowed =
      may_call({__func__, thread,
                "the thread ends where it happens to be, with Suricata's locks held, and Suricata "
                "waits for it forever",
                false, SURISIM_CALLER});
  if (!allowed) return 0;
  const int result = real(thread);
  if (schedule::controlled()) schedule::interrupt(thread);
  return result;
}

SURISIM_ABI int pthread_kill(pthread_t thread, int signal) noexcept {
  static const auto real = next<int(pthread_t, int)>(__func__);
  (void)may_signal(__func__, thread, signal, SURISIM_CALLER);
  return real(thread, signal);
}

SURISIM_ABI int pthread_sigqueue(pthread_t thread, int signal, const sigval value) noexcept {
  static const auto real = next<int(pthread_t, int, const sigval)>(__func__);
  (void)may_signal(__func__, thread, signal, SURISIM_CALLER);
  return real(thread, signal, value);
}

#endif
