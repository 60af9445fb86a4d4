// Facts T1 to T17: which packets make which flows, how flows end, and which callbacks run.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr const char* kPackets = "Which packets make which flows";
constexpr const char* kEnds = "How flows end, and who is called";

constexpr Fact kTrafficFacts[] = {
    {
        .number = "T1",
        .section = kPackets,
        .title = "A flow's key is protocol, addresses, ports, VLAN ids and tunnel depth",
        .what = "Addresses and ports count in either direction, VLAN ids up to three. IPv4 and "
                "IPv6 never meet. The direction of the first packet is to the server, unless "
                "Suricata knows that the other side is the server.",
        .advice = "Take the direction from the packet's flags, and use the Flow that you are given "
                  "rather than a key of your own.",
        .source = "flow-hash.c",
        .here = "There are no parsers, so none reverses a flow's direction.",
    },
    {
        .number = "T2",
        .section = kPackets,
        .title = "Only some protocols count packets to the client",
        .what = "TCP, UDP, SCTP, ICMP and ICMPv6 do. Flows of other protocols count every packet "
                "as one to the server.",
        .advice = "Do not conclude from a to-client count of 0 that nobody answered.",
        .source = "flow.c",
    },
    {
        .number = "T3",
        .section = kPackets,
        .title = "Every packet with a flow gives one update, derived packets too",
        .what =
            "The first packet of a flow gives init, then update. What Suricata makes of a record, "
            "the inner packet of a tunnel or a reassembled datagram, is a packet of its own. "
            "Updates are therefore the records with a flow and the derived packets with a flow.",
        .advice = "Do not expect as many updates as there are records on the wire: a tunnelled one "
                  "may give two.",
        .source = "decode.c, flow-worker.c",
    },
    {
        .number = "T4",
        .section = kPackets,
        .title = "Fragments have no flow, the datagram made of them has",
        .what = "The reassembled datagram is an extra packet, at the same depth and with the same "
                "VLAN ids. A set that stays incomplete gives nothing.",
        .advice =
            "Flow callbacks never see a fragment. A packet logger sees packets without a flow.",
        .source = "defrag.c",
    },
    {
        .number = "T5",
        .section = kPackets,
        .title = "Most tunnels have an outer and an inner flow, GRE only the inner one",
        .what = "A GRE or ERSPAN record has no flow of its own, its inner packet has. IP in IP "
                "(with ports 0), Teredo, VXLAN and Geneve keep the outer flow, and the inner "
                "packet gets another one, a level deeper and without the outer VLAN ids. PPPoE and "
                "PPP add no level.",
        .advice =
            "Expect one record to update two flows. The flow's `recursion_level` tells them apart.",
        .source = "decode-gre.c, decode-teredo.c and their like; the missing VLAN ids are read, "
                  "not measured",
    },
    {
        .number = "T6",
        .section = kPackets,
        .title = "An ICMPv4 destination unreachable joins the flow that it quotes",
        .what = "It must quote the ports; its direction follows from its own source address. "
                "Update then gets a packet whose protocol is not its flow's (L37). All other "
                "ICMPv4 errors, and an unreachable about a flow that does not exist, have no flow.",
        .advice = "Be ready for ICMP in the updates of TCP and UDP flows.",
        .source = "decode-icmpv4.c, flow-hash.c; the case of no such flow is read, not measured",
    },
    {
        .number = "T7",
        .section = kPackets,
        .title = "Other ICMPv4 makes flows by the pair of request and reply",
        .what = "The id and the code do not count: two pings between the same hosts are one flow. "
                "The accessors give type + 256 × code of the first packet as source port, and as "
                "destination port the type of the counterpart, or 0.",
        .advice = "Do not take a flow for one ping, nor its ports for ports.",
        .source = "decode-icmpv4.c, flow-hash.c",
    },
    {
        .number = "T8",
        .section = kPackets,
        .title = "ICMPv6 errors make flows of their own",
        .what = "They do not join the flow that they quote. Other types pair as in ICMPv4 (T7), "
                "but here the code counts.",
        .advice = "Look into the packet if you need the flow that an ICMPv6 error is about.",
        .source = "decode-icmpv6.c, flow-hash.c",
    },
    {
        .number = "T9",
        .section = kPackets,
        .title = "An ESP flow goes one way",
        .what = "The key includes the SPI, so each direction is a flow. The accessors give the low "
                "16 bits of the SPI as source port and the high 16 bits as destination port.",
        .advice = "Bring the two directions together yourself if you need both.",
        .source = "decode-esp.c, flow-hash.c",
    },
    {
        .number = "T10",
        .section = kPackets,
        .title = "What the decoder does not understand has no flow",
        .what = "This is so for ARP, IGMP, a header of IP or of what it carries that is truncated "
                "or too small, an SCTP chunk that does not fit, and IP protocols that the decoder "
                "does not know. A bad TCP option makes the packet invalid, but it keeps its flow. "
                "With checksum checks off, a wrong checksum changes nothing.",
        .advice = "Test a packet's flow for NULL in packet loggers, and its flag PKT_IS_INVALID "
                  "before you trust its headers.",
        .source =
            "decode-tcp.c, decode-sctp.c and their like; unknown protocols are read, not measured",
    },
    {
        .number = "T11",
        .section = kPackets,
        .title = "Captures need not begin with Ethernet",
        .what = "Link types that were measured are Ethernet, Linux cooked (versions 1 and 2), raw "
                "IPv4 and IPv6, BSD null and Cisco HDLC, in pcap files of either byte order.",
        .advice = "Start from the headers that the decoder has found, not from the first byte of "
                  "the packet.",
        .source = "decode-ethernet.c, decode-sll.c and their like",
    },
    {
        .number = "T12",
        .section = kEnds,
        .title = "Flows time out by packet time, and who ends them is a race",
        .what = "The built-in limits for a new, established or closed flow are 30, 300 and 10 s "
                "for TCP, and 30 and 300 s for the rest. A flow that has timed out is ended by the "
                "flow manager, through the recycler and with finish, or by a worker that meets it "
                "in the hash row of another packet, without finish (L32): whichever comes first.",
        .advice =
            "Do not rely on the same number of finishes in two runs, not even of one capture file.",
        .source = "flow-private.h, flow-hash.c, flow-manager.c",
        .here = "The race is settled: the worker ends a flow when a later packet meets it in its "
                "row, which is one of its own key, or for some protocols of its pair of hosts "
                "(T17); all others go to the recycler.",
    },
    {
        .number = "T13",
        .section = kEnds,
        .title = "A SYN after the end of a TCP session starts a new flow",
        .what = "The old flow must have no session, or one in LAST_ACK or in a state that Suricata "
                "orders after it: CLOSE_WAIT, CLOSING or CLOSED. Before that, a SYN with another "
                "sequence number stays in the flow. Packet times that jump or run back do no harm.",
        .advice = "Do not expect exactly one flow for each connection that the hosts have had.",
        .source = "flow-hash.c, stream-tcp.c; the case without a session is read, not measured",
    },
    {
        .number = "T14",
        .section = kEnds,
        .title = "At shutdown an open TCP session is freed by its worker, without finish",
        .what = "That holds for every session that is established or later and not closed, with "
                "data or without. A closed one (by FIN or RST) gets no finish either if Suricata "
                "has not yet given up to detect its protocol: if its data went one way only, or "
                "fewer than 17 bytes to the server, or fewer than 10 to the client. With more of "
                "both, in no known protocol, or with none, it gets its finish on the recycler.",
        .advice = "Count the TCP flows of a run in Free or in a flow logger, not in finish.",
        .source = "flow-timeout.c, stream-tcp-reassemble.c, app-layer-detect-proto.c; the numbers "
                  "are measured, with Suricata's own protocols on and no data of theirs",
    },
    {
        .number = "T15",
        .section = kEnds,
        .title = "Flow loggers run for every flow, packet loggers only beside another one",
        .what =
            "A flow logger runs also for flows without finish, except for those that are freed "
            "at the very end (L34). A plugin's packet logger is not called unless the "
            "configuration has outputs and there is a packet logger already: one of Suricata's "
            "own, or one that was registered in Init. The first data that a thread init has made "
            "goes to the first logger of the kind, the second to the second, whoever has made "
            "it. An EVE file type is silent unless EVE is configured to use it.",
        .advice = "Use a flow logger to see flows end. Tell your users which output they must turn "
                  "on for your packet logger or file type.",
        .source = "output.c, output-packet.c, output-flow.c",
        .here = "The packet logger of Suricata's own is EVE's (`--eve`).",
    },
    {
        .number = "T16",
        .section = kEnds,
        .title = "What Suricata's Rust example plugin does on one flow",
        .what = "On a capture of one flow with 34 packets in single mode, statistics off, there "
                "are 4 init callbacks (W#01, FM#01, FR#01, HB), one flow init, 34 updates and one "
                "finish. The plugin gets thread values 5 times (4 of them NULL) and sets 4; Free "
                "runs 4 times for the thread slot and once for the flow slot. Statistics add CW "
                "and CS; autofp with 3 workers has 7 init callbacks.",
        .advice =
            "Compare your own plugin on a small capture: `surisim run --pcap` gives these numbers.",
        .source = "measured",
    },
    {
        .number = "T17",
        .section = kEnds,
        .title = "Only TCP and UDP flows of IPv4 are spread over the hash by their ports",
        .what = "The row of a flow in the hash, and its worker in autofp, follow from the whole "
                "key for TCP, UDP and quoted ICMP errors. All other IPv4 packets hash with fixed "
                "ports: all ICMP, SCTP or ESP flows of two hosts lie in one row and go to one "
                "worker. A later packet of the pair walks that row and ends its timed-out flows "
                "without finish: of two ICMP packets with types 8 and 13, 100 s apart, only one "
                "flow gets finish. IPv6 always hashes its ports.",
        .advice = "Do not expect such flows to be spread over the workers. Expect fewer finishes "
                  "for them.",
        .source = "flow-hash.c",
    },
};
static_assert(numbered_from(1, kTrafficFacts));

}  // namespace

std::span<const Fact> traffic_facts() { return kTrafficFacts; }

}  // namespace surisim::catalogue
