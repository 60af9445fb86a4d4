// Messages between a plugin's threads through pipes, sockets and eventfds: who receives one comes
// after those that have sent some. A thread under control that would wait for one lets others run.
//
// When:    at any time; for threads that are not under control these do what the C library's do.
// Owner:   nothing is kept.
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace surisim::schedule {

// What a plugin whose code is watched calls in place of the C library's function, an address; 0:
// the function itself.
std::uintptr_t message_function_for(std::string_view name);

}  // namespace surisim::schedule
