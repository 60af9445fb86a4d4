// Facts L16 to L29: slots and their values, and what becomes of values at shutdown.
#include "rules/facts_by_topic.hpp"

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

}  // namespace surisim::catalogue
