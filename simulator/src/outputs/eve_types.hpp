// Which records an eve-log output writes: its `types`.
//
// Threads: main, or US in unix-socket mode.
// Source:  runmodes.c (RunModeInitializeEveOutput), and which loggers register for which type.
#pragma once

#include <suricata/conf.h>

namespace surisim::engine {

// Those that are made here; without a configuration all of them are.
struct EveTypes {
  bool flow = true;
  bool alert = true;
  bool anomaly = true;
  bool stats = true;
  // One of Suricata's own loggers runs for packets, or for transactions, whether or not its records
  // are made here.
  bool packet_logger = true;
  bool tx_logger = true;  // of anomalies that parsers see
};

// As `eve_log`, an enabled eve-log output, has them. Types that nobody knows, and those that are
// not modelled, are logged. Without `types` Suricata logs no record.
EveTypes read_types(const SCConfNode* eve_log);

}  // namespace surisim::engine
