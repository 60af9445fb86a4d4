// Texts about the command: the examples that end each subcommand's help, messages about wrong
// usage, and the version.
//
// When:    the examples while parsers are made; usage_message() when CLI11 has failed.
// Owner:   values.
// Threads: main.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace surisim::cli {

// The message for a command line that the parsers refuse, on one line: what is wrong, the name that
// may have been meant, and which help to read.
std::string usage_message(const CLI::App& root, const CLI::ParseError& error, int argc,
                          char** argv);

// "surisim 0.1.0 (commit abcdef1), for Suricata 8.0 and 9.0"; without the commit if it is not known
// (cmake/SurisimCommit.cmake).
std::string version_line();
// "2026-11-29": the date of the commit; if that is not known, of the build.
const char* release_date();

inline constexpr const char* kExamples = R"(Examples:
  surisim run ./plugin.so                          the whole lifecycle on 4 workers
  surisim check ./plugin.so                        all modes, faults and schedules
  surisim run ./plugin.so --threads 8 --flows 1000000 --no-checks --no-record
  surisim run ./plugin.so --mode autofp --capture pcap --device eth0 --device eth1
  surisim run ./plugin.so --fail init:W#02         what if a thread fails?
  surisim run ./plugin.so --format json --output report.json
  surisim record ./plugin.so -o plugin.golden      record the order of the lifecycle
  surisim verify ./plugin.so --golden plugin.golden
  surisim test *.scenario --plugin ./plugin.so     unit tests as text
  surisim explore ./plugin.so                      does it depend on the threads' order?
  surisim bench ./plugin.so --flows 100000         what do its callbacks cost?
  surisim inspect ./plugin.so                      what does it need, would it load?
  surisim lifecycle                                when does which callback run?
  surisim rules value-leaked                       what does a violation mean?
  surisim facts L27                                what does Suricata do there?

Each subcommand has its own help: surisim run --help

Exit status: 0 clean, 1 the plugin did something wrong, 2 wrong usage or nothing could be run,
3 surisim itself failed, 124 the time limit of the run was reached, 129, 130 or 143 interrupted.)";

inline constexpr const char* kRunExamples = R"(Examples:
  surisim run ./plugin.so --threads 8 --flows 100000
  surisim run ./plugin.so --pcap capture.pcap      real packets
  surisim run ./plugin.so --scenario test.scenario each packet as it says
  surisim run ./plugin.so --ends bucket=1          every flow ends without a finish callback
  surisim run ./plugin.so --fail run:W#01          a worker fails while running
  surisim run ./plugin.so --fail 'alloc:*'         each allocation fails once, a run for each
  surisim run ./plugin.so --suppress slot-unused="for the next release"
  surisim run ./plugin.so --format json | jq .verdict
  surisim run ./plugin.so --output surisim.xml --output surisim.sarif --output -)";

inline constexpr const char* kRecordExamples = R"(Examples:
  surisim record ./plugin.so -o plugin.golden
  surisim record ./plugin.so -o autofp.golden --mode autofp --threads 8)";

inline constexpr const char* kVerifyExamples = R"(Examples:
  surisim verify ./plugin.so --golden plugin.golden
  surisim verify ./plugin.so --golden plugin.golden --quiet

The run has the options that the golden file was recorded with.)";

inline constexpr const char* kExploreExamples = R"(Examples:
  surisim explore ./plugin.so                      200 schedules
  surisim explore ./plugin.so --for 60 --stop-on first
  surisim explore ./plugin.so --replay pos:17      the schedule that a finding names
  surisim explore ./plugin.so --schedules 100000 -j 8
  surisim explore ./plugin.so --shard 2/4          a quarter of them, on one of four machines)";

inline constexpr const char* kCheckExamples = R"(Examples:
  surisim check ./plugin.so                        levels 1 to 5
  surisim check ./plugin.so --level 2              a few seconds
  surisim check ./plugin.so --config suricata.yaml each run with it, and one without
  surisim check ./plugin.so --for 8h --output state.json --output -
  surisim check ./plugin.so --for 8h --resume state.json --output more.json --output -
  surisim check ./plugin.so --level 10 --shard 2/4 --output 2.json
  surisim check --list                             what each level tries)";

inline constexpr const char* kMergeExamples = R"(Examples:
  surisim explore ./plugin.so --shard 1/2 --output 1.json     on one machine
  surisim explore ./plugin.so --shard 2/2 --output 2.json     on another
  surisim merge 1.json 2.json                      one report
  surisim merge *.json --output explore.sarif --output -)";

inline constexpr const char* kBenchExamples = R"(Examples:
  surisim bench ./plugin.so --flows 100000
  surisim bench ./plugin.so --pcap capture.pcap    on real packets
  surisim bench ./plugin.so --format json | jq .ns_per_packet
  surisim bench ./plugin.so --html bench.html      with distributions
  surisim bench ./plugin.so --instructions --max 'flow update=120'
  surisim bench ./plugin.so --instructions --baseline before.json
  surisim bench ./new.so --against ./old.so        do their times differ?

Exit status: 1 also if something costs more than --max, --baseline or --against allow.)";

inline constexpr const char* kCompareExamples = R"(Examples:
  surisim compare probe.jsonl                      the probe was Suricata's only plugin
  surisim compare probe.jsonl ./plugin.so          another plugin was loaded before it
  surisim compare probe.jsonl --output report.json

Exit status: 0 equal, 1 different, 2 the recording cannot be used or wrong usage.)";

inline constexpr const char* kInspectExamples = R"(Examples:
  surisim inspect ./plugin.so                      would it load? what does it need?
  surisim inspect ./plugin.so --verbose            the system's symbols too)";

inline constexpr const char* kLifecycleExamples = R"(Examples:
  surisim lifecycle
  surisim lifecycle --output lifecycle.svg         a picture
  surisim lifecycle --format json)";

inline constexpr const char* kRulesExamples = R"(Examples:
  surisim rules                                    all rules
  surisim rules value-leaked                       one, with an example of each kind)";

inline constexpr const char* kTestExamples = R"(Examples:
  surisim test counter.scenario --plugin ./plugin.so
  surisim test tests/*.scenario -j 8               the scenarios name their plugin
  surisim test tests/*.scenario --output scenarios.xml

Exit status: 0 all passed, 1 a scenario failed, 2 a mistake in a scenario or wrong usage.)";

inline constexpr const char* kScenarioExamples = R"(Examples:
  surisim scenario from capture.pcap               all flows, the smallest first
  surisim scenario from capture.pcap --flow 3 -o flow.scenario)";

inline constexpr const char* kInitExamples = R"(Examples:
  surisim init build/plugin.so                     then: surisim run

Exit status: 0 written, 2 there is such a file already, or it cannot be written.)";

inline constexpr const char* kManualExamples = R"(Examples:
  surisim man run | man -l -
  surisim man --all ./pages)";

inline constexpr const char* kCompletionExamples = R"(Examples:
  . <(surisim completion bash)
  surisim completion zsh > ~/.zfunc/_surisim       a directory of zsh's fpath
  surisim completion fish > ~/.config/fish/completions/surisim.fish)";

inline constexpr const char* kFactsExamples = R"(Examples:
  surisim facts                                    all facts
  surisim facts L27 L32                            these in full)";

}  // namespace surisim::cli
