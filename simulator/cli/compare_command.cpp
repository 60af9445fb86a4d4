// surisim compare, and record --from-probe: runs the scenario of a recording of the probe here,
// with the probe, and compares what both recorded.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "commands.hpp"
#include "surisim/evidence.hpp"

namespace surisim::cli {
namespace {

namespace fs = std::filesystem;

// A directory of our own, gone at the end.
class Directory {
 public:
  Directory() {
    std::error_code error;
    path_ = (fs::temp_directory_path(error) / "surisim-compare-XXXXXX").string();
    if (error || ::mkdtemp(path_.data()) == nullptr)
      throw Failure("{}: a directory for the recording cannot be made", path_);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string find_probe(const CompareArguments& arguments, Suricata version) {
  if (!arguments.probe.empty()) return arguments.probe;
  const std::string name = fmt::format("surisim-probe-{}.so", to_string(version));
  std::error_code ignored;
  const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const char* directory : {SURISIM_PROBE_DIRECTORY, "../lib/surisim"}) {
    const fs::path probe = (here / directory / name).lexically_normal();
    if (fs::exists(probe, ignored)) return probe.string();
  }
  throw UsageError("{} is not installed beside this command; give it with --probe", name);
}

RunArguments run_of(const CompareArguments& arguments, const Options& options) {
  RunArguments run;
  run.plugins = arguments.beside;
  run.plugins.push_back(find_probe(arguments, *options.suricata));
  run.options = options;
  run.options.record = Options::Record::all;
  run.wants_lifecycle = !arguments.golden.empty();
  run.silent = true;
  require_plugins(run.plugins);
  return run;
}

std::string command_of(const Options& options) {
  std::string words;
  for (const std::string& setting : settings_of(options)) words += " " + setting;
  return words;
}

std::string text_of(const CompareArguments& arguments, const ProbeRecording& real,
                    const ProbeRecording& here, const Options& options,
                    const std::vector<LifecycleDifference>& found) {
  std::string out = fmt::format(
      "{}: recorded in Suricata {}\nrun here as: surisim run{}\n\n{:<58} | here\n\n{}\n",
      arguments.recording, to_string(real.suricata), command_of(options), "a real Suricata",
      side_by_side(real, here));
  if (real.left_out > 0)
    out += fmt::format("{} flows more were not recorded there\n", real.left_out);
  if (found.empty()) return out + "equal\n";
  return out + fmt::format(
                   "different: - only there, + only here\n{}\nThis is a finding about surisim, or "
                   "about a Suricata that surisim does not know yet: please report it "
                   "(docs/evidence.md).\n",
                   to_text(found));
}

}  // namespace

int execute(const CompareArguments& arguments) {
  const auto real = read_probe(arguments.recording);
  if (!real) throw UsageError(real.error().message);
  const auto options = options_of(*real);
  if (!options) throw UsageError("{}: {}", arguments.recording, options.error().message);
  const RunArguments run = run_of(arguments, *options);
  Output output(arguments.output);

  const Directory directory;
  const std::string file = directory.file("here.jsonl");
  ::setenv("SURISIM_PROBE_OUTPUT", file.c_str(), 1);
  ::setenv("SURISIM_PROBE_FLOWS", std::to_string(run.options.traffic.flows).c_str(), 1);
  const FinishedRun finished = run_once(run, EventsFile(""));
  if (finished.stop) return exit_status(finished);
  const auto here = read_probe(file);
  if (!here)
    throw Failure("the run here left no recording: {}{}{}", finished.result.summary.stopped_by,
                  finished.result.summary.stopped_by.empty() ? "" : "; ", here.error().message);

  const std::vector<LifecycleDifference> found = differences(*real, *here);
  output.write(text_of(arguments, *real, *here, run.options, found));
  if (!found.empty()) return kViolations;
  if (!arguments.golden.empty()) {
    Output(arguments.golden).write(finished.result.lifecycle);
    std::fprintf(stderr, "surisim: wrote %s\n", arguments.golden.c_str());
  }
  return kClean;
}

}  // namespace surisim::cli
