// Facts L16 to L40: slots and values, what happens to values at shutdown, flow callbacks and ends
// of flows, and how plugins are loaded.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr const char* kStorage = "Storage";
constexpr const char* kShutdown = "Shutdown and freeing";

constexpr Fact kStorageFacts[] = {
    {
        .number = "L16",
        .section = kStorage,
        .title = "Registering a slot gives an id, or -1",
        .what = "SCThreadStorageRegister(name, Free) and its like return the id by value. Ids "
                "count from 0 in each storage type: host, flow, ippair, device and thread. A "
                "registration is refused, with id -1, after finalize, when the name is NULL or "
                "empty, when Free is NULL, and when the name is taken in the same type. The same "
                "name in two types is fine.",
        .advice = "Check the id right after registering, and do without the slot, with a message, "
                  "when it is -1. Begin the name with your plugin's.",
        .source = "util-storage.c",
    },
    {
        .number = "L17",
        .section = kStorage,
        .title = "The name of a slot is kept as a pointer and never copied",
        .what = "Each later registration compares its name with what the pointer leads to by then, "
                "and debug logging prints it.",
        .advice = "Pass a string literal, or memory that lives as long as the process.",
        .source = "util-storage.c",
    },
    {
        .number = "L18",
        .section = kStorage,
        .title = "Getting, setting and freeing a value do not check the id",
        .what =
            "Release builds check neither the bounds nor whether storage has been finalized; debug "
            "builds abort on use before finalize. Thread id -1 is the field before the array, "
            "`iface_name`: what is set there is freed when the thread ends, by a plain free and "
            "not by the slot's Free, and SCThreadFreeStorageById on it crashes. Flow id -1 is a "
            "byte counter. An id that is one too large reads beyond the allocation. Freeing a "
            "value of storage that was never finalized, or was finalized twice, crashes.",
        .advice = "Never use an id that you have not checked after registering.",
        .source = "util-storage.c",
        .here = "With checks on, a call that would touch memory beside the slots is refused and "
                "reported.",
    },
    {
        .number = "L19",
        .section = kStorage,
        .title = "Id 0 may be somebody else's slot",
        .what =
            "Suricata registers slots of its own. Before plugins load: for flows `bypass_counters` "
            "(id 0) and, if configured, `macset` and `flowrate`. After plugins have loaded: for "
            "flows `expectation` and `tag`, for threads `threshold_cache`, for hosts `tag` and "
            "`bit`, for ippairs `expectation` and `bit`. A plugin's thread slots therefore start "
            "at id 0, its flow slots at 1 or more.",
        .advice = "Initialise an id to -1, not to 0: an id of 0 that was never registered reaches "
                  "another owner's values.",
        .source = "suricata.c, detect-engine-threshold.c",
    },
    {
        .number = "L20",
        .section = kStorage,
        .title = "Set overwrites the old value without freeing it",
        .what =
            "Set returns 0, or -1 when the storage is NULL. The slot's former value is not freed.",
        .advice = "Free the former value first, with SCThreadFreeStorageById or "
                  "SCFlowFreeStorageById. If set fails, the new value is still yours to free.",
        .source = "util-storage.c",
    },
    {
        .number = "L21",
        .section = kStorage,
        .title = "Free is called for values that are not NULL",
        .what = "Freeing a slot by its id calls Free on a value that is not NULL and sets the slot "
                "to NULL. When all slots are freed, the same happens by ascending id. Free is "
                "never called with NULL.",
        .advice = "Free values through the host, so that the slot is empty afterwards. If you free "
                  "one yourself, set the slot to NULL.",
        .source = "util-storage.c",
    },
    {
        .number = "L22",
        .section = kStorage,
        .title = "SCStorageCleanup is called in Suricata's unit tests only",
        .what = "In production nothing calls it: slots stay registered until the process ends.",
        .advice = "Do not call it. A slot cannot be unregistered.",
        .source = "all callers",
    },
    {
        .number = "L23",
        .section = kStorage,
        .title = "Thread values are stored at the end of the ThreadVars, and start as NULL",
        .what = "They are an array with 8 bytes for each thread slot, zeroed when the ThreadVars "
                "is allocated. SCThreadStorageSize() is the size of that array; it is valid, and "
                "still growing, before finalize.",
        .advice = "Take NULL to mean that no value has been made yet. Do not keep the size from "
                  "before finalize.",
        .source = "thread-storage.c, threadvars.h",
    },
    {
        .number = "L24",
        .section = kShutdown,
        .title =
            "Shutdown goes from flow managers to packet threads to recyclers to command threads",
        .what = "Flow managers stop, then the capture. Packet threads enter their flow loop and "
                "handle the flows that are handed back to them; then their loops are ended. "
                "Recyclers take all flows that are left and stop. Now all management threads are "
                "killed, joined and freed, then all packet threads. The flow engine frees what is "
                "left after that, and command threads are killed and joined last. Within a family "
                "a thread is signalled only after the one before it has been joined. A capturing "
                "thread may have entered its flow loop long before (L13).",
        .advice = "Let no thread's value point to another thread's: a recycler's is freed before a "
                  "worker's. `surisim lifecycle` shows the whole order.",
        .source = "suricata.c",
    },
    {
        .number = "L25",
        .section = kShutdown,
        .title = "Thread values are freed by the thread that shuts down, after the join",
        .what = "That is main, or in unix-socket mode US. When every thread of a family has been "
                "joined, their ThreadVars are freed in the order in which the threads were "
                "created, each one's storage first, with the lock of the global thread list held.",
        .advice = "A Free needs no lock for the thread's own value. It must not call what takes "
                  "the lock of the thread list: that is a deadlock.",
        .source = "tm-threads.c",
    },
    {
        .number = "L26",
        .section = kShutdown,
        .title = "A thread's value is made on main, used on its thread and destroyed on main",
        .what =
            "This follows from L5 and L25 for a value that is made in the init callback. A "
            "thread_local that is set in the callback is main's, and the worker does not see it.",
        .advice = "Keep out of constructors and destructors what is tied to one thread. What the "
                  "worker itself must make, make when it is first used there.",
        .source = "follows from L5 and L25",
    },
    {
        .number = "L27",
        .section = kShutdown,
        .title = "Command threads get the init callback, but their values are never freed",
        .what = "Suricata frees no storage of US and DL threads. US outlives the storage of every "
                "other thread.",
        .advice = "Accept one value that is left at exit for each command thread, or make values "
                  "when they are first needed: command threads handle no packet and no flow.",
        .source = "suricata.c",
    },
    {
        .number = "L28",
        .section = kShutdown,
        .title = "In unix-socket mode one process runs many thread lifecycles",
        .what =
            "Init runs once. For each capture file threads are created and freed again, both on "
            "US, and ids of ThreadVars are used again. If a signal ends the engine during a run it "
            "is a race: either main joins all threads and frees nothing, or US frees everything.",
        .advice = "Keep no global that is right for one lifecycle only, such as a table by thread "
                  "id. `surisim run --repeat 3` tries it. Do not leave to Free what must happen "
                  "before the process ends.",
        .source = "runmode-unix-socket.c",
        .here =
            "With `--engine unix-socket --fail signal` main joins all and frees nothing. When a "
            "signal ends surisim itself, US frees everything.",
    },
    {
        .number = "L29",
        .section = kShutdown,
        .title = "There is no callback for the end of a thread",
        .what = "A plugin is told when a thread is created, not when it ends.",
        .advice = "Use the Free of a thread slot, and mind where it runs (L25) and when it does "
                  "not (L14, L27).",
        .source = "thread-callbacks.h",
    },
};
static_assert(numbered_from(16, kStorageFacts));

}  // namespace

std::span<const Fact> storage_facts() { return kStorageFacts; }

namespace {

constexpr const char* kFlows = "Flow callbacks and flow storage";
constexpr const char* kLoader = "The plugin loader";

constexpr Fact kFlowCallbackFacts[] = {
    {
        .number = "L30",
        .section = kFlows,
        .title = "A flow's first packet gives init, then update; every later one gives update",
        .what = "Both run on the worker that handles the packet, with that worker's ThreadVars. "
                "When update runs, the flow's counters include the packet. Flows that are bypassed "
                "locally get updates too. Pseudo packets, which Suricata makes up when a flow "
                "times out, give none.",
        .advice = "Set the flow's state up in init and work in update. Do not add the packet to "
                  "the flow's own counters once more.",
        .source = "flow-util.c, flow.c",
    },
    {
        .number = "L31",
        .section = kFlows,
        .title = "Finish runs on a recycler, or on a worker under memory pressure",
        .what = "Usually it runs on FR#01, with the ThreadVars of FR#01. Under memory pressure a "
                "worker takes a flow that is in use and runs its finish: not the oldest one, but "
                "one that has been idle for more than 1 s (new), 5 s (established), 3 s (closed) "
                "or 30 s (any other). Finish never runs on the worker that merely ended the flow. "
                "So its ThreadVars is not that of init, and the thread storage that it sees is the "
                "recycler's.",
        .advice = "Keep what belongs to a flow in flow storage. If finish needs a thread value, "
                  "make one for every thread, in the init callback.",
        .source = "flow-manager.c, flow-hash.c; the idle times are read, not measured",
    },
    {
        .number = "L32",
        .section = kFlows,
        .title = "Finish is not guaranteed, Free is",
        .what = "A flow that a worker ends is freed there without finish. That is any flow, UDP "
                "too, that a worker finds timed out in a row of the flow hash, whoever created it; "
                "a TCP flow whose ports are used again (T13); and a TCP session that still needs "
                "its worker at its time-out or at shutdown (T14). EVE and flow loggers run for all "
                "of these. There are at least as many inits as finishes.",
        .advice =
            "Release a flow's state in the slot's Free. Use finish only for what may be missing.",
        .source = "flow-worker.c",
    },
    {
        .number = "L33",
        .section = kFlows,
        .title = "A flow ends with its EVE record, then finish, then Free",
        .what = "All three run on one thread; EVE callbacks get NULL for the packet. Then the Flow "
                "is recycled: one pointer can get finish, Free and init within a single packet. In "
                "TCP reuse, init and update of the new flow come before the old flow's Free. A "
                "Flow pointer can get init twice with no finish in between, but Free always comes "
                "in between.",
        .advice = "Do not use a Flow pointer as a key, nor keep it beyond the callback: keep state "
                  "in the flow's slot.",
        .source = "flow-hash.c",
    },
    {
        .number = "L34",
        .section = kFlows,
        .title = "At the very end flows are freed after all thread storage is gone",
        .what = "What the recyclers did not take is freed when the flow engine shuts down: without "
                "finish, and after the storage of packet and management threads. This is rare, as "
                "recyclers normally take every flow.",
        .advice = "Let a flow's Free use nothing that belongs to a thread.",
        .source = "flow.c",
    },
    {
        .number = "L35",
        .section = kFlows,
        .title = "In flow callbacks the ThreadVars is never NULL and the flow is locked",
        .what = "During init the flow's row in the hash and the flow are locked, although the flow "
                "does not point to its row yet; during update and finish the flow is. Under memory "
                "pressure a packet may get no flow, and then there is no callback: 29 of 400 "
                "packets in one measured run.",
        .advice =
            "Do not lock the flow again. Take no lock whose holder may be waiting for a "
            "flow. Do not count on an update for every packet: `surisim run --pcap FILE --set "
            "flow.memcap=5mb --set flow.prealloc=100` has little room for flows.",
        .source = "flow-hash.c",
        .here =
            "The lock of the row is left out: no function of the plugin ABI takes it. Generated "
            "traffic has a share of packets without a flow; for a capture flow.memcap decides, "
            "and a worker takes only its own flows.",
    },
    {
        .number = "L36",
        .section = kFlows,
        .title = "Only workers and recyclers run flow callbacks",
        .what = "RX, FM, CW, CS, HB and US never do. FM only hands flows on to FR.",
        .advice = "Thread values that only flow callbacks use are needed on `W#` and `FR#` threads "
                  "alone.",
        .source = "flow-manager.c",
    },
    {
        .number = "L37",
        .section = kFlows,
        .title = "A packet's protocol may differ from its flow's",
        .what = "An ICMP error about a TCP flow joins that flow (T6): update is called with the "
                "ICMP packet and the TCP flow. Plugins have crashed there.",
        .advice = "Look at the packet's protocol, not at the flow's, before you read the packet's "
                  "headers.",
        .source = "decode-icmpv4.c, flow-hash.c; the crashes are known from reports",
    },
    {
        .number = "L38",
        .section = kLoader,
        .title = "Plugins are opened with all symbols resolved, and never unloaded",
        .what = "dlopen is called with RTLD_NOW and without RTLD_GLOBAL. In a directory every name "
                "that contains `.so` is loaded, in the order of readdir. At exit the libraries' "
                "destructors run.",
        .advice = "Link every library that the plugin needs. Keep copies such as `plugin.so.old` "
                  "out of the directory. Do not depend on another plugin's symbols, or on being "
                  "loaded before it.",
        .source = "util-plugin.c",
    },
    {
        .number = "L39",
        .section = kLoader,
        .title = "A plugin that does not load is left out, or ends Suricata",
        .what = "A path that does not exist is an error in the log, a failed dlopen only a notice. "
                "Without SCPluginRegister, or with another version than 0x0900, there is an error "
                "and the library is closed; its destructors run at once. In each case Suricata "
                "starts without the plugin. A NULL name, author, license or Init aborts it, and "
                "SCPluginRegister returning NULL crashes it.",
        .advice = "Compile against the headers of the Suricata that is to load the plugin, and log "
                  "a line in Init, so that its absence shows. `surisim inspect` says beforehand "
                  "what would keep it from loading.",
        .source = "util-plugin.c",
    },
    {
        .number = "L40",
        .section = kLoader,
        .title = "A file that is loaded twice runs its Init twice",
        .what =
            "Both times it is the same library with the same variables. The second registration of "
            "a slot is refused, as its name is taken, and callbacks are registered a second time.",
        .advice = "Let Init return at once when it has run before: otherwise -1 replaces the id "
                  "that was good.",
        .source = "util-plugin.c",
    },
};
static_assert(numbered_from(30, kFlowCallbackFacts));

}  // namespace

std::span<const Fact> flow_callback_facts() { return kFlowCallbackFacts; }

}  // namespace surisim::catalogue
