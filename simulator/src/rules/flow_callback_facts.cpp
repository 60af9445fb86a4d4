// Facts L30 to L40: flow callbacks and the end of flows, and how plugins are loaded.
#include "rules/facts_by_topic.hpp"

namespace surisim::catalogue {
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
