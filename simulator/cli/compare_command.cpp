// surisim compare, and record --from-probe: runs the probe here, in the scenario of a recording
// from a real Suricata, and compares the two recordings.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "commands.hpp"
#include "report_json.hpp"
#include "surisim/evidence.hpp"

namespace surisim::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// A temporary directory, removed at the end.
class Directory {
 public:
  Directory() {
    std::error_code error;
    path_ = (fs::temp_directory_path(error) / "surisim-compare-XXXXXX").string();
    if (error || ::mkdtemp(path_.data()) == nullptr)
      throw Failure("{}: a directory for the recording cannot be created", path_);
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

struct Compared {
  const std::string& file;
  const ProbeRecording &real, &here;
  const Options& options;
  std::vector<LifecycleDifference> differences;
};

std::string text_of(const Compared& compared) {
  std::string words;
  for (const std::string& setting : settings_of(compared.options)) words += " " + setting;
  std::string out = fmt::format(
      "{}: recorded in Suricata {}\nrun here as: surisim run{}\n\n{:<58} | here\n\n{}\n",
      compared.file, to_string(compared.real.suricata), words, "a real Suricata",
      side_by_side(compared.real, compared.here));
  if (compared.real.left_out > 0)
    out += fmt::format("{} more flows were not recorded there\n", compared.real.left_out);
  if (compared.differences.empty()) return out + "equal\n";
  return out + fmt::format(
                   "different: - only there, + only here\n{}\nThis is a finding about surisim, or "
                   "about a Suricata that surisim does not know yet: please report it "
                   "(docs/evidence.md).\n",
                   to_text(compared.differences));
}

ordered_json sections_of(const ProbeRecording& recording) {
  ordered_json out = ordered_json::array();
  for (const LifecycleSection& section : lifecycle_of(recording).sections)
    out.push_back(
        {{"title", section.title}, {"thread", or_null(section.thread)}, {"lines", section.lines}});
  return out;
}

std::string json_of(const Compared& compared) {
  ordered_json differences = ordered_json::array();
  for (const LifecycleDifference& difference : compared.differences)
    differences.push_back({{"where", difference.where}, {"lines", difference.lines}});
  const ordered_json out = {{"tool", {{"name", "surisim"}, {"version", version()}}},
                            {"recording", compared.file},
                            {"suricata", to_string(compared.real.suricata)},
                            {"options", settings_of(compared.options)},
                            {"equal", compared.differences.empty()},
                            {"differences", std::move(differences)},
                            {"left_out", compared.real.left_out},
                            {"there", sections_of(compared.real)},
                            {"here", sections_of(compared.here)}};
  return out.dump(2) + "\n";
}

}  // namespace

int execute(const CompareArguments& arguments) {
  const auto real = read_probe(arguments.recording);
  if (!real) throw UsageError(real.error().message);
  const auto options = options_of(*real);
  if (!options) throw UsageError("{}: {}", arguments.recording, options.error().message);
  const RunArguments run = run_of(arguments, *options);
  Outputs outputs(arguments.to);

  const Directory directory;
  const std::string file = directory.file("here.jsonl");
  ::setenv("SURISIM_PROBE_OUTPUT", file.c_str(), 1);
  const std::uint64_t flows = run.options.traffic.flows * lifecycles_of(run.options);
  ::setenv("SURISIM_PROBE_FLOWS", std::to_string(flows).c_str(), 1);
  const FinishedRun finished = run_once(run, EventsFile(""));
  if (finished.stop) return exit_status(finished);
  const auto here = read_probe(file);
  if (!here)
    throw Failure("the run here left no recording: {}{}{}", finished.result.summary.stopped_by,
                  finished.result.summary.stopped_by.empty() ? "" : "; ", here.error().message);

  const Compared compared{arguments.recording, *real, *here, run.options,
                          differences(*real, *here)};
  outputs.write([&](Format format, bool) {
    return format == Format::json ? json_of(compared) : text_of(compared);
  });
  if (!compared.differences.empty()) return kViolations;
  if (!arguments.golden.empty()) {
    Output(arguments.golden).write(finished.result.lifecycle);
    std::fprintf(stderr, "surisim: wrote %s\n", arguments.golden.c_str());
  }
  return kClean;
}

}  // namespace surisim::cli
