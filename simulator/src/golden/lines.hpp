// The grammar of golden texts that writing, reading and comparing share.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "surisim/golden.hpp"

namespace surisim::golden {

inline constexpr std::string_view kFirstLine = "surisim golden 1";

// The words before a list of names; a sequence has a line for each name, the file one for all.
inline constexpr std::array<std::string_view, 4> kListWords = {"create ", "join ", "free ",
                                                               "lifecycle "};
// The one that the line begins with, or "".
inline std::string_view list_word(std::string_view line) {
  const auto found = std::find_if(kListWords.begin(), kListWords.end(),
                                  [&](std::string_view word) { return line.starts_with(word); });
  return found == kListWords.end() ? "" : *found;
}

// Whether a lifecycle depends on this option, "--threads": no other stands in a golden file.
bool is_setting(std::string_view option);

// A line, and what came of it: {"thread slot \"a\"", "id 0"}.
inline std::pair<std::string_view, std::string_view> split_result(std::string_view line) {
  const std::size_t colon = line.rfind(": ");
  if (colon == std::string_view::npos) return {line, ""};
  return {line.substr(0, colon), line.substr(colon + 2)};
}

// Threads of which the same is told, in the order in which they are first told of.
struct Group {
  std::string title;
  std::vector<std::string> threads;
  const std::vector<std::string>* lines;
};
template <class Sections>
std::vector<Group> groups_of(const Sections& sections) {
  std::vector<Group> groups;
  for (const auto& section : sections) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return !section.thread.empty() && !group.threads.empty() && group.title == section.title &&
             *group.lines == section.lines;
    });
    if (same != groups.end()) {
      same->threads.push_back(section.thread);
      continue;
    }
    Group& group = groups.emplace_back(Group{section.title, {}, &section.lines});
    if (!section.thread.empty()) group.threads.push_back(section.thread);
  }
  return groups;
}

}  // namespace surisim::golden
