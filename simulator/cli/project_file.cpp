// Implements project_file.hpp with yaml-cpp's events, as its tree accepts aliases and duplicate
// keys.
#include "project_file.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <sstream>
#include <string_view>

#include "base/text.hpp"
#include "base/user_input.hpp"
#include "output.hpp"

namespace surisim::cli {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} * 1024;  // bytes
constexpr std::size_t kMaxLevels = 4;                       // levels

Place place_of(const YAML::Mark& mark) {
  return {std::max(0, mark.line) + 1, std::max(0, mark.column) + 1};
}

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& file) : file_(file) {}

  ProjectNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    place({ProjectNode::Kind::none, place_of(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse_at(file_, place_of(mark), "an alias; expected the value itself");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& text) override {
    place({ProjectNode::Kind::text, place_of(mark), text});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open({ProjectNode::Kind::list, place_of(mark)});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open({ProjectNode::Kind::map, place_of(mark)});
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    ProjectNode node;
    bool has_key = false;  // of the last entry, which waits for its value
  };

  void open(ProjectNode node) {
    if (open_.size() == kMaxLevels)
      refuse_at(file_, node.place, fmt::format("more than {} levels; expected fewer", kMaxLevels));
    if (!open_.empty()) require_value(node);
    open_.push_back({std::move(node)});
  }

  void close() {
    ProjectNode node = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(node));
  }

  // A map's keys are texts.
  void require_value(const ProjectNode& node) const {
    const Open& now = open_.back();
    if (now.node.kind == ProjectNode::Kind::map && !now.has_key &&
        node.kind != ProjectNode::Kind::text)
      refuse_at(file_, node.place, "expected a key, such as threads");
  }

  // Adds a complete node to its parent.
  void place(ProjectNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    require_value(node);
    Open& now = open_.back();
    if (now.node.kind == ProjectNode::Kind::list) {
      now.node.items.push_back(std::move(node));
    } else if (now.has_key) {
      now.node.entries.back().second = std::move(node);
      now.has_key = false;
    } else {
      for (const auto& [key, value] : now.node.entries)
        if (key.text == node.text)
          refuse_at(file_, node.place,
                    fmt::format("{} is in line {}, too; expected it once", base::shown(node.text),
                                key.place.line));
      now.node.entries.emplace_back(std::move(node), ProjectNode{});
      now.has_key = true;
    }
  }

  const std::string& file_;
  std::vector<Open> open_;
  ProjectNode root_;
};

// yaml-cpp ignores bytes that are not text.
void require_text(const std::string& file, std::string_view text) {
  Place place;
  while (!text.empty()) {
    const std::size_t length = base::utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool control = first < 0x20 && first != '\t' && first != '\n' && first != '\r';
    if (length == 0 || control || first == 0x7f)
      refuse_at(file, place, "a byte that is not text; expected YAML in UTF-8");
    place = first == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
    text.remove_prefix(length);
  }
}

// The first tab in the indentation of a line, down to this one.
std::optional<Place> tab_above(std::string_view text, int last) {
  Place place;
  for (; place.line <= last && !text.empty(); ++place.line) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t end = line.find_first_not_of(" \t");
    const std::size_t tab = line.find('\t');
    if (tab < end && end != line.npos) return Place{place.line, static_cast<int>(tab) + 1};
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace

void refuse_at(const std::string& file, const Place& place, const std::string& what) {
  throw UsageError("{}:{}:{}: {}", file, place.line, place.column, what);
}

ProjectNode read_project(const std::string& file) {
  const auto text = base::read_text_file(file, "a project file (docs/project-file.md)");
  if (!text) throw UsageError(text.error().message);
  if (text->size() > kMaxBytes)
    throw UsageError("{}: more than {} KiB; expected a project file (docs/project-file.md)", file,
                     kMaxBytes / 1024);
  require_text(file, *text);
  Builder builder(file);
  try {
    std::istringstream in(*text);
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder)) return {};
    ProjectNode root = builder.take();
    if (parser.HandleNextDocument(builder))
      throw UsageError("{}: has a second document; expected one", file);
    if (root.kind != ProjectNode::Kind::map && root.kind != ProjectNode::Kind::none)
      refuse_at(file, root.place, "expected keys with values, such as threads: 8");
    return root;
  } catch (const YAML::Exception& error) {
    if (const auto tab = tab_above(*text, place_of(error.mark).line))
      refuse_at(file, *tab, "a tab; expected blanks, as YAML has no tabs in its indentation");
    refuse_at(file, place_of(error.mark), "is not YAML: " + error.msg);
  }
}

}  // namespace surisim::cli
