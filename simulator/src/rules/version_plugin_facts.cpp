// Facts E1 to E34: how Suricata 8.0 differs from 9.0 in loading plugins, in storage, and in
// layouts, names and signatures.
#include "rules/tables.hpp"

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
        .title = "A size of 0, or other than 8 without Alloc, is refused",
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
        .title = "Set does not free the old value, with or without an Alloc",
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

namespace {

constexpr const char* kLayouts = "8.0: layouts of structs";
constexpr const char* kNames = "8.0: names and signatures";

constexpr Fact kVersionAbiFacts[] = {
    {
        .number = "E22",
        .section = kLayouts,
        .title = "ThreadVars is 32 bytes longer",
        .what = "It has 296 bytes before the storage, 9.0's 264. A field `thread_group_name` at 40 "
                "moves what follows by 8, and larger statistics move the rest: `type` is at 49, "
                "`id` at 60, `flags` at 80, `iface_name` at 288.",
        .advice = "Compile for the version, and read fields by name: a plugin that was built with "
                  "the other headers reads the wrong ones.",
        .source = "threadvars.h",
    },
    {
        .number = "E23",
        .section = kLayouts,
        .title = "Flow has the same length and other offsets",
        .what = "Addresses, ports, protocol, thread ids, counters and the storage at 272 lie where "
                "they do in 9.0. `flow_hash` is at 72, `lastts` at 80, `flags` at 104 and only 4 "
                "bytes long, `protoctx` at 160; the device is a pointer at 64, not an id.",
        .advice = "Compile for the version. There are few accessors (E31), so a plugin for 8.0 "
                  "reads the fields.",
        .source = "flow.h",
    },
    {
        .number = "E24",
        .section = kLayouts,
        .title = "Packet is 56 bytes shorter",
        .what = "It has 464 bytes, 9.0's 520. The fields up to the layer 4 headers lie where they "
                "do in 9.0; `payload` is at 272, `payload_len` at 280, `pktlen` at 284, `pcap_cnt` "
                "at 376, `datalink` at 424, `tenant_id` at 444. In 9.0 the number of the record is "
                "`pcap_v.pcap_cnt`, at 88, and PcapPacketCntGet reads it. Packets taken out of "
                "another one, in a tunnel or reassembled, have no number in either.",
        .advice = "Compile for the version, and allocate no Packet of your own.",
        .source = "decode.h",
        .here = "Rules are not modelled, so there are no alerts; decoder events, hosts, the device "
                "and what links a tunnel's packets stay 0.",
    },
    {
        .number = "E25",
        .section = kLayouts,
        .title = "The small structs are the same",
        .what = "A mark of the JSON builder has 24 bytes and a TmSlot 64, and the log levels go "
                "from -1 to 7.",
        .advice = "Nothing: code that uses them needs no change.",
        .source = "tm-threads.h, util-debug.h",
    },
    {
        .number = "E26",
        .section = kLayouts,
        .title = "Some flags of a flow are other bits",
        .what = "There is one bit for an elephant flow, 3, where 9.0 has one for each direction, "
                "so \"accept\" is bit 4, not 5. What 9.0 keeps in bits 32 and 33 is in the byte "
                "`aux_flags`. Bits 20 and 21 are IPv4 and IPv6 in both.",
        .advice = "Use the names of the flags from the headers, never numbers.",
        .source = "flow.h",
    },
    {
        .number = "E27",
        .section = kNames,
        .title = "Nine in ten functions are in both versions",
        .what = "8.0 exports about 3370 functions, of which 3158 are in 9.0 too. E28 to E33 name "
                "those that a plugin could use.",
        .advice = "Compare what your plugin imports: `surisim inspect` lists it.",
        .source = "symbol tables",
        .here = "Every function that either version exports exists; one that is not modelled does "
                "nothing, and calling it is reported as unsupported-function.",
    },
    {
        .number = "E28",
        .section = kNames,
        .title = "9.0 has renamed functions with the prefix SC",
        .what =
            "Besides storage these are FlowGetLastTimeAsParts, FlowGetFlags, FlowGetSourcePort, "
            "FlowGetDestinationPort, AppLayerParserTriggerRawStreamInspection, "
            "AppLayerRegisterParser, InspectionBufferGet and several dozen others for parsers, "
            "frames, files and detection. They mean the same in both.",
        .advice = "Choose the name by SC_API_VERSION in one header of your own.",
        .source = "symbol tables",
    },
    {
        .number = "E29",
        .section = kNames,
        .title = "Some functions of 8.0 are gone in 9.0",
        .what = "AllocStorageById, SCGetContext, SCErrorToString, TmThreadSetGroupName, "
                "LogFlushThreads, StatsIncr, StatsAddUI64, StatsSetUI64, AlertQueueAppend, "
                "StreamTcpSsnStateAsString and the loggers' LogCustomFormat functions are the ones "
                "that a plugin may know.",
        .advice = "Keep them out of code that is to be built for 9.0 too.",
        .source = "symbol tables",
    },
    {
        .number = "E30",
        .section = kNames,
        .title = "Some functions of 9.0 have no counterpart in 8.0",
        .what = "Among them are ThreadVarsAlloc, the StatsCounter functions, SCFlowGetAppProtocol, "
                "SCFlowGetIPProtocol, SCFlowIsIPv4, the packet counts and addresses of a flow, "
                "SCLogLevel2Name, SCOutputRegisterTxLoggerForSubState and LiveDeviceGetId.",
        .advice = "Read the field instead (E23), or do without.",
        .source = "symbol tables",
    },
    {
        .number = "E31",
        .section = kNames,
        .title = "A flow has few accessors",
        .what = "FlowGetAppProtocol is an inline function, not a symbol, and there is none for "
                "protocol, addresses, packet counts, or IPv4 and IPv6.",
        .advice = "In C, read the fields of the headers for 8.0. From another language, go through "
                  "a small C file.",
        .source = "flow.h",
    },
    {
        .number = "E32",
        .section = kNames,
        .title = "Some names have other signatures",
        .what = "StatsRegisterCounter and its like take a ThreadVars and return a number, where "
                "9.0 has a context and a struct. FlowGetFlags returns 32 bits, and 9.0's "
                "SCFlowGetFlags 64. Others that differ are EngineModeSetIPS, StatsSyncCounters, "
                "SCDetectEngineRegisterRateFilterCallback and progress arguments of detection, an "
                "int in 8.0.",
        .advice = "Never declare such a function yourself: a wrong declaration links in both "
                  "versions. Include the version's header.",
        .source = "symbol tables, headers",
        .here = "Those for statistics are called by the version that runs; the others are not "
                "modelled.",
    },
    {
        .number = "E33",
        .section = kNames,
        .title = "What most plugins use is the same",
        .what = "Thread init, flow and EVE callbacks, EVE file types, on-logging-ready, loggers, "
                "the JSON builder, the log, the configuration and the memory functions have the "
                "same names and signatures in both.",
        .advice = "Share this code; only storage and fields need to know the version.",
        .source = "symbol tables, headers",
    },
    {
        .number = "E34",
        .section = kNames,
        .title = "Counters are registered for a thread before its init ends",
        .what = "StatsRegisterCounter returns 0 for a NULL name, the known id for a name that the "
                "thread has, and otherwise the next number; it keeps the name's pointer. A counter "
                "that "
                "is registered after the thread has initialised has no room: StatsIncr on it "
                "writes beyond the array.",
        .advice = "Register counters in the thread init callback, on every thread, and keep the "
                  "ids in the thread's value.",
        .source = "counters.c; the late counter is read, not measured",
        .here =
            "Such a call counts nothing and is counter-invalid-id. Reports show all counters, and "
            "the statistics record of EVE has them.",
    },
};
static_assert(numbered_from(22, kVersionAbiFacts));

}  // namespace

std::span<const Fact> version_abi_facts() { return kVersionAbiFacts; }

}  // namespace surisim::catalogue
