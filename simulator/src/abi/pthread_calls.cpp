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

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace surisim::abi {
namespace {

// The C library's, or what a sanitizer has put in front of it.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
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

SURISIM_ABI int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                               void* (*routine)(void*), void* argument) noexcept {
  static const auto real =
      next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>(__func__);
  if (!watched() || !PluginThreads::is_plugins_turn())
    return real(thread, attributes, routine, argument);
  return state().plugin_threads.start(real, thread, attributes, routine, argument, SURISIM_CALLER);
}

SURISIM_ABI int pthread_join(pthread_t thread, void** result) {
  static const auto real = next<int(pthread_t, void**)>(__func__);
  return may_join(__func__, thread, SURISIM_CALLER) ? noting(thread, real(thread, result)) : EINVAL;
}

SURISIM_ABI int pthread_tryjoin_np(pthread_t thread, void** result) noexcept {
  static const auto real = next<int(pthread_t, void**)>(__func__);
  return may_join(__func__, thread, SURISIM_CALLER) ? noting(thread, real(thread, result)) : EINVAL;
}

SURISIM_ABI int pthread_timedjoin_np(pthread_t thread, void** result, const timespec* until) {
  static const auto real = next<int(pthread_t, void**, const timespec*)>(__func__);
  return may_join(__func__, thread, SURISIM_CALLER) ? noting(thread, real(thread, result, until))
                                                    : EINVAL;
}

SURISIM_ABI int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock,
                                     const timespec* until) {
  static const auto real = next<int(pthread_t, void**, clockid_t, const timespec*)>(__func__);
  return may_join(__func__, thread, SURISIM_CALLER)
             ? noting(thread, real(thread, result, clock, until))
             : EINVAL;
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
  return allowed ? real(thread) : 0;
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
