// Runs a plugin's machine code translated, without compiling it again: its loads and stores can be
// seen, and at chosen instructions a function of the caller's runs first.
//
// Only the plugin's own functions are translated, each when it is first reached. Stacks, return
// addresses, unwinding and function pointers are those of the original text, which becomes a table
// of jumps; so exceptions, callbacks from libc, signal handlers and backtraces work as before.
//
// Stays as it is, unseen: functions without unwind information (.eh_frame), .plt, .init and .fini,
// functions with an instruction that is not known, and every other library.
// A register that the plugin sets before it needs it again may have another value at a fault.
// Not logged: operands relative to rsp, fs or gs; call, push and pop; gather and scatter. Locals
// that are reached through another register are logged. Of other libraries' accesses those are that
// the C library's functions for memory and strings make for the plugin (memory_calls.hpp).
//
// When:    add() after dlopen of a plugin and before its entry point; remove() before dlclose.
// Owner:   the caller; at most one Translation at a time. The Watcher outlives it.
// Threads: as each function says. A thread that has not entered runs translated code too, unseen.
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

// One memory operand of an instruction of the plugin's, or of a function that it calls.
struct Site {
  std::uintptr_t address;  // of the instruction, in the original text; of a call its last byte
  std::uint16_t bytes;     // of one element, if `repeated`
  bool reads;
  bool writes;
  bool locked;    // with a LOCK prefix, or xchg
  bool repeated;  // a string instruction with a prefix: Access::count says how many elements
  // The C library's, which is called there: "memcpy". Repeated, of bytes. Null: the instruction.
  const char* function = nullptr;
};

// One access, in the order in which the thread made them.
struct Access {
  std::uintptr_t address;
  std::uint32_t site;   // index into Translation::sites()
  std::uint32_t count;  // of a repeated site: elements, an upper bound for cmps and scas. Else 0
};

struct SystemCall {
  std::uintptr_t address;  // of the instruction, in the original text
  long number;
  std::array<long, 6> arguments;
};

// What the caller is told, on the thread that has entered and runs the plugin's code. The plugin's
// registers and errno are kept; nothing may be thrown. The stack can be unwound from here, as from
// a function that the instruction has called. If a signal handler of the plugin's interrupts one of
// these functions, nothing is told about that handler.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // Before the access at a point. A read-modify-write instruction without LOCK is split there: its
  // load has been made, its store has not.
  virtual void point(const Site& site, std::uintptr_t address) = 0;
  // The thread's ring is full: these are its accesses since the last drain().
  virtual void full(std::span<const Access> accesses) = 0;
  // The thread is about to make a system call itself, with an instruction at this place. Returns
  // the call's result, an error as a negative number, if the Watcher has made it; else it is made.
  virtual std::optional<long> system_call(const SystemCall& /*call*/) { return std::nullopt; }
  // The thread has taken this many backward jumps without a point.
  virtual void spinning() = 0;
  // A function for memory returns to this address, which is not in the plugin's text. Where the
  // call of the plugin's returns to that it is called for; 0: it is not, or that is not known.
  virtual std::uintptr_t call_around(std::uintptr_t /*return_address*/, bool /*of_library*/) {
    return 0;
  }
};

struct Settings {
  std::uint32_t spin_limit = 2000;  // backward jumps; at least 1
  // The instructions that threads run are counted, and their accesses are not logged.
  bool count = false;
  // What the plugin calls in place of a function of another library's, by its name; 0: the
  // function itself. Null: those only that translating needs.
  std::uintptr_t (*function_for)(std::string_view name) = nullptr;
};

struct Stats {
  std::uint64_t functions = 0;         // translated
  std::uint64_t native_functions = 0;  // reached, but with an unknown instruction, or no room
  std::uint64_t instructions = 0;      // translated
  std::uint64_t code_bytes = 0;        // of translations
  std::uint64_t entries_by_jump = 0;   // places of the original text that jump to the translation
  std::uint64_t entries_by_trap = 0;   // places that do so by a signal, which takes microseconds
  std::uint64_t traps = 0;             // such signals
  std::uint64_t ticks = 0;             // of the time stamp counter, spent on translating
};

class Translation {
 public:
  // Error (engine_refused): there is one already, or this processor lacks xsave.
  static expected<std::unique_ptr<Translation>> create(Watcher& watcher, Settings settings = {});
  // Puts the original text back. No thread runs the plugins' code, or is inside a call from it.
  ~Translation();
  Translation(const Translation&) = delete;
  Translation& operator=(const Translation&) = delete;

  // From now on the library with this handle of dlopen runs translated. Threads that it has started
  // may be waiting in calls, but not run code of the plugin's own. Errors (engine_refused): the
  // library has no unwind information; the system does not allow its text to be changed.
  expected<void> add(void* library);
  // Puts the original text back: before dlclose. Its sites stay listed. Not added: nothing happens.
  void remove(void* library);

  // The calling thread gets a ring of its own, and is watched until it leaves. Entering twice is
  // entering once. False: there is no memory.
  bool enter_thread();
  void leave_thread();
  // The calling thread's accesses since the last drain() or Watcher::full(); empty if it has not
  // entered. Valid until it runs code of the plugin's again.
  std::span<const Access> drain();
  // The calling thread has passed a point of another kind: its backward jumps count from 0 again.
  void restart_spin_count();

  // Whether Watcher::point is called before the accesses of the instruction at this address of the
  // original text. May be set before the function has been translated. No other thread may be in
  // code of the plugin's, except in a Watcher's function or a call. False: not a plugin's address,
  // or no access is known there; that of a function which is called is not before the first call.
  bool set_point(std::uintptr_t instruction, bool on);

  // With Settings::count: how many instructions of the plugins' own text the calling thread has
  // run; grows. An instruction with the prefix rep counts once for each turn and once for finding
  // that none is left, as callgrind counts it; a call through the linkage table counts that, too.
  // What a signal handler of the plugin's runs may be missing.
  static std::uint64_t instructions();

  // [any thread] Grows; what it has stays where it is.
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
