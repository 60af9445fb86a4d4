// Defines the functions that start, join, detach, cancel and signal threads in front of the C
// library's: a program that is linked with this library finds these first. They do what glibc's do,
// unless the thread is one of Suricata's. Not in a sanitizer's build, whose own must be the first.
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <cerrno>

#include "abi/allocations.hpp"
#include "abi/host_function.hpp"
#include "abi/plugin_threads.hpp"
#include "abi/process_state.hpp"
#include "schedule/c_library.hpp"

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace surisim::abi {
namespace {

// The C library's, or what a sanitizer has put in front of it.
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

// True: the thread is at its end, or it is not under control.
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

// Suricata's own join, which would then be undefined, is left to work: the call only fails.
bool may_join(const char* function, pthread_t thread, const void* caller) {
  return may_call({function, thread,
                   "it would wait until Suricata stops the thread, and Suricata, which joins the "
                   "thread too, has undefined behaviour",
                   false, caller});
}

// Passes the result of a join on.
int noting(pthread_t thread, int result) {
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
    if (!watched() || !PluginThreads::is_plugins_turn())
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
  return noting(thread, real(thread, result));
}

SURISIM_ABI int pthread_tryjoin_np(pthread_t thread, void** result) noexcept {
  static const auto real = next<int(pthread_t, void**)>(__func__);
  return may_join(__func__, thread, SURISIM_CALLER) ? noting(thread, real(thread, result)) : EINVAL;
}

SURISIM_ABI int pthread_timedjoin_np(pthread_t thread, void** result, const timespec* until) {
  static const auto real = next<int(pthread_t, void**, const timespec*)>(__func__);
  if (!may_join(__func__, thread, SURISIM_CALLER)) return EINVAL;
  if (!has_ended(thread, SURISIM_RETURN_ADDRESS, schedule::deadline_on(CLOCK_REALTIME, *until)))
    return ETIMEDOUT;
  return noting(thread, real(thread, result, until));
}

SURISIM_ABI int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock,
                                     const timespec* until) {
  static const auto real = next<int(pthread_t, void**, clockid_t, const timespec*)>(__func__);
  if (!may_join(__func__, thread, SURISIM_CALLER)) return EINVAL;
  if (!has_ended(thread, SURISIM_RETURN_ADDRESS, schedule::deadline_on(clock, *until)))
    return ETIMEDOUT;
  return noting(thread, real(thread, result, clock, until));
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
