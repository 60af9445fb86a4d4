// Facts E1 to E21: how Suricata 8.0 loads plugins and keeps their values, beside 9.0.
#include "rules/facts_by_topic.hpp"

namespace surisim::catalogue {
namespace {

constexpr const char* kLoading = "8.0: loading a plugin";
constexpr const char* kRegistering = "8.0: registering storage";
constexpr const char* kValues = "8.0: values in storage";

constexpr Fact kVersionStorageFacts[] = {
    {
        .number = "E1",
        .section = kLoading,
        .title = "SCPlugin is the same struct, with the version 0x0800",
        .what = "Its 56 bytes have the same fields in the same order. `suricata_version` is "
                "\"8.0.6\" in the headers of that release; Suricata only logs it.",
        .advice = "Set `version` from SC_API_VERSION of the headers for 8.0. A plugin that was "
                  "built for another 8.0.x loads too.",
        .source = "suricata-plugin.h",
    },
    {
        .number = "E2",
        .section = kLoading,
        .title = "Exactly 0x0800 is accepted",
        .what = "Any other version, 0x0900 too, is an error in the log that names both versions. "
                "The library is closed, so its destructors run at once, and start-up goes on "
                "without the plugin. `plugin_version` and `suricata_version` may be NULL.",
        .advice = "Build the plugin once for each version of Suricata that you support.",
        .source = "util-plugin.c",
    },
    {
        .number = "E3",
        .section = kLoading,
        .title = "What else keeps a plugin from loading is as in 9.0",
        .what = "A NULL name, author, license or Init aborts Suricata, SCPluginRegister returning "
                "NULL crashes it, and a library without SCPluginRegister is closed with an error "
                "(L38 to L40).",
        .advice = "Let `surisim inspect` look at the file before Suricata does.",
        .source = "util-plugin.c",
    },
    {
        .number = "E4",
        .section = kLoading,
        .title = "There is no option --plugin",
        .what = "Plugins are loaded from the list `plugins` of the configuration only.",
        .advice = "Tell users of 8.0 to add the plugin's path to `plugins` in suricata.yaml.",
        .source = "suricata.c",
        .here = "The command loads the files that it is given, in either version.",
    },
    {
        .number = "E5",
        .section = kLoading,
        .title = "A file that is listed twice loses its storage",
        .what = "Init runs twice, and callbacks run twice for each flow. The second registration "
                "of each slot is an error in the log and gives -1. If Init keeps that id, values "
                "go to the field before the array, and no Free is called.",
        .advice = "Let Init return at once when it has run before, as for 9.0 (L40).",
        .source = "util-storage.c",
    },
    {
        .number = "E6",
        .section = kLoading,
        .title = "Capture and app-layer plugins are described as in 9.0",
        .what = "SCCapturePlugin and SCAppLayerPlugin have the same 56 bytes, and the functions "
                "that register them the same signatures.",
        .advice = "Share that part of the code between versions.",
        .source = "suricata-plugin.h",
        .here = "A capture runs with `--capture-plugin`; parsers are only listed.",
    },
    {
        .number = "E7",
        .section = kLoading,
        .title = "A Rust plugin gets the engine's functions from SCGetContext",
        .what = "It links Suricata's whole crate and must call SCGetContext in Init, which returns "
                "`suricata_context`, a table of 13 functions: the log first, then those for "
                "events, detection state and files. 9.0 has neither name; its plugins import "
                "functions by their names.",
        .advice = "Build a Rust plugin against the crate of the version that is to load it: the "
                  "two have nothing in common.",
        .source = "rust-context.c",
        .here = "The table's log works; calling another of its functions is reported as "
                "unsupported-function.",
    },
    {
        .number = "E8",
        .section = kRegistering,
        .title = "Storage functions have no prefix, and registering takes four arguments",
        .what = "ThreadStorageRegister(name, size, Alloc, Free) and FlowStorageRegister return a "
                "ThreadStorageId or FlowStorageId, a struct with the member `id`, by value. Hosts, "
                "ippairs and devices have the same functions.",
        .advice = "For an ordinary slot pass sizeof(void *) and NULL: that is what 9.0's two "
                  "arguments do.",
        .source = "thread-storage.c, flow-storage.c, util-storage.c",
        .here = "Slots of hosts, ippairs and devices can be registered; there are no such objects.",
    },
    {
        .number = "E9",
        .section = kRegistering,
        .title = "A size of 0, or another than 8 without Alloc, is refused",
        .what = "The id is -1, too, after finalize, for a NULL or empty name, for a NULL Free and "
                "for a name that is taken in the same type. Only the taken name is logged. With an "
                "Alloc any size but 0 is fine. A refusal uses up no id.",
        .advice = "Check the id right after registering. If you pass no Alloc, the size is "
                  "sizeof(void *).",
        .source = "util-storage.c",
    },
    {
        .number = "E10",
        .section = kRegistering,
        .title = "The size of a slot is handed to Alloc and means nothing else",
        .what =
            "Each slot takes 8 bytes in the ThreadVars or the Flow, for a pointer. "
            "ThreadStorageSize() is 8 for each thread slot and grows while slots are registered.",
        .advice =
            "Do not expect the value to lie in the object itself: the slot holds a pointer to it.",
        .source = "util-storage.c",
    },
    {
        .number = "E11",
        .section = kRegistering,
        .title = "Names are kept as pointers, and ids count from 0 in each type",
        .what = "Both are as in 9.0 (L16, L17), and what is registered before storage is "
                "initialised is wiped (L2).",
        .advice = "Pass a string literal as the name.",
        .source = "util-storage.c; the wiping is read, not measured",
    },
    {
        .number = "E12",
        .section = kRegistering,
        .title = "Suricata has no thread slot of its own",
        .what =
            "9.0's `threshold_cache` does not exist, so the last thread slot is a plugin's: with "
            "two slots ThreadStorageSize() stays 16, and an id that is one too large reads beyond "
            "the allocation. Flow slots are as in L19, so a plugin's first one is usually 1.",
        .advice =
            "Initialise ids to -1. Do not count on the room that 9.0 has after the last slot.",
        .source = "detect-engine-threshold.c, flow-util.c",
    },
    {
        .number = "E13",
        .section = kRegistering,
        .title = "With eBPF a plugin's first flow slot is 2",
        .what = "A Suricata with eBPF support that captures with af-packet registers "
                "`bypassedlist` before `bypass_counters`, and two slots for devices.",
        .advice = "Use the id that registering returns, never a number.",
        .source = "util-ebpf.c; read, not measured",
        .here = "A build without eBPF is simulated.",
    },
    {
        .number = "E14",
        .section = kRegistering,
        .title = "After finalize slots are refused and init callbacks are accepted",
        .what =
            "In an on-logging-ready callback each registration of a slot gives -1. A thread init "
            "callback that is registered there runs for the threads that are made later (L2, L8).",
        .advice = "Register everything in Init.",
        .source = "util-storage.c, thread-callbacks.c",
    },
    {
        .number = "E15",
        .section = kValues,
        .title = "No name of the storage functions is in both versions",
        .what = "8.0 has ThreadGetStorageById and its like where 9.0 has SCThreadGetStorageById. "
                "As all symbols are resolved when a plugin is opened, a plugin for one version "
                "that uses storage cannot even be opened by the other.",
        .advice = "Build one library for each version. surisim tells from these names which "
                  "version a plugin is for.",
        .source = "thread-storage.h, flow-storage.h",
    },
    {
        .number = "E16",
        .section = kValues,
        .title = "AllocStorageById makes the value when there is none",
        .what = "If the slot is empty and has an Alloc, Alloc(size) runs on the calling thread, "
                "and its result is stored and returned. If it returns NULL the slot stays empty, "
                "and the next call tries again. Without an Alloc the call is just a get.",
        .advice = "Test the result for NULL. In Alloc, make only what the calling thread may make.",
        .source = "util-storage.c",
    },
    {
        .number = "E17",
        .section = kValues,
        .title = "Only AllocStorageById calls a plugin's Alloc",
        .what = "Suricata calls it neither when it makes a thread nor when a flow starts. Get "
                "never calls it either: it gives NULL until a value has been made or set.",
        .advice = "Make a thread's value in the thread init callback, or ask for it with "
                  "AllocStorageById where it is used.",
        .source = "util-storage.c",
    },
    {
        .number = "E18",
        .section = kValues,
        .title = "Set does not free the old value, nor does it mind an Alloc",
        .what = "Set, free and free-all work as in L20 and L21, in slots with an Alloc too. Free "
                "gets values that Alloc made and values that were set alike; after a free by id, "
                "AllocStorageById makes a new value.",
        .advice = "If a slot has an Alloc, set only values that its Free can release.",
        .source = "util-storage.c",
    },
    {
        .number = "E19",
        .section = kValues,
        .title = "AllocStorageById reads the slot's description before the value",
        .what =
            "With the id -1, or one too large, it reads outside the table of slots, even when "
            "there is a value. Before finalize, or when no slot of the type was registered, there "
            "is no table, and it crashes. Get, set and free do not check the id, as in L18.",
        .advice = "Never use an id that you have not checked after registering.",
        .source = "util-storage.c; read, not measured",
        .here = "With checks on, such a call is refused and reported.",
    },
    {
        .number = "E20",
        .section = kValues,
        .title = "The field before the first slot is the same as in 9.0",
        .what = "For a thread it is `iface_name`, for a flow `tosrcbytecnt` (L18).",
        .advice = "A set with the id -1 does the same damage in both versions: check the id.",
        .source = "threadvars.h, flow.h",
    },
    {
        .number = "E21",
        .section = kValues,
        .title = "StorageCleanup is called in Suricata's unit tests only",
        .what = "It is 9.0's SCStorageCleanup (L22) under its older name.",
        .advice = "Do not call it.",
        .source = "all callers",
    },
};
static_assert(numbered_from(1, kVersionStorageFacts));

}  // namespace

std::span<const Fact> version_storage_facts() { return kVersionStorageFacts; }

}  // namespace surisim::catalogue
