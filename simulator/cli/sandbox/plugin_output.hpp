// What the plugin prints and logs on stderr: passes it on or writes it to a file, and keeps it for
// reports that include it.
//
// When:    redirect() before run_in_child(), whose child inherits stderr; text() after it.
// Owner:   the subcommand. restore() and the destructor restore stderr.
// Threads: main. A separate process collects the output, as the command must have no second thread
//          when it forks. It reads the pipe to its end, also after a crash.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "sandbox/sandbox.hpp"

namespace surisim::sandbox {

class PluginOutput {
 public:
  // To `file`, or to stderr if it is empty. Throws SandboxError if it cannot be written.
  explicit PluginOutput(const std::string& file);
  PluginOutput(const PluginOutput&) = delete;
  PluginOutput& operator=(const PluginOutput&) = delete;
  ~PluginOutput();

  // Redirects stderr. `keep`: for text().
  void redirect(bool keep);
  // Restores stderr, and waits up to two seconds for the last output. A second call has no effect.
  void restore();
  // The beginning and the end of the output; between them the number of bytes that were not kept.
  std::string text() const;

 private:
  struct Buffer;
  [[noreturn]] static void collect(int from, int to, Buffer& buffer);
  void start_collector();

  int target_ = -1;                         // where the output goes; -1: stderr
  int stderr_before_ = -1;                  // -1: stderr is not redirected
  std::unique_ptr<Shared<Buffer>> buffer_;  // shared with the collector
  pid_t collector_ = -1;
};

}  // namespace surisim::sandbox
