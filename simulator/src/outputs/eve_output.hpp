// Where EVE records go: what the command line says, and then the configuration's first eve-log
// output that is enabled.
//
// Threads: main, or US in unix-socket mode.
// Source:  runmodes.c (RunModeInitializeOutputs), output-json.c (OutputJsonInitCtx),
//          util-logopenfile.c (SCConfLogOpenGeneric).
#pragma once

#include <suricata/conf.h>

#include <memory>
#include <string>

#include "outputs/eve_record.hpp"
#include "outputs/eve_types.hpp"
#include "surisim/options.hpp"

namespace surisim::engine {

struct EveOutput {
  struct FreeNode {
    void operator()(SCConfNode* which) const { SCConfNodeFree(which); }
  };

  explicit EveOutput(const Options& run);

  EveOptions options;
  bool append = false;  // to the file
  bool split = false;   // a file for each thread
  std::string prefix;   // of each line
  EveFields fields;
  EveTypes types;
  // The mapping of the output, for the file type's Init: never NULL there. The tree's, or `own`.
  const SCConfNode* node = nullptr;
  std::unique_ptr<SCConfNode, FreeNode> own = nullptr;

  // A file or a file type of the command line wins; `threaded` is that of either, but a file of the
  // command line stays one, and has all types unless the configuration names some. A relative file
  // name is below default-log-dir, where the configuration has one.
  void read_configuration();

 private:
  void read_fields();

  std::string capture_;  // the capture file
};

}  // namespace surisim::engine
