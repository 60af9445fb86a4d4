// The lifecycle on one screen: what happens, in which order, on which thread.
//
// The Runtime walks through this table, and `surisim lifecycle` prints it, so they cannot disagree.
//
// When:    at any time.
// Source:  suricata.c (SuricataInit, PostConfLoadedSetup, SuricataPostInit, PostRunDeinit),
//          tm-threads.c, runmode-unix-socket.c; facts as cited.
//
// Tags after declarations, in this and every other header, say which threads may call them:
//
//   [main]         the program's main thread: it owns the Runtime, loads plugins, runs their Init
//   [creator]      the thread that creates, releases, stops and frees others: main, or US (L5, L28)
//   [worker]       threads that capture or handle packets: W, RX
//   [owner]        the thread that owns the object, or the ThreadVars that is passed
//   [callback]     a thread that is running a plugin's callback
//   [any thread]   any thread, also several at once
//   [signal-safe]  any thread, also in a signal handler
#pragma once

#include <array>
#include <cstddef>

namespace surisim {

enum class Phase {
  storage_init,
  register_before,
  load_plugins,
  register_after,
  finalize,
  logging_ready,
  create_command_threads,
  create_packet_threads,
  create_management_threads,
  wait_initialised,
  release,
  wait_running,
  traffic,
  stop_flow_managers,
  stop_capture,
  enter_flow_loop,
  flow_cleanup,
  kill_packet_loops,
  stop_recyclers,
  kill_management_threads,
  free_management_threads,
  kill_packet_threads,
  free_packet_threads,
  flow_shutdown,
  kill_command_threads,
  end,
};

// The thread that runs the phase: main, or US in unix-socket mode (L5, L28).
enum class Runner { main, creator };

struct Step {
  Phase phase;
  Runner runner;
  bool per_lifecycle;  // repeated when one process runs several lifecycles (L28)
  const char* name;    // in reports and violations
  const char* what;    // what happens
  const char* on;      // on which thread
  const char* facts;   // that describe it
};

// clang-format off
inline constexpr std::array kLifecycle = {
  Step{Phase::storage_init,              Runner::main,    false, "storage init",              "storage registration opens; earlier registrations are wiped",          "main",             "L1 L2"},
  Step{Phase::register_before,           Runner::main,    false, "register own slots",        "Suricata registers flow slot bypass_counters (id 0)",                   "main",             "L19"},
  Step{Phase::load_plugins,              Runner::main,    false, "load plugins",              "dlopen, SCPluginRegister, Init: the window to register",                "main",             "L1 L2 L38-L40"},
  Step{Phase::register_after,            Runner::main,    false, "register more own slots",   "Suricata registers expectation, tag, threshold_cache (not 8.0), bit",   "main",             "L19 E12"},
  Step{Phase::finalize,                  Runner::main,    false, "finalize",                  "storage registration closes: later ones get id -1",                     "main",             "L1 L2 L16"},
  Step{Phase::logging_ready,             Runner::main,    false, "outputs",                   "outputs are set up; config test and engine analysis end here",          "main",             "L1 L4"},
  Step{Phase::create_command_threads,    Runner::main,    false, "create command threads",    "DL, US: allocate, PAUSE, init callbacks, spawn",                        "main",             "L5 L9 L27"},
  Step{Phase::create_packet_threads,     Runner::creator, true,  "create packet threads",     "RX, W: one at a time: allocate, init callbacks, then spawn and wait",   "main (or US)",     "L5-L10"},
  Step{Phase::create_management_threads, Runner::creator, true,  "create management threads", "FM, FR, FB, CW, CS, HB (8.0: if configured) in the same way",           "main (or US)",     "L5-L9 E35"},
  Step{Phase::wait_initialised,          Runner::creator, true,  "wait for init",             "all threads initialised, or the engine refuses to start",               "main (or US)",     "L12 L14 L15"},
  Step{Phase::release,                   Runner::creator, true,  "release",                   "PAUSE is taken back: packet threads, management, command",              "main (or US)",     "L12 L13"},
  Step{Phase::wait_running,              Runner::creator, true,  "wait for running",          "all threads run",                                                       "main",             "L12 L15"},
  Step{Phase::traffic,                   Runner::creator, true,  "traffic",                   "flow init and update on workers, finish on FR or a worker, or never",   "W, FM, FR",        "L30-L37"},
  Step{Phase::stop_flow_managers,        Runner::creator, true,  "stop flow managers",        "FM: KILL, wait until they are done",                                    "main (or US)",     "L24"},
  Step{Phase::stop_capture,              Runner::creator, true,  "stop capture",              "capturing threads: REQ_FLOW_LOOP, one after the other",                 "main (or US)",     "L13 L24"},
  Step{Phase::enter_flow_loop,           Runner::creator, true,  "enter flow loop",           "queue-fed workers: REQ_FLOW_LOOP, wait for FLOW_LOOP",                  "main (or US)",     "L13 L24"},
  Step{Phase::flow_cleanup,              Runner::creator, true,  "flow clean-up work",        "open TCP flows with data go back to their worker: freed, no finish",    "main, then W",     "L24 L32"},
  Step{Phase::kill_packet_loops,         Runner::creator, true,  "kill packet loops",         "packet threads: KILL, wait for RUNNING_DONE, one after the other",      "main (or US)",     "L13 L24"},
  Step{Phase::stop_recyclers,            Runner::creator, true,  "stop recyclers",            "all open flows go through FR: finish and Free; then FR: KILL",          "FR",               "L24 L31"},
  Step{Phase::kill_management_threads,   Runner::creator, true,  "kill management threads",   "KILL, DEINIT, join, one after the other",                               "main (or US)",     "L24"},
  Step{Phase::free_management_threads,   Runner::creator, true,  "free management threads",   "thread storage freed in the order the threads were appended",           "main (or US)",     "L21 L24-L26"},
  Step{Phase::kill_packet_threads,       Runner::creator, true,  "kill packet threads",       "DEINIT, join, one after the other",                                     "main (or US)",     "L24"},
  Step{Phase::free_packet_threads,       Runner::creator, true,  "free packet threads",       "thread storage freed in the order the threads were appended",           "main (or US)",     "L21 L24-L26"},
  Step{Phase::flow_shutdown,             Runner::creator, true,  "flow shutdown",             "backstop: flows that are left are freed with no finish",                "main (or US)",     "L34"},
  Step{Phase::kill_command_threads,      Runner::main,    false, "kill command threads",      "DL, US: KILL, join; their storage is never freed",                      "main",             "L24 L27"},
  Step{Phase::end,                       Runner::main,    false, "end",                       "the process ends; the plugins' destructors run",                        "main",             "L38"},
};
// clang-format on

static_assert(
    [] {
      for (std::size_t i = 0; i < kLifecycle.size(); ++i)
        if (kLifecycle[i].phase != static_cast<Phase>(i)) return false;
      return kLifecycle.back().phase == Phase::end;
    }(),
    "row i is phase i");

inline constexpr const Step& step_of(Phase phase) {
  return kLifecycle[static_cast<std::size_t>(phase)];
}

}  // namespace surisim
