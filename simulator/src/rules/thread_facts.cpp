// Facts L1 to L15: how Suricata starts, creates its threads and calls thread init callbacks.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr const char* kStart = "Start-up";
constexpr const char* kThreads = "Threads and the init callback";

constexpr Fact kThreadFacts[] = {
    {
        .number = "L1",
        .section = kStart,
        .title = "Plugins load after storage registration opens and before any thread exists",
        .what = "Storage registration opens, Suricata registers the first of its own flow slots, "
                "and plugins load; each plugin's Init runs at once. Then storage is finalized, "
                "Suricata becomes a daemon if it was asked to, outputs are set up, and threads are "
                "created. All of this happens on the main thread.",
        .advice =
            "Register slots and callbacks in Init. Leave what needs threads to the callbacks.",
        .source = "suricata.c",
    },
    {
        .number = "L2",
        .section = kStart,
        .title = "Init is a plugin's window for registering storage",
        .what = "A slot can be registered until storage is finalized: in Init, or in the parser "
                "and keyword functions that Init hands over to be called later. Afterwards a "
                "registration gives the id -1 without a message; an on-logging-ready callback is "
                "already too late. What was registered before registration opened is wiped, "
                "although the caller has been given an id.",
        .advice = "Register every slot in Init and check the id. Register nothing when it is first "
                  "needed, in a thread init or flow callback.",
        .source = "suricata.c, util-storage.c",
    },
    {
        .number = "L3",
        .section = kStart,
        .title = "A thread that is started in Init does not survive -D",
        .what = "When Suricata becomes a daemon it forks, after plugins have loaded, and only the "
                "thread that forks lives on in the child. A thread that a plugin started in Init "
                "is gone, and a lock that it held stays locked.",
        .advice = "Start threads of your own later, in the first thread init callback for example.",
        .source = "suricata.c",
        .here = "There is no fork: the thread lives on, and thread-started-in-init is reported.",
    },
    {
        .number = "L4",
        .section = kStart,
        .title = "Some modes load plugins and create no threads",
        .what = "In config-test mode (-T) and in engine-analysis mode plugins load and storage is "
                "finalized, but no thread is created, so no init callback runs. A reload of the "
                "rules creates no threads either.",
        .advice = "Do not take for granted that callbacks follow Init. `surisim run --engine "
                  "config-test` tries it.",
        .source = "suricata.c",
    },
    {
        .number = "L5",
        .section = kThreads,
        .title = "Init callbacks run on the creating thread, before the new thread exists",
        .what = "A thread init callback is the last step of creating a thread and runs on the "
                "thread that creates it: main, or in unix-socket mode the thread US. The OS thread "
                "that it is called for does not exist yet.",
        .advice =
            "Work with the ThreadVars that you are given. What belongs to the calling thread, such "
            "as a thread_local, its id, its name or its CPU affinity, is main's there.",
        .source = "tm-threads.c",
    },
    {
        .number = "L6",
        .section = kThreads,
        .title = "In the init callback the ThreadVars is only half filled in",
        .what = "Only the name (at most 15 characters), the flag PAUSE and the thread function are "
                "set. `type` and `id` are 0 until right after the callback; the pthread, the "
                "thread's modules, its printable name and its interface name are not set either.",
        .advice = "Tell threads apart by `name` in the callback. Read `type` and `id` later.",
        .source = "tm-threads.c",
    },
    {
        .number = "L7",
        .section = kThreads,
        .title = "Threads are created and started one at a time",
        .what =
            "Suricata creates a thread, runs its init callbacks and starts it, and then waits, "
            "without a limit, until that thread has initialised or failed. Callbacks for the next "
            "thread therefore run while earlier threads are alive. Those are usually paused, but "
            "US never pauses, and DL threads load rules while packet threads are created.",
        .advice = "Return soon: the whole engine waits for an init callback. Protect what the "
                  "callback shares with threads that may be running.",
        .source = "tm-threads.c",
    },
    {
        .number = "L8",
        .section = kThreads,
        .title = "Init callbacks run once for every thread, in the order of their registration",
        .what =
            "Packet, management and command threads all get them. Nothing is checked: a function "
            "that was registered twice runs twice, and NULL is called and crashes. Nothing can be "
            "unregistered. A registration is accepted at any time, without a lock, and fails only "
            "when memory runs out; the callback does not run for threads that exist already.",
        .advice = "Register once, in Init, with a `user` pointer that stays valid. In the callback "
                  "decide by the thread's name whether there is anything to do.",
        .source = "thread-callbacks.c",
    },
    {
        .number = "L9",
        .section = kThreads,
        .title = "Command threads are created first, then packet threads, then management threads",
        .what = "First DL#01 and so on with multi-detect, and US in live modes if detection and "
                "the unix command socket are on, as the socket is by default. Then the packet "
                "threads of the run mode (L10), and after them FM#01 and so on, FR#01 and so on, "
                "FB where there is one, CW, CS and HB. CW and CS need statistics to be on, and a "
                "statistics logger or the command socket to read them: with neither, the engine "
                "warns and creates neither thread.",
        .advice = "Expect any number of init callbacks in any order: make one value for each call.",
        .source = "runmodes.c, suricata.c",
        .here = "A configuration without outputs counts as Suricata's own, which has a statistics "
                "logger.",
    },
    {
        .number = "L10",
        .section = kThreads,
        .title = "The run mode decides the names of the packet threads",
        .what = "From a capture file: W#01 in single mode; in autofp RX#01, then W#01, W#02 and so "
                "on, at most 1,024 of them. Live: W#01-eth0 and so on in workers mode, one "
                "W#01-eth0 in single mode; in autofp first the receivers, RX#01, RX#02 (one "
                "af-packet device) or RX#01-eth0 (several devices, or live pcap), then W#01 and so "
                "on. The number has at least two digits.",
        .advice = "Compare the beginning of a name, `W#` or `RX#`, not the whole of it.",
        .source = "runmode-pcap-file.c, util-runmodes.c; the limit of 1,024 is read, not measured",
    },
    {
        .number = "L11",
        .section = kThreads,
        .title = "There are three types of threads",
        .what = "`type` is 0 for packet threads, 1 for management threads (FM, FR, FB, CW, CS, HB) "
                "and 2 for command threads (US, DL).",
        .advice = "Read `type` in flow callbacks or later: in the init callback it is 0 for every "
                  "thread (L6).",
        .source = "tm-threads.h",
    },
    {
        .number = "L12",
        .section = kThreads,
        .title = "Packet and management threads start paused and are released together",
        .what =
            "Each of them pauses once it has initialised. When all have, the packet threads are "
            "released, then the management threads, and the engine waits until all of them run.",
        .advice = "No packet is handled before the last of these threads has had its init "
                  "callbacks: a table that callbacks fill can be read without a lock afterwards.",
        .source = "suricata.c",
    },
    {
        .number = "L13",
        .section = kThreads,
        .title = "A thread's life shows in its flags, not always in the same order",
        .what =
            "A capturing thread goes from PAUSE to INIT_DONE, PAUSED, RUNNING, FLOW_LOOP, KILL, "
            "RUNNING_DONE, DEINIT and CLOSED, and is DEAD when it has been joined. Workers that "
            "are fed by a queue are INIT_DONE and RUNNING at once, before they pause. Management "
            "threads are INIT_DONE first, and their module sets RUNNING. REQ_FLOW_LOOP often comes "
            "after FLOW_LOOP, because at the end of the input or on a signal a capturing thread "
            "enters its flow loop by itself. A thread without flow work is RUNNING_DONE before "
            "KILL. A check for several flags is true when any of them is set.",
        .advice = "Set no flag and base nothing on their order. If you must look, check one flag "
                  "at a time.",
        .source = "tm-threads.c",
    },
    {
        .number = "L14",
        .section = kThreads,
        .title = "A thread that fails ends the engine, and no Free is called",
        .what =
            "A thread whose initialisation fails is CLOSED and RUNNING_DONE at once, without "
            "deinit, and all later threads are created nevertheless, with their callbacks. Then "
            "the engine refuses to start and exits with status 1 without calling any Free. A "
            "thread that sets FAILED while it runs is fatal too. A thread that is killed while "
            "paused skips its loop, still runs its finish and deinit steps, and keeps PAUSE and "
            "PAUSED; KILL beats a release at the same time. A paused thread ignores REQ_FLOW_LOOP.",
        .advice = "Do not leave to Free what must happen before the process ends. `surisim run "
                  "--fail init:W#02` tries it.",
        .source = "tm-threads.c",
    },
    {
        .number = "L15",
        .section = kThreads,
        .title = "The engine waits for its threads only so long",
        .what = "All threads together have 120 s to initialise, then 60 s and a second more for "
                "each of them to run. During shutdown each step that stops threads has 60 s. Being "
                "late is fatal for the engine, except in the step that waits for the last packets, "
                "which merely warns. A thread whose capture file cannot be opened ends its loop "
                "without ever running. In single mode the engine waits for it in vain, and exits; "
                "in autofp it is done at once, and the engine stops in order. With a Unix socket "
                "the next capture follows, unless it was the first: until a packet has come, flow "
                "managers do not notice that they are to stop, and the engine exits after 60 s. An "
                "empty file is as bad there.",
        .advice = "Wait for nothing slow in a callback or a Free. `surisim run --mode single "
                  "--fail start:W#01` tries a thread that never runs.",
        .source = "tm-threads.c, source-pcap-file.c, flow-manager.c; what files that cannot be "
                  "opened do is measured, the rest is read",
        .here = "A thread that can no longer run is not waited for: the engine exits at once. A "
                "Unix socket's first capture may be missing or empty.",
    },
};
static_assert(numbered_from(1, kThreadFacts));

}  // namespace

std::span<const Fact> thread_facts() { return kThreadFacts; }

}  // namespace surisim::catalogue
