// Binary translation: instruments a plugin's machine code while it runs. Its loads and stores are
// logged, and a Watcher's function runs before chosen instructions.
//
// Only the plugin's own functions are translated, each when it is first reached. Return addresses,
// unwinding and function pointers stay those of the original text, where jumps lead to the
// translation; so exceptions, callbacks from libc, signal handlers and backtraces work as before.
//
// Not translated: functions without unwind information (.eh_frame), .plt, .init and .fini,
// functions with an unknown instruction, other libraries. Not logged: operands relative to rsp, fs
// or gs; call, push and pop; gather and scatter. Locals reached through another register are
// logged, and so is what the C library's memory and string functions access for the plugin
// (memory_calls.hpp). At a fault, a register whose value is not needed any more may have another
// value.
//
// When:    add() after dlopen of a plugin and before its entry point; remove() before dlclose.
// Owner:   the caller; at most one Translation in the process. The Watcher outlives it.
// Threads: as noted. A thread that has not entered runs translated code too, but nothing is logged.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "surisim/error.hpp"

namespace surisim::translate {

// A memory operand of an instruction of the plugin, or of a function that it calls.
struct Site {
  std::uintptr_t address;  // of the instruction, in the original text; for a call, its last byte
  std::uint16_t bytes;     // of one element, if `repeated`
  bool reads;
  bool writes;
  bool locked;    // with a LOCK prefix, or xchg
  bool repeated;  // rep string instruction or call: Access::count is the number of elements
  // The C library's function that is called there: "memcpy". Null: the instruction itself.
  const char* function = nullptr;
};

// One access, in the order in which the thread made them.
struct Access {
  std::uintptr_t address;
  std::uint32_t site;   // index into Translation::sites()
  std::uint32_t count;  // if Site::repeated: elements, an upper bound for cmps and scas; else 0
};

struct SystemCall {
  std::uintptr_t address;  // of the instruction, in the original text
  long number;
  std::array<long, 6> arguments;
};

// The caller's functions, called on the threads that have entered. The plugin's registers and errno
// are preserved; nothing may be thrown. The stack can be unwound, as if the instruction had called
// the function. What a signal handler does that interrupts one of these functions is not reported.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // Before the access at a point. A read-modify-write instruction without LOCK is split: this is
  // called between its load and its store.
  virtual void point(const Site& site, std::uintptr_t address) = 0;
  // The thread's ring is full: these are its accesses since the last drain().
  virtual void full(std::span<const Access> accesses) = 0;
  // Before a system call instruction. Returns the call's result, an error as a negative number, if
  // the Watcher has made the call; with nullopt the instruction runs.
  virtual std::optional<long> system_call(const SystemCall& /*call*/) { return std::nullopt; }
  // The thread has taken Settings::spin_limit backward jumps without a point.
  virtual void spinning() = 0;
  // A memory function (memory_calls.hpp) will return to this address, which is not in the plugin's
  // text. Returns where the plugin's call that led to it returns to; 0: there is none, or unknown.
  virtual std::uintptr_t enclosing_call(std::uintptr_t /*return_address*/, bool /*of_library*/) {
    return 0;
  }
};

struct Settings {
  std::uint32_t spin_limit = 2000;  // backward jumps; at least 1
  // Count instructions instead of logging accesses.
  bool count = false;
  // For an imported function's name, the address that the plugin calls instead; 0: the function
  // itself. May be null.
  std::uintptr_t (*function_for)(std::string_view name) = nullptr;
};

struct Stats {
  std::uint64_t functions = 0;         // translated
  std::uint64_t native_functions = 0;  // reached, but with an unknown instruction, or no memory
};

class Translation {
 public:
  // Error (engine_refused): there is one already, or this processor lacks xsave.
  static expected<std::unique_ptr<Translation>> create(Watcher& watcher, Settings settings = {});
  // Restores the original text. No thread may be in the plugins' code, or in a call from it.
  ~Translation();
  Translation(const Translation&) = delete;
  Translation& operator=(const Translation&) = delete;

  // From now on the library with this handle of dlopen runs translated. Its threads may be in calls
  // of other libraries, but not in the plugin's own code. Errors (engine_refused): the library has
  // no unwind information; the system does not allow its text to be changed.
  expected<void> add(void* library);
  // Restores the original text, before dlclose. Its sites stay listed. No effect if it was not
  // added.
  void remove(void* library);

  // Allocates a ring for the calling thread, whose accesses are logged until it leaves. No effect
  // if it has entered. False: no memory.
  bool enter_thread();
  void leave_thread();
  // The calling thread's accesses since the last drain() or Watcher::full(); empty if it has not
  // entered. Valid until it runs the plugin's code again.
  std::span<const Access> drain();
  // The calling thread was at a scheduling point: its backward jumps count from 0 again.
  void restart_spin_count();

  // Sets or clears a point: whether Watcher::point is called before the accesses of the instruction
  // at this address of the original text. May be set before the function is translated. No other
  // thread may be in the plugin's code, except in a Watcher's function or a call. False: not a
  // plugin's address, or no access is known there (a call's is known after the first call).
  bool set_point(std::uintptr_t instruction, bool on);

  // With Settings::count: how many instructions of the plugins' text the calling thread has run,
  // ever. As in callgrind, a rep instruction counts once per iteration plus once for the final
  // check, and a call through the PLT counts the PLT entry too. Signal handlers may be missing.
  static std::uint64_t instructions();

  // [any thread] Only grows; elements do not move.
  std::span<const Site> sites() const;
  Stats stats() const;

  // The address in the original text for one in the translation; any other address as it is.
  // [any thread], also in a signal handler.
  std::uintptr_t original(std::uintptr_t address) const;

 private:
  class Impl;
  explicit Translation(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace surisim::translate
