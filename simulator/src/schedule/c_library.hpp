// Shared by the definitions of the C library's waiting functions. They come before the C library's
// own in a program that is linked with this library: for a thread under control each is a point,
// and waiting is the Controller's; for any other thread they do what the C library's do. Our own
// code waits by hand-overs and by Mutex, which do not come here. Not in a sanitizer's build, whose
// own must be the first.
//
// When:    at any time, also before main() and in destructors.
// Owner:   nothing is kept.
// Threads: any.
#pragma once

#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/host_scope.hpp"
#include "base/sanitizers.hpp"
#include "schedule/controller.hpp"

#define SURISIM_C_LIBRARY extern "C" __attribute__((visibility("default")))
// The plugin's call, or a library's on its behalf. NULL: the call was compiled to a jump, as the
// last one of a callback.
#define SURISIM_CALLED_FROM \
  surisim::schedule::call_of_plugin(__builtin_extract_return_addr(__builtin_return_address(0)))

namespace surisim::schedule {

// The C library's function, or what a preloaded library has put in front of it.
template <class Function>
Function* next_definition(const char* name) noexcept {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

inline const void* call_of_plugin(const void* return_address) noexcept {
  return base::is_own_code(return_address) ? nullptr : return_address;
}

inline constexpr std::uint32_t kEveryone = std::numeric_limits<std::uint32_t>::max();

inline Nanoseconds to_duration(const timespec& time) noexcept {
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

// What a clock that is read under control adds to virtual time: all start at a fixed moment.
Nanoseconds offset_of(clockid_t clock) noexcept;
// What the clock says, for a thread under control.
timespec read_clock(clockid_t clock) noexcept;
// A time on that clock, as a deadline of the Controller's.
inline Deadline deadline_on(clockid_t clock, const timespec& time) noexcept {
  return to_duration(time) - offset_of(clock);
}
inline bool is_valid(const timespec& time) noexcept {
  return time.tv_nsec >= 0 && time.tv_nsec < 1'000'000'000;
}

// What functions have in common that do the same by several names. For threads under control; each
// returns what the POSIX function does. `caller`: of the C library's function.
int lock_mutex(pthread_mutex_t* mutex, const void* caller, const Deadline& deadline = {});
int try_to_lock_mutex(pthread_mutex_t* mutex, const void* caller);
int unlock_mutex(pthread_mutex_t* mutex, const void* caller);
// Without a point: nobody may wake the thread before it waits.
int unlock_mutex_to_wait(pthread_mutex_t* mutex);
int wait_for_condition(pthread_cond_t* condition, pthread_mutex_t* mutex, const void* caller,
                       const Deadline& deadline = {});
int wake_for_condition(pthread_cond_t* condition, std::uint32_t most, const void* caller);
int run_once(pthread_once_t* control, void (*function)(), const void* caller);

// Messages (messages.cpp) between a plugin's threads through pipes, sockets and eventfds: who
// receives one comes after those that have sent some. A thread under control that would wait for
// one lets others run.
//
// When:    at any time; for threads that are not under control these do what the C library's do.
// Owner:   nothing is kept.
// Threads: any.

// What a plugin whose code is watched calls in place of the C library's function, an address; 0:
// the function itself.
std::uintptr_t message_function_for(std::string_view name);

}  // namespace surisim::schedule
