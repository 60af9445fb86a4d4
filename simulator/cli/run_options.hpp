// The options that say what a run is: those that every subcommand which runs plugins has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "option_texts.hpp"
#include "sandbox/limits.hpp"
#include "surisim/options.hpp"

namespace CLI {
class App;
}

namespace surisim::cli {

// --timeout, --memory-limit and --in-process.
void add_child_options(CLI::App& app, Texts& texts, sandbox::ChildLimits& limits, bool& in_process);

// The groups Engine, Traffic and EVE. `texts` belongs to `app`; all must outlive this.
class RunOptions {
 public:
  RunOptions(CLI::App& app, Texts& texts, std::vector<std::string>& plugins, Options& options);
  RunOptions(const RunOptions&) = delete;
  RunOptions& operator=(const RunOptions&) = delete;

  // After parsing and Texts::apply(): fills in what depends on several options. Throws UsageError
  // for options that do not go together.
  void finish();
  // Which kind of failure is to be tried one by one, if any.
  const std::optional<Fault::Kind>& sweep() const { return sweep_; }

 private:
  void add_engine(CLI::App& app, Texts& texts);
  void add_traffic(Texts& texts);
  void add_eve(CLI::App& app, Texts& texts);
  void add_fault(const std::string& option, const std::string& text);
  void check_pcap();
  void check_eve() const;

  Texts& texts_;
  Options& options_;
  std::vector<std::string> devices_;
  std::optional<Fault::Kind> sweep_;
  bool no_stats_ = false;
  bool no_command_socket_ = false;
};

// The command that was given, fit for a shell, with the seed in it when there is one.
std::string command_line(int argc, char** argv, const Options& options);

}  // namespace surisim::cli
