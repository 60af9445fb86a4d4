// The project file, surisim.yaml: default options for all commands that take plugins. Each of their
// options is a key of the file, according to the option table (command_tree.hpp). And surisim init,
// which writes such a file.
//
// When:    ProjectParser is made after all parsers with plugins, before CLI11 parses; the rest is
//          called after it.
// Owner:   parse_arguments().
// Threads: main.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "command_tree.hpp"
#include "parser.hpp"
#include "project_file.hpp"

namespace surisim::cli {

inline constexpr const char* kProjectFile = "surisim.yaml";
// If this variable is set, no file is searched for. surisim sets it for the commands that it
// starts, which get all options on their command lines.
inline constexpr const char* kNoProject = "SURISIM_NO_PROJECT";

// The values in a project file for one command.
class Project {
 public:
  // A value, as words of a command line.
  struct Value {
    std::string key;  // "threads"
    std::vector<std::string> words;
    bool required;  // whether the command requires it
    Place place;    // of the value
  };

  // Reads the file for this command; `all`: surisim's table. Throws UsageError, with the place.
  Project(std::string file, const CommandText& all, const CommandText& command);

  // Removes a key, as the command line has the option.
  void drop(const std::string& key);
  const std::string& file() const { return file_; }
  // Parses the command line `given` with the words of the file, without those that cannot be
  // combined with it. `bare`: the command, its plugins and required options of `given`. `parse`
  // throws UsageError; with `tries` it only checks whether the words can be parsed. Throws
  // UsageError, with the place if it is about a value of the file.
  Command parse_with(
      const std::vector<std::string>& given, const std::vector<std::string>& bare,
      const std::function<Command(const std::vector<std::string>& words, bool tries)>& parse);

 private:
  std::string explained(const UsageError& error) const;
  void drop_excluded(const std::function<void()>& try_to_parse);
  std::vector<std::string> after_command_of(std::vector<std::string> line) const;
  void add_all(const ProjectNode& map, const CommandText& command);
  void add(const ProjectNode& key, const ProjectNode& value, const OptionText& option);
  void add_one(const ProjectNode& key, const ProjectNode& value, const OptionText& option);
  std::string suppression(const ProjectNode& map) const;

  std::string file_;
  std::vector<Value> values_;
};

class ProjectParser : public Parser {
 public:
  // Adds surisim init, and --project and --no-project to each command that takes plugins.
  explicit ProjectParser(CLI::App& root);

  // surisim init: writes the file. Throws UsageError if there is one.
  PrintText finish();
  // The values for the chosen command, without the options that the command line has. nullopt:
  // there is no file, or it is not wanted. Throws UsageError.
  std::optional<Project> project() const;
  bool names_file() const { return !file_.empty(); }
  // The chosen command, with its plugins and required options on the command line.
  std::vector<std::string> bare_words() const;

 private:
  const CLI::App& root_;
  std::string plugin_;  // for surisim init
  std::string file_;
  bool none_ = false;
};

}  // namespace surisim::cli
