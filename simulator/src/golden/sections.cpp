// Collects the lines of a lifecycle by section, and leaves out repeated lifecycles.
#include "golden/sections.hpp"

#include <fmt/format.h>

#include <utility>

namespace surisim::golden {

namespace {

bool same(const std::vector<LifecycleSection>& a, const std::vector<LifecycleSection>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].title != b[i].title || a[i].thread != b[i].thread || a[i].lines != b[i].lines)
      return false;
  }
  return true;
}

}  // namespace

void Sections::add_line(std::uint32_t lifecycle, const std::string& title,
                        const std::string& thread, std::string line) {
  Part& part = parts_[lifecycle];
  const auto [place, is_new] = part.places.try_emplace({title, thread}, part.sequences.size());
  if (is_new) part.sequences.push_back({title, thread, {}});
  if (!line.empty()) part.sequences[place->second].lines.push_back(std::move(line));
}

void Sections::add_fact(std::uint32_t lifecycle, const std::string& title, int rank,
                        std::string line) {
  parts_[lifecycle].sets[title].emplace(rank, std::move(line));
}

std::vector<LifecycleSection> Sections::sections_of(Part& part) {
  std::vector<LifecycleSection> out = std::move(part.sequences);
  for (auto& [title, lines] : part.sets) {
    LifecycleSection& section = out.emplace_back();
    section.title = title;
    for (const auto& [rank, line] : lines) section.lines.push_back(line);
  }
  return out;
}

std::vector<LifecycleSection> Sections::take() {
  std::vector<LifecycleSection> out, first;
  for (auto& [lifecycle, part] : parts_) {
    std::vector<LifecycleSection> sections = sections_of(part);
    if (lifecycle == 1) first = sections;
    if (lifecycle > 1) {
      if (same(sections, first)) continue;
      for (LifecycleSection& section : sections)
        section.title = fmt::format("lifecycle {}: {}", lifecycle, section.title);
    }
    out.insert(out.end(), std::make_move_iterator(sections.begin()),
               std::make_move_iterator(sections.end()));
  }
  return out;
}

std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string quoted_name(std::string_view name) { return '"' + plain(name) + '"'; }

}  // namespace surisim::golden
