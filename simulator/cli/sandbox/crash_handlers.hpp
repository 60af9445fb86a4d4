// Records in the channel how the child ends: with signal handlers, exit handlers and replacements
// of exit() and _exit(). SummarySender then sends what is known about the run. And reports of
// sanitizers and of Rust's standard library (runtime_reports.cpp).
//
// When:    in the child; install_crash_handlers() before a plugin is loaded, as libraries loaded
//          later count as the plugin's code.
// Owner:   their state is process-wide (crash_handlers.cpp, g_state), as signal handlers are.
// Threads: handlers run on the thread that crashes, on an alternate stack.
#pragma once

#include <signal.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "sandbox/channel.hpp"

namespace surisim::sandbox {

// [main]
void install_crash_handlers(Channel& channel);

// Notes exit() also if several threads call it inside libc at once, as by err(): each of them runs
// one of the remaining exit handlers, so many are registered. Called when plugins are loaded,
// before they have threads. [main]
void catch_exits_of_threads();

// False in a process that the plugin has forked. [signal-safe]
bool is_child();

// Notes the calls on this thread's stack. `interrupted`: the address that a signal interrupted,
// which becomes the innermost frame; 0: none. [signal-safe]
void note_stack(Stack& stack, std::uintptr_t interrupted);

// For the handler of SIGINT, SIGTERM and SIGHUP: does not return if the process has sent the signal
// to itself. [signal-safe]
void note_own_interrupt(int number, const siginfo_t& info);

// Ends the process at once, even if the plugin has replaced _exit(). [any thread]
[[noreturn]] void end_process(int status);

// Creates a thread. Throws SandboxError("the thread that `what` could not be created"); `what`:
// "sends the summary". [any thread]
std::thread make_thread(const char* what, std::function<void()> body);

// Sends the events and the summary when the child crashes, hangs or exits. They are in the child's
// memory, and the thread that crashed may hold a lock or have no stack left, so a separate thread
// sends them.
//
// When:    during the run; made before a plugin is loaded. [main]
// Threads: its thread has all signals blocked, and sleeps until request_summary(). It has its own
//          table of descriptors, so that no other thread can close them.
class SummarySender {
 public:
  // `descriptors` stay open only for `send`.
  SummarySender(Channel& channel, const std::vector<int>& descriptors, std::function<void()> send);
  ~SummarySender();
  SummarySender(const SummarySender&) = delete;
  SummarySender& operator=(const SummarySender&) = delete;

  // Sends now, and waits. Returns the error; empty: none. [main]
  std::string send_now();

 private:
  void run();

  Channel& channel_;
  std::function<void()> send_;
  std::string error_;  // set before channel_.sender.done
  std::thread thread_;
};

// Notes errors that other runtimes in the process report, on the thread that made them. A
// sanitizer, preloaded or linked into the plugin, calls a hook; Rust's standard library writes a
// panic to stderr with write(). Called before a plugin is loaded. [main]
void watch_runtimes(Channel& channel);

// The begin of "memory allocation of 24 bytes failed", after which Rust aborts.
inline constexpr std::string_view kRustNoMemory = "memory allocation of ";

}  // namespace surisim::sandbox
