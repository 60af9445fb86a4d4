// The project file: options that need not be given with every command. Its keys are made from the
// option table (command_tree.hpp), so that every option of a command that takes plugins is a key,
// and every key an option. Also surisim init, which writes such a file.
//
// When:    after all parsers are made; the options before CLI11 parses, the rest after it.
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
// If this variable has a value, no file is searched for: surisim sets it for what it starts, which
// gets its options from the command that has read the file.
inline constexpr const char* kNoProject = "SURISIM_NO_PROJECT";

// What a project file has for one command.
class Project {
 public:
  // One of the words that a command line could have instead.
  struct Value {
    std::string key;  // "threads"
    std::vector<std::string> words;
    bool required;    // by the command
    Place place;      // of the value
    Place key_place;  // of its key
  };

  // Reads the file for this command; `all`: surisim's table. Throws UsageError, with the place.
  Project(std::string file, const CommandText& all, const CommandText& command);

  // Leaves out a key that the command line has as an option.
  void drop(const std::string& key);
  const std::string& file() const { return file_; }
  // Parses the command line `given` with the words of the file, less those that it excludes.
  // `bare`: what it has of the command, its plugins and the options that it requires. `parse`
  // throws UsageError; it is called with `tries` to see whether words can be parsed, and then has
  // no other effect. Throws UsageError: with its place, if it is about one of the file's values.
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
  // The file for the command that was chosen, without the keys that the command line has as
  // options. None: there is no file, or it is not wanted. Throws UsageError.
  std::optional<Project> project() const;
  bool names_file() const { return !file_.empty(); }
  // The command that was chosen, with its plugins and the options that it requires, as far as the
  // command line has them.
  std::vector<std::string> bare_words() const;

 private:
  const CLI::App& root_;
  std::string plugin_;  // for surisim init
  std::string file_;
  bool none_ = false;
};

}  // namespace surisim::cli
