// What Suricata's functions answer a plugin, replaced one by one.
//
// A function of the caller's gets the plugin's calls of one of the host's: calls of `.so` files and
// of code in the program alike. The engine's own calls never change, nor does anything cost more
// while there is no answer. Nobody can replace functions with variable arguments (SCLog, SCLogErr)
// and data; the errors say so.
//
// When:    any time; for calls in a plugin's Init before Phase::load_plugins. Not reached: calls
//          through an address that the plugin has kept or got from dlsym(), and those of libraries
//          that it opens itself.
// Owner:   the process: an answer stays until it is forgotten, also from one Runtime to the next.
// Threads: set and forget while no plugin calls the function. Answers run on the thread that calls
//          the function, with what they allocate not the plugin's.
// Source:  surisim/host_functions.hpp lists them.
#pragma once

#include <string_view>
#include <type_traits>
#include <typeinfo>

#include "surisim/error.hpp"

namespace surisim {

// Of any function.
using HostFunction = void (*)();

// Errors (invalid_option): there is no such function, with the closest name; it cannot be replaced,
// and why; `type` is not the function's. `answer` NULL: none.
expected<void> set_host_answer(std::string_view function, HostFunction answer,
                               const std::type_info& type);

// set_host_answer<AppProto(const Flow*)>("SCFlowGetAppProtocol", [](const Flow*) -> AppProto { …
// }). A function that exists only so that plugins load has no type here: any is accepted.
template <class F>
requires std::is_function_v<F> expected<void> set_host_answer(std::string_view function,
                                                              F* answer) {
  return set_host_answer(function, reinterpret_cast<HostFunction>(answer), typeid(F));
}

// The plugin's calls go to the function itself again; those of all functions.
expected<void> forget_host_answer(std::string_view function);
void forget_host_answers();

// The function itself, for an answer that wants it: with all checks and reports, which name the
// plugin's call. Errors as above.
expected<HostFunction> own_host_answer(std::string_view function, const std::type_info& type);
template <class F>
requires std::is_function_v<F> expected<F*> own_host_answer(std::string_view function) {
  const expected<HostFunction> own = own_host_answer(function, typeid(F));
  if (!own) return tl::unexpected<Error>(own.error());
  return reinterpret_cast<F*>(*own);
}

}  // namespace surisim
