// Answers: replaces Suricata's functions, one by one, for plugins under test.
//
// A plugin's calls of the function go to the answer, from `.so` files and from the program alike.
// The engine's own calls do not. Functions with variable arguments (SCLog, SCLogErr) and data
// cannot be replaced; the errors say so. Functions without an answer cost nothing.
//
// When:    at any time; for calls in a plugin's Init, before Phase::load_plugins. Calls through an
//          address that the plugin has kept or got from dlsym() are not replaced, nor those from
//          libraries that it opens itself.
// Owner:   the process: an answer stays until it is forgotten, also from one Runtime to the next.
// Threads: set and forget answers while no plugin calls the function. An answer runs on the thread
//          that calls the function; its allocations do not count as the plugin's.
// Source:  surisim/host_functions.hpp lists the functions.
#pragma once

#include <string_view>
#include <type_traits>
#include <typeinfo>

#include "surisim/error.hpp"

namespace surisim {

// The address of any function.
using HostFunction = void (*)();

// Sets the answer to a function; NULL: none. Errors (invalid_option): there is no such function
// (the message has the closest name); it cannot be replaced; `type` is not the function's type.
expected<void> set_host_answer(std::string_view function, HostFunction answer,
                               const std::type_info& type);

// set_host_answer<AppProto(const Flow*)>("SCFlowGetAppProtocol", [](const Flow*) -> AppProto { …
// }). A function that exists only so that plugins load has no type here: any is accepted.
template <class F>
requires std::is_function_v<F> expected<void> set_host_answer(std::string_view function,
                                                              F* answer) {
  return set_host_answer(function, reinterpret_cast<HostFunction>(answer), typeid(F));
}

// Removes the answer to this function, or all answers: plugins' calls go to Suricata's again.
expected<void> forget_host_answer(std::string_view function);
void forget_host_answers();

// Suricata's function itself, for the answer to call: checks and reports treat it as the plugin's
// call. Errors as above.
expected<HostFunction> own_host_answer(std::string_view function, const std::type_info& type);
template <class F>
requires std::is_function_v<F> expected<F*> own_host_answer(std::string_view function) {
  const expected<HostFunction> own = own_host_answer(function, typeid(F));
  if (!own) return tl::unexpected<Error>(own.error());
  return reinterpret_cast<F*>(*own);
}

}  // namespace surisim
