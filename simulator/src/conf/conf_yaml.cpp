// Applies settings, then reads YAML into the tree, one parser event at a time.
#include "conf/conf_yaml.hpp"

#include <fmt/format.h>
#include <suricata/conf.h>
#include <suricata/util-debug.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/user_input.hpp"
#include "conf/conf_tree.hpp"

namespace surisim::conf {
namespace {

constexpr std::string_view kAfterWord = " \t\r\n:,]}#";  // what may follow a word for null
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The size in bytes of the first character of `text` if YAML allows it; 0 otherwise.
std::size_t character(std::string_view text) {
  const std::size_t length = base::utf8_length(text);
  const unsigned char last = static_cast<unsigned char>(text[length == 0 ? 0 : length - 1]);
  if (length == 1)
    return (last >= 0x20 && last != 0x7f) || last == '\t' || last == '\n' || last == '\r' ? 1 : 0;
  const bool c1_control = text.front() == '\xc2' && last < 0xa0 && last != 0x85;
  return c1_control ? 0 : length;
}

// The line that ends before `end`, without its line break; moves `end` to the line's beginning.
std::string_view line_before(std::string_view text, std::size_t& end) {
  std::size_t last = end;
  if (last > 0 && text[last - 1] == '\n') --last;
  if (last > 0 && text[last - 1] == '\r') --last;
  const std::size_t newline = last == 0 ? std::string_view::npos : text.rfind('\n', last - 1);
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  end = begin;
  return text.substr(begin, last - begin);
}

// "1.1" of "%YAML 1.1 # comment"; "" for other lines.
std::string_view version_in(std::string_view line) {
  constexpr std::string_view kDirective = "%YAML";
  if (!line.starts_with(kDirective)) return "";
  line.remove_prefix(kDirective.size());
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  return line.substr(0, line.find_first_of(" \t"));
}

// The text of a YAML file, for what the parser does not report: invalid bytes, directives, and how
// null was written.
class ConfText {
 public:
  // `is_file`: its documents must begin as in Suricata's files.
  ConfText(std::string_view text, bool is_file);

  const std::string& text() const { return text_; }
  // The line, from 1, of the first byte that is not UTF-8 or not allowed in YAML 1.1; 0: none.
  std::size_t bad_line() const;
  // True if the document whose first token is at `position` has the directive %YAML 1.1 and "---",
  // or no directive and need not have one. Otherwise `problem` says what is wrong.
  bool begins_document(std::size_t position, std::string& problem) const;
  // The word for null at `position`: "~", "null", "Null", "NULL", or "" if there is none.
  std::string_view null_word(std::size_t position) const;

 private:
  std::string text_;
  bool is_file_;
};

ConfText::ConfText(std::string_view text, bool is_file)
    : text_(text.substr(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0)),
      is_file_(is_file) {}

std::size_t ConfText::bad_line() const {
  std::size_t line = 1;
  for (std::size_t at = 0; at < text_.size();) {
    const std::size_t length = character(std::string_view(text_).substr(at));
    if (length == 0) return line;
    if (text_[at] == '\n') ++line;
    at += length;
  }
  return 0;
}

bool ConfText::begins_document(std::size_t position, std::string& problem) const {
  const std::string_view text = text_;
  std::string_view version;
  if (position <= text.size() && text.substr(position).starts_with("---")) {
    for (std::size_t end = position; end > 0 && version.empty();) {
      const std::string_view line = line_before(text, end);
      version = version_in(line);
      const std::size_t first = line.find_first_not_of(" \t");
      if (first != std::string_view::npos && line[first] != '#' && line.front() != '%') break;
    }
  }
  if (version == "1.1" || (version.empty() && !is_file_)) return true;
  problem = version.empty()
                ? "the file does not begin as Suricata's do; expected the two lines \"%YAML 1.1\" "
                  "and \"---\" before everything else"
                : "the file is YAML " + std::string(version) + "; expected %YAML 1.1";
  return false;
}

std::string_view ConfText::null_word(std::size_t position) const {
  if (position >= text_.size()) return "";
  const std::string_view here = std::string_view(text_).substr(position);
  for (const std::string_view word : {"~", "null", "Null", "NULL"})
    if (here.starts_with(word) && (here.size() == word.size() ||
                                   kAfterWord.find(here[word.size()]) != std::string_view::npos))
      return word;
  return "";
}

constexpr std::size_t kDeepest = 128;  // levels of one file
constexpr std::size_t kMostIncludes =
    64;  // nested; without a limit, Suricata runs out of open files
constexpr std::size_t kMostNames = 20'000;  // in total; each is searched for among its siblings
constexpr int kMostWarnings = 10;           // about names with an underscore

struct Rejected {
  std::string message;
};

[[noreturn]] void reject(const std::string& file, int line, const std::string& what) {
  throw Rejected{fmt::format("{}:{}: {}", file, line, what)};
}

struct Files {
  std::string directory;               // of the first file; includes are relative to it
  std::vector<std::string> open = {};  // each included by the one before
  std::size_t names = 0;
  int warnings = 0;
};

void load_file(const std::string& file, SCConfNode* root, Files& files);

// A mapping or sequence that has begun but not ended, and the node that it is read into.
struct Level {
  enum class State { key, value, include };

  SCConfNode* parent;
  SCConfNode* node;  // which the next value is for
  bool sequence = false;
  State state = State::key;
  int index = 0;                          // of the next item
  std::optional<bool> had_children = {};  // of the sequence, before its first item
};

class Loader final : public YAML::EventHandler {
 public:
  Loader(const ConfText& text, const std::string& file, SCConfNode* root, Files& files)
      : text_(text), file_(file), files_(files), levels_{Level{root, root}} {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    std::string problem;
    if (!text_.begins_document(static_cast<std::size_t>(mark.pos), problem))
      reject(file_, mark.line + 1, problem);
  }
  void OnDocumentEnd() override {}
  // Aliases are ignored, as in Suricata: a key's value is then whatever follows.
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    line_ = mark.line + 1;
    scalar(std::string(text_.null_word(static_cast<std::size_t>(mark.pos))), true, false);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    line_ = mark.line + 1;
    // Values are C strings in Suricata: they end at the first NUL.
    scalar(value.substr(0, value.find('\0')), false, tag == "!include");
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    line_ = mark.line + 1;
    const Level& now = levels_.back();
    const bool includes = now.state == Level::State::include;
    SCConfNode* const into = includes ? now.parent : now.node;
    open({.parent = into,
          .node = into,
          .sequence = true,
          .state = includes ? Level::State::include : Level::State::key});
  }
  void OnSequenceEnd() override {
    levels_.pop_back();
    Level& now = levels_.back();
    if (now.state != Level::State::include) now.node->is_seq = 1;
    now.state = Level::State::key;
  }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    line_ = mark.line + 1;
    Level& now = levels_.back();
    if (now.state == Level::State::include)
      reject(file_, line_, "include has a mapping; expected a file name or a sequence of them");
    SCConfNode* into = now.node;
    if (now.sequence) {
      into = item(now, nullptr);
      into->is_seq = 1;
    }
    open({.parent = into, .node = into});
  }
  void OnMapEnd() override {
    levels_.pop_back();
    levels_.back().state = Level::State::key;
  }

 private:
  void open(Level level) {
    if (levels_.size() > kDeepest)
      reject(file_, line_, fmt::format("more than {} levels; expected fewer", kDeepest));
    levels_.push_back(level);
  }

  // `null`: unquoted, and empty or one of YAML's words for null.
  void scalar(const std::string& text, bool null, bool include_tag) {
    Level& now = levels_.back();
    if (now.state == Level::State::key && text.empty()) return;
    const char* const value =
        null && (now.sequence || now.state == Level::State::value) ? nullptr : text.c_str();
    if (now.sequence) {
      if (now.state != Level::State::include) {
        item(now, value);
      } else if (value != nullptr) {
        include(now.parent, text);
      }
    } else if (now.state == Level::State::include) {
      include(now.parent, text);
      levels_.back().state = Level::State::key;
    } else if (now.state == Level::State::key) {
      key(now, text);
    } else {
      if (value != nullptr && include_tag) {
        include(now.node, text);
      } else if (value != nullptr && now.node->final == 0) {
        if (set_node_value(*now.node, value) == nullptr) throw std::bad_alloc();
      }
      levels_.back().state = Level::State::key;
    }
  }

  // The node of the next item, at the end of its sequence. A node that exists already, from --set
  // or an earlier file, is moved there and keeps its value.
  SCConfNode* item(Level& now, const char* value) {
    const std::string name = std::to_string(now.index++);
    if (!now.had_children) now.had_children = SCConfNodeHasChildren(now.node);
    SCConfNode* node = *now.had_children ? SCConfNodeLookupChild(now.node, name.c_str()) : nullptr;
    if (node != nullptr) {
      TAILQ_REMOVE(&now.node->head, node, next);
    } else {
      node = new_named_node(name.c_str());
      if (node == nullptr) throw std::bad_alloc();
      if (value != nullptr) node->val = ::strdup(value);
    }
    TAILQ_INSERT_TAIL(&now.node->head, node, next);
    return node;
  }

  void key(Level& now, const std::string& name) {
    if (name == "include") {
      now.state = Level::State::include;
      return;
    }
    // The value of a mapping in a sequence is its first key.
    if (now.parent->is_seq != 0 && now.parent->val == nullptr)
      (void)set_node_value(*now.parent, mangled(name).c_str());
    now.state = Level::State::value;
    if (++files_.names > kMostNames)
      reject(file_, line_, fmt::format("more than {} names; expected fewer", kMostNames));
    if (name.find('.') != std::string::npos) {
      now.node = SCConfNodeGetNodeOrCreate(now.parent, name.c_str(), 0);
      if (now.node == nullptr)
        reject(
            file_, line_,
            fmt::format("a name of {} bytes; expected {} at most", name.size(), kConfNameMax - 1));
      return;
    }
    if (SCConfNode* const existing = SCConfNodeLookupChild(now.parent, name.c_str())) {
      if (existing->final == 0) SCConfNodePrune(existing);
      now.node = existing;
      return;
    }
    now.node = new_named_node(final_name(*now.parent, name).c_str());
    if (now.node == nullptr) throw std::bad_alloc();
    now.node->parent = now.parent;
    TAILQ_INSERT_TAIL(&now.parent->head, now.node, next);
  }

  static std::string mangled(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
  }

  // Underscores in names become hyphens, except in names of variables, which users choose.
  std::string final_name(const SCConfNode& parent, const std::string& name) {
    const std::string_view above = parent.name == nullptr ? "" : parent.name;
    if (name.find('_') == std::string::npos || above == "address-groups" || above == "port-groups")
      return name;
    std::string better = mangled(name);
    if (files_.warnings++ < kMostWarnings)
      SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "conf-yaml-loader",
               "%s:%d: %s is an old name, read as %s", file_.c_str(), line_, name.c_str(),
               better.c_str());
    return better;
  }

  void include(SCConfNode* at, const std::string& name) {
    const std::string path = name.starts_with('/') ? name : files_.directory + "/" + name;
    if (std::find(files_.open.begin(), files_.open.end(), path) != files_.open.end())
      reject(file_, line_, fmt::format("include {}: the file includes itself", name));
    if (files_.open.size() > kMostIncludes)
      reject(file_, line_,
             fmt::format("include {}: more than {} includes, one in another; expected fewer", name,
                         kMostIncludes));
    const bool from_top = files_.open.size() == 1;
    try {
      load_file(path, at, files_);
    } catch (const Rejected& inner) {
      // The message names the innermost and the outermost file, but none in between.
      if (!from_top) throw;
      reject(file_, line_, fmt::format("include {} failed: {}", name, inner.message));
    }
  }

  const ConfText& text_;
  const std::string& file_;
  Files& files_;
  std::vector<Level> levels_;
  int line_ = 1;
};

void load_text(std::string_view content, const std::string& file, SCConfNode* root, Files& files,
               bool is_file) {
  const ConfText text(content, is_file);
  if (const std::size_t line = text.bad_line(); line > 0)
    reject(file, static_cast<int>(line), "a byte that is not YAML text; expected UTF-8");
  std::istringstream in(text.text());
  Loader loader(text, file, root, files);
  try {
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(loader)) {
    }
  } catch (const YAML::Exception& e) {
    reject(file, e.mark.line + 1, fmt::format("not YAML: {}; expected Suricata's YAML", e.msg));
  }
}

void load_file(const std::string& file, SCConfNode* root, Files& files) {
  auto content = base::read_text_file(file, "a YAML file");
  if (!content) throw Rejected{std::move(content.error().message)};
  files.open.push_back(file);
  load_text(*content, file, root, files, true);
  files.open.pop_back();
}

std::string directory_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? "." : file.substr(0, slash);
}

// Calls `load`, and turns a rejection into an error.
template <class Load>
expected<void> load_or_error(Load load) {
  try {
    load();
    return {};
  } catch (const Rejected& e) {
    return fail(ErrorCode::invalid_option, e.message);
  }
}

expected<void> apply_setting(const std::string& setting) {
  const auto refuse = [&setting](const std::string& why) {
    return fail(ErrorCode::invalid_option,
                fmt::format("configuration setting \"{}\": {}", base::shown(setting), why));
  };
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos) return refuse("expected key=value, such as stats.enabled=no");
  if (setting.find('\0') != std::string::npos) return refuse("has a NUL byte; expected text");
  if (setting.find_first_not_of(" \t\n\v\f\r") == equals)
    return refuse("expected a key before the =");
  if (equals >= kConfNameMax)
    return refuse(
        fmt::format("the key has {} bytes; expected {} at most", equals, kConfNameMax - 1));
  if (SCConfSetFromString(setting.c_str(), 1) != 1)
    return fail(ErrorCode::out_of_memory, "out of memory for the configuration");
  return {};
}

// In Suricata these sections decide which flow a packet belongs to and when flows end; here that is
// fixed (T1 to T14).
constexpr std::array kSections = {"decoder",        "defrag",  "flow",   "flow-timeouts",
                                  "host-os-policy", "livedev", "stream", "vlan"};
// Those of their settings that surisim reads.
constexpr std::array<std::string_view, 5> kRead = {"flow.emergency-recovery", "flow.hash-size",
                                                   "flow.memcap", "flow.prealloc",
                                                   "stream.checksum-validation"};

// Warns once, naming all settings in these sections that have no effect here: with them, Suricata
// would behave differently.
void warn_about_ignored_settings() {
  std::string ignored;
  for (const char* const section : kSections) {
    const SCConfNode* const node = SCConfGetNode(section);
    if (node == nullptr) continue;
    const SCConfNode* setting = nullptr;
    TAILQ_FOREACH(setting, &node->head, next) {
      if (setting->name == nullptr) continue;
      const std::string name = std::string(section) + "." + setting->name;
      if (std::find(kRead.begin(), kRead.end(), name) != kRead.end()) continue;
      ignored += (ignored.empty() ? "" : ", ") + name;
    }
  }
  if (ignored.empty()) return;
  SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "conf",
           "settings that Suricata reads and surisim ignores: %s", ignored.c_str());
}

}  // namespace

expected<void> load_conf_file(const std::string& file, SCConfNode* root) {
  Files files{directory_of(file)};
  return load_or_error([&] { load_file(file, root, files); });
}

expected<void> load_conf_text(std::string_view text, const std::string& name, SCConfNode* root,
                              bool is_file) {
  Files files{directory_of(name)};
  return load_or_error([&] { load_text(text, name, root, files, is_file); });
}

expected<void> load_configuration(const Options& options) {
  for (const std::string& setting : options.config_settings)
    if (auto done = apply_setting(setting); !done) return done;
  if (!options.config_file.empty()) {
    if (auto done = load_conf_file(options.config_file, SCConfGetRootNode()); !done) return done;
  }
  if (!options.config_yaml.empty()) {
    if (auto done = load_conf_text(options.config_yaml, "config_yaml", SCConfGetRootNode(), false);
        !done)
      return done;
  }
  warn_about_ignored_settings();
  return {};
}

}  // namespace surisim::conf
