// Facts E35 to E59: how Suricata 8.0 differs from 9.0 in its threads, flows and packets.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr const char* kThreadsInVersions = "8.0: threads";
constexpr const char* kFlowsInVersions = "8.0: flow callbacks, loggers and EVE";
constexpr const char* kTraffic = "8.0: which packets make which flows";

constexpr Fact kVersionRunFacts[] = {
    {
        .number = "E35",
        .section = kThreadsInVersions,
        .title = "There is no thread HB by default",
        .what = "8.0 makes it, last of all, only if `heartbeat.output-flush-interval` is 1 to 60. "
                "From a capture file in single mode, statistics off, the init callbacks are those "
                "of W#01, FM#01 and FR#01; statistics add CW and CS.",
        .advice = "Do not expect a fixed number of init callbacks.",
        .source = "log-flush.c, runmodes.c",
    },
    {
        .number = "E36",
        .section = kThreadsInVersions,
        .title = "Creation order, names, types and flags are those of 9.0",
        .what = "L5 to L13 hold, in every run mode that was measured. In the init callback `type` "
                "and `id` are 0, and there is no printable name yet.",
        .advice = "Do as for 9.0: tell threads apart by `name` in the callback.",
        .source = "tm-threads.c",
    },
    {
        .number = "E37",
        .section = kThreadsInVersions,
        .title = "A ThreadVars is one allocation that has no function of its own",
        .what = "It is zeroed, 296 bytes and 8 for each thread slot, and freed with plain free. "
                "ThreadVarsAlloc and ThreadVarsFree do not exist. Names end after 15 characters, "
                "as in 9.0.",
        .advice = "Do not make a ThreadVars yourself, not even in tests: `surisim/unit_test.h` "
                  "gives you one.",
        .source = "tm-threads.c",
    },
    {
        .number = "E38",
        .section = kThreadsInVersions,
        .title = "Long device names are shortened with two dots",
        .what = "Of a name with more than 10 characters the first four and the last four stay: the "
                "worker of longdevname12 is W#01-long..me12, in 9.0 W#01-long~ame12. From thread "
                "100 on the printable name loses a character for each digit more.",
        .advice = "Do not search for a device by the end of a thread's name.",
        .source = "util-device.c, util-runmodes.c; the printable name is read, not measured",
    },
    {
        .number = "E39",
        .section = kThreadsInVersions,
        .title = "Live autofp makes as many receivers as are configured",
        .what = "9.0 ends at 1,024 of them, 8.0 does not. The limit of 1,024 workers is in both.",
        .advice =
            "Do not size a table by a number of threads: keep one value for each thread in a slot.",
        .source = "util-runmodes.c; read, not measured",
        .here = "There are at most 64 receivers, in either version.",
    },
    {
        .number = "E40",
        .section = kThreadsInVersions,
        .title = "Thread init callbacks are registered and called as in 9.0",
        .what = "They run in the order of their registration, nothing is checked, and a "
                "registration is accepted at any time (L8).",
        .advice = "Register once, in Init.",
        .source = "thread-callbacks.c",
    },
    {
        .number = "E41",
        .section = kThreadsInVersions,
        .title = "Thread values are freed as in 9.0, and US keeps its own",
        .what = "The thread that shuts down frees them, management threads' first and packet "
                "threads' next, with the lock of the thread list held (L24 to L27). When a thread "
                "fails to initialise, Suricata exits with status 1 and no Free runs (L14).",
        .advice = "Rely on Free for memory only, and call nothing in it that takes the lock of the "
                  "thread list.",
        .source = "tm-threads.c",
    },
    {
        .number = "E42",
        .section = kThreadsInVersions,
        .title = "Workers of autofp have a group name",
        .what =
            "After an autofp worker has been created its `thread_group_name` is set to \"Detect\". "
            "It is freed with the ThreadVars, after the storage. 9.0 has no such field.",
        .advice = "Do not use it in code for both versions; in the init callback it is NULL.",
        .source = "runmode-pcap-file.c, tm-threads.c",
    },
    {
        .number = "E43",
        .section = kThreadsInVersions,
        .title = "Shutdown is the same, without waiting for HB",
        .what = "The same calls run in the same order (L24). Joining HB takes up to 0.5 s in both, "
                "but 8.0 usually has no HB (E35).",
        .advice = "Nothing: what works for 9.0 works here.",
        .source = "suricata.c",
    },
    {
        .number = "E44",
        .section = kThreadsInVersions,
        .title = "A reload makes no threads and calls no callbacks",
        .what = "This holds for the signal and for the socket's command, as in L4. If Suricata was "
                "started with -S, the command refuses and the signal reloads.",
        .advice = "Do not wait for init callbacks after a reload.",
        .source = "measured",
    },
    {
        .number = "E45",
        .section = kThreadsInVersions,
        .title = "Unix-socket mode makes and frees threads for each capture",
        .what = "US creates the threads of each capture file and frees them, and ids are used "
                "again. US itself is never freed: of 22 thread values in one measured run 20 were "
                "freed (L28).",
        .advice = "Try it with `surisim run --repeat 2`.",
        .source = "runmode-unix-socket.c",
    },
    {
        .number = "E46",
        .section = kFlowsInVersions,
        .title = "Flow callbacks run in the same places, in the same order",
        .what = "L30 to L36 hold: init at a flow's first packet, update for each packet, finish on "
                "a recycler or under memory pressure. A flow ends with its EVE record, then "
                "finish, then Free.",
        .advice = "Share the code of flow callbacks between versions.",
        .source = "flow-util.c, flow.c, flow-manager.c, flow-hash.c",
    },
    {
        .number = "E47",
        .section = kFlowsInVersions,
        .title = "An open TCP session gets no finish at shutdown, in both versions",
        .what = "That is one that is established or later and not closed, with data or without. A "
                "closed one with segments, transactions or frames that were not handled gets none "
                "either (T14).",
        .advice = "Release a flow's state in Free, never in finish alone.",
        .source = "flow-timeout.c",
    },
    {
        .number = "E48",
        .section = kFlowsInVersions,
        .title = "The default depth of reassembly is unlimited",
        .what = "9.0 stops after 1 MiB of a stream if `stream.reassembly.depth` is not set, and so "
                "counts a long session as inspected earlier.",
        .advice = "Set the depth in the configuration when you compare the two versions.",
        .source = "stream-tcp.c",
    },
    {
        .number = "E49",
        .section = kFlowsInVersions,
        .title = "EVE callbacks run for the same records",
        .what = "They run in the order of registration just before a record ends. A flow with the "
                "types `flow` and `netflow` on gives three calls, with NULL for the packet. The "
                "record of statistics gives none.",
        .advice = "Test the packet for NULL.",
        .source = "output-json.c, output-eve.c",
    },
    {
        .number = "E50",
        .section = kFlowsInVersions,
        .title = "Loggers and EVE file types are registered as in 9.0",
        .what =
            "Functions and structs are the same, those of EVE's sub-modules too; new in 9.0 are "
            "SCOutputRegisterTxLoggerForSubState, its counterpart for sub-modules, and the setting "
            "`ipv6-compress`, a field in the middle of OutputJsonCommonSettings. A file type's "
            "ThreadInit runs in threaded mode and otherwise alike.",
        .advice = "Share this code between versions.",
        .source = "output-eve.h, output.h, output-json.h",
    },
    {
        .number = "E51",
        .section = kFlowsInVersions,
        .title = "On-logging-ready runs after outputs and before any thread",
        .what = "It runs on main, in config-test mode too.",
        .advice = "Register loggers there, as in 9.0; it is too late for slots (E14).",
        .source = "output.c, suricata.c",
    },
    {
        .number = "E52",
        .section = kTraffic,
        .title = "An 802.1BR E-tag ends decoding",
        .what = "A packet with the type 0x893f has no flow. 9.0 decodes what is inside, which has "
                "one. A VN-tag is decoded in both.",
        .advice = "Expect fewer flows from such a network in 8.0.",
        .source = "decode.h",
    },
    {
        .number = "E53",
        .section = kTraffic,
        .title = "SCTP chunks are not looked at",
        .what = "8.0 reads the 12 bytes of the header only. In 9.0 a chunk that is too short or "
                "does not fit makes the packet invalid, and it has no flow; in 8.0 it has one.",
        .advice = "In 8.0 check the length of each chunk yourself before you read it.",
        .source = "decode-sctp.c",
    },
    {
        .number = "E54",
        .section = kTraffic,
        .title = "VXLAN is taken for a tunnel more often",
        .what = "8.0 wants the flag I and a last reserved byte of 0. 9.0 by default also wants "
                "every other flag and the group policy field to be 0. With such a bit set 8.0 "
                "makes an outer and an inner flow, 9.0 only the outer one.",
        .advice = "Expect two flows where a switch sets group policies. "
                  "`decoder.vxlan.reserved-bits-check: permissive` makes 9.0 do the same.",
        .source = "decode-vxlan.c",
        .here = "9.0's setting is not read: its default is simulated.",
    },
    {
        .number = "E55",
        .section = kTraffic,
        .title = "A packet inside VXLAN has no Ethernet header",
        .what = "8.0 hands on what follows the inner Ethernet header, 9.0 the whole frame. The "
                "flows are the same.",
        .advice = "Test a packet's layer 2 before you read it.",
        .source = "decode-vxlan.c",
    },
    {
        .number = "E56",
        .section = kTraffic,
        .title = "IGMP and unknown protocols have no flow in either version",
        .what = "9.0 decodes IGMP and counts unknown IP protocols; 8.0 does neither.",
        .advice = "Test a packet's flow for NULL, as for T10.",
        .source = "decode-ipv4.c",
    },
    {
        .number = "E57",
        .section = kTraffic,
        .title = "A flow's key has the device as a pointer",
        .what = "The rest of the key is that of T1. With several devices 8.0 compares pointers to "
                "devices, 9.0 their ids, which count from 0 in 8.0 and from 1 in 9.0.",
        .advice = "Do not store a device's id across versions.",
        .source = "flow-hash.c, util-device.c; read, not measured",
    },
    {
        .number = "E58",
        .section = kTraffic,
        .title = "The other rules of decoding and flow ends are the same",
        .what = "Time-outs, TCP reuse, fragments, GRE, ERSPAN, Geneve, Teredo, IP in IP, ICMP and "
                "ESP are as in T4 to T13. Of 97 public captures 95 gave the same flow inits, "
                "updates and Frees in both versions; E52 accounts for the others.",
        .advice = "Take a difference between versions in your plugin's counts for a mistake in the "
                  "plugin first.",
        .source = "measured",
    },
    {
        .number = "E59",
        .section = kTraffic,
        .title = "What a small C plugin does on one capture",
        .what = "With two slots and two callbacks, on 6 flows with 24 packets in single mode, "
                "statistics off, 8.0 makes 6 init calls on 3 threads and frees 6 thread values; "
                "9.0 has 8 and 8, because it has HB. Flow callbacks are the same: 6 inits, 24 "
                "updates, 4 finishes, 6 Frees. There is no Rust example as in T16.",
        .advice = "Compare your own plugin on a small capture: run it for each version with "
                  "`surisim run --pcap`.",
        .source = "measured",
    },
};
static_assert(numbered_from(35, kVersionRunFacts));

}  // namespace

std::span<const Fact> version_run_facts() { return kVersionRunFacts; }

}  // namespace surisim::catalogue
