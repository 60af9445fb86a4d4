// Facts E22 to E34: the layouts, names and signatures of Suricata 8.0, beside 9.0.
#include "rules/facts_by_topic.hpp"

namespace surisim::catalogue {
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
        .title = "What most plugins are made of is the same",
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
                "thread has, and else the next number; it keeps the name's pointer. A counter that "
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
