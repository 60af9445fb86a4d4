// What c_library_*.cpp share. They define the C library's waiting functions, in front of its own:
// for a thread under control each is a scheduling point, and the Controller does the waiting; for
// any other thread the C library's function is called. Our own code waits in hand-overs and in
// Mutex, which do not use these. Not in a sanitizer's build, as its interceptors must come first.
//
// When:    at any time, also before main() and in destructors.
// Owner:   the C library's objects stay the plugin's.
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
// Where the function returns to in the plugin, or in a library that it called. NULL: in our own
// code, as after a tail call at the end of a callback.
#define SURISIM_CALLED_FROM \
  surisim::schedule::call_of_plugin(__builtin_extract_return_addr(__builtin_return_address(0)))

namespace surisim::schedule {

// The C library's function, or that of a preloaded library in front of it.
template <class Function>
Function* next_definition(const char* name) noexcept {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

inline const void* call_of_plugin(const void* return_address) noexcept {
  return base::is_own_code(return_address) ? nullptr : return_address;
}

inline constexpr std::uint32_t kAll = std::numeric_limits<std::uint32_t>::max();

inline Nanoseconds to_duration(const timespec& time) noexcept {
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

// What this clock adds to virtual time; all clocks start at a fixed moment.
Nanoseconds offset_of(clockid_t clock) noexcept;
// Only for a thread under control.
timespec read_clock(clockid_t clock) noexcept;
inline Deadline deadline_on(clockid_t clock, const timespec& time) noexcept {
  return to_duration(time) - offset_of(clock);
}
inline bool is_valid(const timespec& time) noexcept {
  return time.tv_nsec >= 0 && time.tv_nsec < 1'000'000'000;
}

// POSIX's and C11's functions share these. For threads under control; each returns what the POSIX
// function does. `caller`: SURISIM_CALLED_FROM.
int lock_mutex(pthread_mutex_t* mutex, const void* caller, const Deadline& deadline = {});
int try_to_lock_mutex(pthread_mutex_t* mutex, const void* caller);
int unlock_mutex(pthread_mutex_t* mutex, const void* caller);
// Without a point, so that no other thread can signal the condition before this one waits for it.
int unlock_mutex_to_wait(pthread_mutex_t* mutex);
int wait_for_condition(pthread_cond_t* condition, pthread_mutex_t* mutex, const void* caller,
                       const Deadline& deadline = {});
int wake_for_condition(pthread_cond_t* condition, std::uint32_t max, const void* caller);
int run_once(pthread_once_t* control, void (*function)(), const void* caller);

// The address of the function that a plugin's translated code calls instead of read, send, poll and
// other functions for pipes, sockets and eventfds (c_library_messages.cpp); 0: there is none.
std::uintptr_t message_function_for(std::string_view name);

}  // namespace surisim::schedule
