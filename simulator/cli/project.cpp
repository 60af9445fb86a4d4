// Implements project.hpp: finds the file, turns its values into words, and writes a new one.
#include "project.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include "base/user_input.hpp"
#include "help.hpp"

namespace surisim::cli {
namespace {

using Kind = ProjectNode::Kind;
using Words = std::vector<std::string>;

constexpr const char* kInit = "init";
constexpr const char* kPlugin = "PLUGIN.so";

struct Key {
  std::string name;
  const OptionText* option;
};

// The keys of a command, in the order of its help.
std::vector<Key> keys_of(const CommandText& command) {
  std::vector<Key> keys;
  for (const OptionText& positional : command.positionals)
    if (positional.value == kPlugin) keys.push_back({"plugin", &positional});
  for (const OptionText& option : command.options) {
    const auto is_long = [](const std::string& name) { return name.starts_with("--"); };
    const auto name = std::find_if(option.names.begin(), option.names.end(), is_long);
    if (name == option.names.end() || *name == "--help") continue;
    if (*name == "--project" || *name == "--no-project") continue;
    keys.push_back({name->substr(2), &option});
  }
  return keys;
}

const Key* find(const std::vector<Key>& keys, const std::string& name) {
  const auto at =
      std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  return at == keys.end() ? nullptr : &*at;
}

bool takes_plugins(const CommandText& command) {
  return find(keys_of(command), "plugin") != nullptr;
}

std::vector<const CommandText*> commands_with_plugins(const CommandText& all) {
  std::vector<const CommandText*> found;
  for (const CommandText& command : all.commands)
    if (command.name != kInit && takes_plugins(command)) found.push_back(&command);
  return found;
}

[[noreturn]] void refuse_key(const std::string& file, const ProjectNode& key,
                             const std::string& where, const std::set<std::string>& known) {
  const std::vector<std::string_view> names(known.begin(), known.end());
  const std::string_view meant = base::closest(key.text, names);
  refuse_at(file, key.place,
            fmt::format("there is no key {}{}{}", base::shown(key.text), where,
                        meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
}

// Searches this directory and those above it, but not above a repository: "../../surisim.yaml";
// empty: not found.
std::string find_file() {
  constexpr int kMaxLevels = 256;
  std::string directory;  // "", "../", "../../"
  for (int level = 0; level < kMaxLevels; ++level, directory += "../") {
    std::string file = directory + kProjectFile;
    if (::access(file.c_str(), F_OK) == 0) return file;
    if (::access((directory + ".git").c_str(), F_OK) == 0) return "";
    struct stat here {};
    struct stat above {};
    if (::stat((directory + ".").c_str(), &here) != 0) return "";
    if (::stat((directory + "..").c_str(), &above) != 0) return "";
    if (here.st_dev == above.st_dev && here.st_ino == above.st_ino) return "";  // the root
  }
  return "";
}

// `name`, relative to the project file, as a path for the current directory.
std::string beside(const std::string& file, const std::string& name) {
  const std::size_t slash = file.rfind('/');
  if (name.empty() || name == "-" || name.front() == '/' || slash == std::string::npos) return name;
  return file.substr(0, slash + 1) + name;
}

}  // namespace

Project::Project(std::string file, const CommandText& all, const CommandText& command)
    : file_(std::move(file)) {
  const ProjectNode root = read_project(file_);
  const auto commands = commands_with_plugins(all);
  std::set<std::string> known;
  for (const CommandText* one : commands) {
    known.insert(one->name);
    for (const Key& key : keys_of(*one)) known.insert(key.name);
  }
  const ProjectNode* own = nullptr;
  for (const auto& [key, value] : root.entries) {
    if (!known.contains(key.text)) refuse_key(file_, key, "", known);
    const auto section =
        std::find_if(commands.begin(), commands.end(),
                     [&key = key](const CommandText* one) { return one->name == key.text; });
    if (section == commands.end()) continue;
    if (value.kind != Kind::map && value.kind != Kind::none)
      refuse_at(file_, value.place,
                fmt::format("{} is a command; expected keys with values below it", key.text));
    const std::vector<Key> keys = keys_of(**section);
    std::set<std::string> names;
    for (const Key& one : keys) names.insert(one.name);
    for (const auto& [below, ignored] : value.entries)
      if (!names.contains(below.text))
        refuse_key(file_, below, fmt::format(" of surisim {}", key.text), names);
    if (key.text == command.name) own = &value;
  }
  add_all(root, command);
  if (own == nullptr) return;
  for (const auto& [key, ignored] : own->entries) drop(key.text);
  add_all(*own, command);
}

void Project::add_all(const ProjectNode& map, const CommandText& command) {
  const std::vector<Key> keys = keys_of(command);
  for (const auto& [key, value] : map.entries)
    if (const Key* const known = find(keys, key.text)) add(key, value, *known->option);
}

void Project::add(const ProjectNode& key, const ProjectNode& value, const OptionText& option) {
  if (value.kind != Kind::list) return add_one(key, value, option);
  if (option.value.empty()) refuse_at(file_, value.place, key.text + ": expected true or false");
  for (const ProjectNode& item : value.items) add_one(key, item, option);
}

void Project::add_one(const ProjectNode& key, const ProjectNode& value, const OptionText& option) {
  Value added{key.text, {}, option.required || option.names.empty(), value.place};
  const std::string name = "--" + key.text;
  const bool is_suppression = key.text == "suppress" && value.kind == Kind::map;
  if (value.kind == Kind::none) refuse_at(file_, key.place, key.text + ": expected a value");
  if (value.kind != Kind::text && !is_suppression)
    refuse_at(file_, value.place, fmt::format("{}: expected a value, or a list of them", key.text));
  if (option.value.empty()) {
    if (value.text != "true" && value.text != "false")
      refuse_at(
          file_, value.place,
          fmt::format("{}: expected true or false, got \"{}\"", key.text, base::shown(value.text)));
    if (value.text == "true") added.words = {name};
    values_.push_back(std::move(added));
    return;
  }
  std::string text = is_suppression ? suppression(value) : value.text;
  if (option.takes_file()) text = beside(file_, text);
  if (option.names.empty())  // the plugin itself
    added.words = {text.starts_with('-') ? "./" + text : text};
  else if (text.empty())  // CLI11 would take the next word for the value of "--name="
    added.words = {name, text};
  else
    added.words = {name + "=" + text};
  values_.push_back(std::move(added));
}

// As a value of --suppress: RULE[:PLACE][@DATE]=REASON.
std::string Project::suppression(const ProjectNode& map) const {
  const std::set<std::string> known = {"place", "reason", "rule", "until"};
  std::string rule, place, reason, until;
  for (const auto& [key, value] : map.entries) {
    if (!known.contains(key.text)) refuse_key(file_, key, " of a suppression", known);
    if (value.kind != Kind::text)
      refuse_at(file_, value.kind == Kind::none ? key.place : value.place,
                key.text + ": expected a text");
    if (key.text == "rule" && value.text.find_first_of("=:@") != std::string::npos)
      refuse_at(file_, value.place, "rule: expected the id of a rule");
    if (key.text == "place" && value.text.find('=') != std::string::npos)
      refuse_at(file_, value.place, "place: expected it without =");
    if (key.text == "rule") rule = value.text;
    if (key.text == "place") place = ":" + value.text;
    if (key.text == "until") until = "@" + value.text;
    if (key.text == "reason") reason = value.text;
  }
  if (rule.empty() || reason.empty())
    refuse_at(file_, map.place, "suppress: expected a rule and a reason");
  return rule + place + until + "=" + reason;
}

void Project::drop(const std::string& key) {
  std::erase_if(values_, [&](const Value& value) { return value.key == key; });
}

Words Project::after_command_of(Words line) const {
  Words all;
  for (const Value& value : values_) all.insert(all.end(), value.words.begin(), value.words.end());
  line.insert(line.begin() + 1, all.begin(), all.end());
  return line;
}

// A key may need others, so keys are added one by one until no other can be parsed with them.
void Project::drop_excluded(const std::function<void()>& try_to_parse) {
  const std::vector<Value> all = values_;
  std::set<std::string> kept;
  const auto choose = [&] {
    values_ = all;
    std::erase_if(values_,
                  [&](const Value& one) { return !one.required && !kept.contains(one.key); });
  };
  choose();
  try_to_parse();  // a mistake of the command line itself
  for (bool more = true; more;) {
    more = false;
    for (const Value& value : all) {
      if (value.required || !kept.insert(value.key).second) continue;
      choose();
      try {
        try_to_parse();
        more = true;
      } catch (const UsageError&) {
        kept.erase(value.key);
      }
    }
  }
  choose();
}

Command Project::parse_with(const Words& given, const Words& bare,
                            const std::function<Command(const Words&, bool)>& parse) {
  try {
    return parse(after_command_of(given), false);
  } catch (const UsageError&) {  // of the command line, or of the file?
  }
  try {
    (void)parse(after_command_of(bare), true);
  } catch (const UsageError& error) {
    throw UsageError(explained(error));
  }
  drop_excluded([&] { (void)parse(after_command_of(given), true); });
  try {
    return parse(after_command_of(given), false);
  } catch (const UsageError& error) {
    throw UsageError(explained(error));
  }
}

std::string Project::explained(const UsageError& error) const {
  const std::string_view what = error.what();
  std::string_view option = what.substr(what.starts_with("--") ? 2 : what.size());
  option = option.substr(0, option.find_first_of(": "));
  std::size_t index = 0;
  if (const auto* const one = dynamic_cast<const BadValue*>(&error)) index = one->index;
  const Value* about = nullptr;
  for (const Value& value : values_) {
    if (value.key != option) continue;
    about = &value;
    if (index-- == 0) break;
  }
  if (about == nullptr)
    return fmt::format("{} (with the options of {}; --no-project leaves them out)", what, file_);
  return fmt::format("{}:{}:{}: {}", file_, about->place.line, about->place.column, what.substr(2));
}

// surisim init ------------------------------------------------------------------------------------

namespace {

constexpr const char* kBegin =
    R"(# Options for all surisim commands (docs/project-file.md). The commands search for this file in the
# current directory and those above it. Each key is an option of the command line, which overrides it
# there. Names of files are relative to this file.

# The plugin (.so), a directory of plugins, or a list of them.
{}plugin: {}

# Violations that are accepted for now. After the last day of "until" they count again.
# suppress:
#   - rule: value-leaked
#     place: legacy.so*        # optional: a call site, a source line, a slot or a plugin
#     reason: known, see issue 12
#     until: 2030-12-31        # optional

# Below "run:", "explore:" and so on a key is for that command only:
# explore:
#   schedules: 1000

# All other keys, with the defaults in parentheses.
)";

// The name in double quotes, as YAML reads it.
std::string quoted_yaml(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  return out + "\"";
}

std::string value_shown(const OptionText& option) {
  if (option.value.empty()) return "true";
  return option.many ? "[" + option.value + "]" : option.value;
}

std::string init_text(const CommandText& all, const std::string& plugin) {
  std::string out = fmt::format(fmt::runtime(kBegin), plugin.empty() ? "# " : "",
                                plugin.empty() ? "build/plugin.so" : quoted_yaml(plugin));
  const auto commands = commands_with_plugins(all);
  std::set<std::string> seen = {"plugin", "suppress"};
  for (const CommandText* command : commands)
    for (const Key& key : keys_of(*command)) {
      if (!seen.insert(key.name).second) continue;
      std::string those;
      std::size_t count = 0;
      for (const CommandText* other : commands) {
        if (find(keys_of(*other), key.name) == nullptr) continue;
        those += (count++ == 0 ? "" : ", ") + other->name;
      }
      out += fmt::format("\n# {}\n{}# {}: {}\n", key.option->what,
                         count == commands.size() ? "" : "# For " + those + ".\n", key.name,
                         value_shown(*key.option));
    }
  return out;
}

void write_new(const std::string& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0 && errno == EEXIST)
    throw UsageError("init: {} exists already, and is not overwritten", file);
  if (fd < 0) throw UsageError("init: {} cannot be written: {}", file, std::strerror(errno));
  ::close(fd);
  Output(file).write(text);
}

}  // namespace

ProjectParser::ProjectParser(CLI::App& root)
    : Parser(root, kInit, "Write a project file, surisim.yaml, with comments"), root_(root) {
  app_.footer(kInitExamples);
  app_.add_option(kPlugin, plugin_, "The plugin (.so) that it is about")->type_name("");
  const CommandText all = describe(root);
  for (const CommandText* command : commands_with_plugins(all)) {
    CLI::App& sub = *root.get_subcommand(command->name);
    in_group(sub, "Project", [&] {
      sub.add_option("--project", file_,
                     "read options from this file (surisim.yaml of this directory, or of the "
                     "nearest one above it; docs/project-file.md)")
          ->type_name("FILE")
          ->allow_extra_args(false);
      sub.add_flag("--no-project", none_, "read them from no file");
    });
  }
}

PrintText ProjectParser::finish() {
  write_new(kProjectFile, init_text(describe(root_), plugin_));
  return {fmt::format("surisim: wrote {}\n", kProjectFile)};
}

std::optional<Project> ProjectParser::project() const {
  const auto chosen = root_.get_subcommands();
  if (chosen.empty() || chosen.front() == &app_) return std::nullopt;
  const CLI::App& app = *chosen.front();
  const CommandText all = describe(root_);
  const auto command =
      std::find_if(all.commands.begin(), all.commands.end(),
                   [&](const CommandText& one) { return one.name == app.get_name(); });
  if (command == all.commands.end() || !takes_plugins(*command)) return std::nullopt;
  const bool named = app.get_option("--project")->count() > 0;
  if (named && none_) throw UsageError("--project: expected it without --no-project");
  if (named && file_.empty()) refuse("--project", "a file name", file_);
  const char* const started_by_surisim = std::getenv(kNoProject);
  const bool searched = !none_ && (started_by_surisim == nullptr || *started_by_surisim == '\0');
  const std::string file = named ? file_ : searched ? find_file() : "";
  if (file.empty()) return std::nullopt;
  Project project(file, all, *command);
  for (const Key& key : keys_of(*command)) {
    const CLI::Option* const option =
        key.option->names.empty() ? app.get_option(kPlugin) : app.get_option("--" + key.name);
    if (option->count() == 0) continue;
    project.drop(key.name);
    // These belong together: each format is for an output.
    if (key.name == "format") project.drop("output");
    if (key.name == "output") project.drop("format");
  }
  return project;
}

std::vector<std::string> ProjectParser::bare_words() const {
  const CLI::App& app = *root_.get_subcommands().front();
  Words words = {app.get_name()};
  for (const CLI::Option* const option : app.get_options()) {
    if (!option->get_required() && !option->get_positional()) continue;
    for (const std::string& text : option->results())
      words.push_back(option->get_positional() ? text : option->get_name() + "=" + text);
  }
  return words;
}

}  // namespace surisim::cli
