// The configuration of EVE outputs: the command line's, and that of the configuration's eve-log
// sections.
//
// When:    read_outputs() when outputs are initialised.
// Owner:   the caller.
// Threads: [creator].
// Source:  output-json.c (OutputJsonInitCtx), runmodes.c (RunModeInitializeOutputs,
//          RunModeInitializeEveOutput).
#pragma once

#include <suricata/conf.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/options.hpp"

namespace surisim::engine {

// The kinds of Suricata's own loggers that a type of records has.
struct OwnLoggers {
  bool packet = false;
  bool tx = false;
  bool flow = false;
};
OwnLoggers own_loggers_of(std::string_view type);

// An enabled entry of `types`.
struct EveType {
  std::string name;                 // "flow"
  const SCConfNode* own = nullptr;  // its own mapping; null: it has none
};

struct EveOutput {
  struct FreeNode {
    void operator()(SCConfNode* which) const { SCConfNodeFree(which); }
  };

  EveOptions options;
  bool append = false;  // to an existing file
  bool split = false;   // one file for each thread
  std::string prefix;   // of each line
  // Members of every record; an empty one is left out.
  std::string host;
  bool pcap_filename = false;  // the capture file's name too, if there is one
  bool metadata = true;
  bool ethernet = false;
  bool version = false;
  bool community_id = false;
  std::uint16_t seed = 0;  // of community ids
  bool compress_ipv6 = false;
  std::vector<EveType> types;  // in order
  // The output's mapping in the configuration, or else `made`; a file type's Init never gets NULL.
  SCConfNode* node = nullptr;
  std::unique_ptr<SCConfNode, FreeNode> made = nullptr;
};

// Whether an enabled eve-log section has `ethernet: yes`.
bool logs_ethernet();
// Every enabled eve-log section. A file or file type on the command line takes the place of the
// first one's, or makes an output of its own if there is none; `threaded` may come from either. A
// file on the command line is never split, and has all types unless the section lists some. A
// relative file name is relative to default-log-dir, if that is configured.
std::vector<EveOutput> read_outputs(const Options& run);

}  // namespace surisim::engine
