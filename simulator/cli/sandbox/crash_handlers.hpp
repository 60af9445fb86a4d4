// Runs in the child: signal handlers, exit handlers and replacements of exit() and _exit(), which
// record in the channel how the process ends, and a thread that then sends what is known about the
// run. And what other runtimes in the process report (runtime_reports.cpp).
//
// When:    install_crash_handlers() before a plugin is loaded: what is loaded later counts as the
//          plugin's code.
// Owner:   their state is process-wide (crash_handlers.cpp, g_state), as signal handlers are.
// Threads: handlers run on the thread that dies, on an alternate stack.
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

// After plugins are loaded, and before they have threads: if libc calls exit() for several threads
// at once, as in err(), each runs the exit handlers that are left, the newest first. [main]
void catch_exits_of_threads();

// False in a process that the plugin has forked: its end is not the child's. [signal-safe]
bool is_child();

// Notes the calls on this thread's stack. `interrupted`: the address at which a signal came, where
// it begins; 0: none did. [signal-safe]
void note_stack(Stack& stack, std::uintptr_t interrupted);

// For a handler of SIGINT, SIGTERM and SIGHUP, before Suricata's own stand: does not return if the
// process has sent the signal to itself. [signal-safe]
void note_own_interrupt(int number, const siginfo_t& info);

// Ends the process at once, whatever the plugin has put in place of _exit(). [any thread]
[[noreturn]] void end_process(int status);

// A thread of surisim's own, which `what`: "sends the summary". Throws a SandboxError that says
// which thread could not be made. [any thread]
std::thread make_thread(const char* what, std::function<void()> body);

// Sends the events and the summary when the child crashes, hangs or exits. Only the child
// can, as they are in its memory; and the thread that crashed may hold the locks, or lack the
// stack, that sending takes.
//
// When:    around the run: made before a plugin is loaded. [main]
// Threads: one of its own, with all signals blocked, which sleeps until request_summary(). It has
//          its own table of descriptors, which no other thread can write to or close.
class SummarySender {
 public:
  // `descriptors` stay open for `send` alone.
  SummarySender(Channel& channel, const std::vector<int>& descriptors, std::function<void()> send);
  ~SummarySender();
  SummarySender(const SummarySender&) = delete;
  SummarySender& operator=(const SummarySender&) = delete;

  // Sends now, and waits. Returns what went wrong; empty: nothing. [main]
  std::string send_now();

 private:
  void run();

  Channel& channel_;
  std::function<void()> send_;
  std::string error_;  // set before channel_.sender.done
  std::thread thread_;
};

// In the child: what other runtimes in the process report. A sanitizer that is preloaded or linked
// into the plugin tells of an error through a hook; Rust's standard library writes a panic to
// stderr, through write(), before the process ends without saying why.
//
// When:    watch_runtimes() before a plugin is loaded; the hooks from then on.
// Owner:   reports are in the channel; the rest is process-wide (runtime_reports.cpp), as the
//          symbols that it replaces are.
// Threads: hooks run on the thread that made the mistake.

// [main]
void watch_runtimes(Channel& channel);

// "memory allocation of 24 bytes failed": the process ends after it.
inline constexpr std::string_view kRustNoMemory = "memory allocation of ";

}  // namespace surisim::sandbox
