// Names the settings that Suricata's flow engine and decoders read and surisim ignores, so that a
// run with them is not taken for one of Suricata's.
//
// When:    once the configuration has been read.
// Owner:   nothing is kept.
// Threads: [main]
// Source:  decode.c, stream-tcp.c, defrag.c, flow.c, flow-manager.c.
#pragma once

namespace surisim::conf {

// Logs one warning, with all of them; none if there are none.
void name_ignored_settings();

}  // namespace surisim::conf
