// What the plugin prints and logs: shown on stderr, written to a file or discarded; and kept for
// reports that show it.
//
// When:    redirect() before run_in_child(), which gives the child its stderr; text() after it.
// Owner:   the subcommand; stderr is as before once restore() has been called, or this is gone.
// Threads: main. Output is kept by a process of its own: the command must not have a thread when it
//          forks, and what a crash leaves in a pipe is not lost.
#pragma once

#include <sys/types.h>

#include <string>

namespace surisim::sandbox {

class PluginOutput {
 public:
  // To `file`, or to stderr if it is empty. Throws SandboxError if it cannot be written.
  explicit PluginOutput(const std::string& file);
  PluginOutput(const PluginOutput&) = delete;
  PluginOutput& operator=(const PluginOutput&) = delete;
  ~PluginOutput();

  // From now on stderr leads there. `keep`: text() is wanted too.
  void redirect(bool keep);
  // Waits until all that was printed is there, up to two seconds. A second call does nothing.
  void restore();
  // The beginning and the end, with the number of bytes between them that were not kept.
  std::string text() const;

 private:
  struct Kept;
  [[noreturn]] static void keep_until_end(int from, int to, Kept& kept);
  void start_keeping();

  int target_ = -1;         // of the output; -1: stderr
  int stderr_before_ = -1;  // -1: stderr is as it was
  Kept* kept_ = nullptr;    // shared with the process that fills it
  pid_t keeper_ = -1;
};

}  // namespace surisim::sandbox
