// Runs plugins with the built command, several in parallel, and records which rules they broke.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace surisim::test {

// Options of `surisim run`, with a name for messages.
struct Setting {
  std::string name;
  std::vector<std::string> options;
};

// Mistakes must be found, and correct plugins be clean, in each of them.
const std::vector<Setting>& all_settings();
// A few of them, for many plugins.
const std::vector<Setting>& some_settings();

struct PluginRun {
  std::string setting;
  int status = -1;                           // of the command
  std::map<std::string, std::string> rules;  // broken rules and their severities
  std::vector<std::string> places = {};      // call sites, and where values were set
  std::vector<std::string> sources = {};     // "/src/plugin.c:42" of call sites
  std::vector<std::string> callbacks = {};   // in which they happened
  std::string details;                       // messages and stderr, to be shown on failure
};

// A plugin's file, and the options in the line "options: …" of its source.
struct Sample {
  std::string name;
  std::string plugin_file;
  std::vector<std::string> options = {};
  std::vector<std::string> others = {};  // plugins that are loaded after it
};

inline void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.plugin_file; }

// The options in the opening comment of a source file.
std::vector<std::string> options_of(const std::string& source);

// One run in each setting. Any violation, even a note, makes the command fail.
std::vector<PluginRun> run_in(const std::vector<Setting>& settings, const Sample& sample);

// The broken rules of that severity or above: "note", "warning" or "error".
std::vector<std::string> rules_from(const PluginRun& run, const std::string& severity);

}  // namespace surisim::test
