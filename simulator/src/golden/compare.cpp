// Compares two lifecycles section by section, aligning their lines (align.hpp), and describes the
// differences.
#include <fmt/format.h>

#include <map>
#include <optional>

#include "golden/align.hpp"
#include "golden/sections.hpp"
#include "report/format.hpp"
#include "surisim/golden.hpp"

namespace surisim {

namespace golden {

namespace {

using Lines = std::vector<std::string>;
using Key = std::pair<std::string, std::string>;  // title, thread

constexpr std::size_t kMaxLines = 40;  // of a section's differences

// Whether the line is about a callback or a logger, whose result is the name of a function.
bool is_function(std::string_view what) {
  return what.ends_with(" callback") || what.ends_with(" logger");
}

// The subject of a line: "flow init callback on_flow_init", "thread slot \"a\"".
std::string subject(std::string_view line) {
  const auto [what, result] = split_result(line);
  return result.empty() || !is_function(what) ? std::string(what)
                                              : fmt::format("{} {}", what, result);
}

// Names of functions are compared only if both lines have one: a stripped plugin has no names.
bool same_line(std::string_view golden, std::string_view run) {
  const auto [what, result] = split_result(golden);
  const auto [what_now, result_now] = split_result(run);
  if (what != what_now) return golden == run;
  return result == result_now || (is_function(what) && (result.empty() || result_now.empty()));
}

// Whether the section has facts about flows, which have no order.
bool is_set(std::string_view title) {
  return title.ends_with("flows") || title.ends_with("while flows pass");
}

class SectionDiff {
 public:
  SectionDiff(const Lines& golden, const Lines& run) : golden_(golden), run_(run) {}

  // Compares lines without an order: each is in both, or removed, or added.
  Lines of_set() {
    const auto same = [this](std::size_t g, std::size_t r) {
      return same_line(golden_[g], run_[r]);
    };
    for (const Aligned& at : align(golden_.size(), run_.size(), same)) {
      if (at.second == kNone) out_.push_back("- " + golden_[at.first]);
      if (at.first == kNone) out_.push_back("+ " + run_[at.second]);
    }
    return std::move(out_);
  }

  // Compares lines in an order, which may also have moved or have another result.
  Lines of_sequence() {
    const std::vector<Aligned> all = alike();
    for (const Aligned& at : all)
      if (at.second == kNone) removed_.push_back(at.first);
    for (const bool exactly : {true, false})
      for (const Aligned& at : all)
        if (at.first == kNone && !moved_to_.contains(at.second)) find_moved(at.second, exactly);
    for (const Aligned& at : all) {
      if (at.first == kNone) {
        added(at.second);
      } else if (at.second == kNone) {
        removed(at.first);
      } else {
        result(at.first, at.second);
      }
    }
    return std::move(out_);
  }

 private:
  // Aligns lines that are the same, and between them those that differ only in their results.
  std::vector<Aligned> alike() const {
    const auto same = [this](std::size_t g, std::size_t r) {
      return same_line(golden_[g], run_[r]);
    };
    std::vector<Aligned> all = align(golden_.size(), run_.size(), same);
    all.push_back({golden_.size(), run_.size()});
    std::vector<Aligned> out;
    std::size_t g = 0, r = 0;  // the next lines of both
    for (const Aligned& at : all) {
      if (at.first == kNone || at.second == kNone) continue;
      const auto same_name = [&](std::size_t i, std::size_t k) {
        return split_result(golden_[g + i]).first == split_result(run_[r + k]).first;
      };
      for (const Aligned& between : align(at.first - g, at.second - r, same_name))
        out.push_back({between.first == kNone ? kNone : g + between.first,
                       between.second == kNone ? kNone : r + between.second});
      if (at.first < golden_.size()) out.push_back(at);
      g = at.first + 1;
      r = at.second + 1;
    }
    return out;
  }

  // Finds the removed line that was added again at `r`: it has moved. `exactly`: with the same
  // result.
  void find_moved(std::size_t r, bool exactly) {
    for (const std::size_t g : removed_) {
      const bool found = exactly ? same_line(golden_[g], run_[r])
                                 : split_result(golden_[g]).first == split_result(run_[r]).first;
      if (moved_from_.contains(g) || !found) continue;
      moved_from_[g] = r;
      moved_to_[r] = g;
      return;
    }
  }

  void result(std::size_t g, std::size_t r) {
    if (same_line(golden_[g], run_[r])) return;
    const auto recorded = split_result(golden_[g]).second;
    out_.push_back(
        fmt::format("~ {}; recorded: {}", run_[r], recorded.empty() ? "nothing" : recorded));
  }
  void added(std::size_t r) {
    const auto moved = moved_to_.find(r);
    if (moved == moved_to_.end()) {
      out_.push_back("+ " + run_[r] + after(run_, r));
      return;
    }
    out_.push_back(r + 1 < run_.size() ? fmt::format("> {} now comes before {}", subject(run_[r]),
                                                     subject(run_[r + 1]))
                                       : fmt::format("> {} now comes last", subject(run_[r])));
    result(moved->second, r);
  }
  void removed(std::size_t g) {
    if (!moved_from_.contains(g)) out_.push_back("- " + golden_[g] + after(golden_, g));
  }
  static std::string after(const Lines& lines, std::size_t i) {
    if (lines.size() == 1) return "";
    return i == 0 ? "  (first)" : fmt::format("  (after {})", subject(lines[i - 1]));
  }

  const Lines& golden_;
  const Lines& run_;
  Lines out_;
  std::vector<std::size_t> removed_;
  std::map<std::size_t, std::size_t> moved_from_, moved_to_;
};

// Sections by title and thread. A later lifecycle without sections of its own is like the first.
class SectionIndex {
 public:
  explicit SectionIndex(const Lifecycle& lifecycle) {
    for (const LifecycleSection& section : lifecycle.sections)
      lines_.try_emplace({section.title, section.thread}, &section.lines);
  }
  const Lines& at(const LifecycleSection& section) const {
    static const Lines nothing;
    if (const Lines* lines = find(section.title, section.thread)) return *lines;
    const std::size_t colon = section.title.find(": ");
    if (!section.title.starts_with("lifecycle ") || colon == std::string::npos) return nothing;
    const Lines* const first = find(section.title.substr(colon + 2), section.thread);
    return first == nullptr ? nothing : *first;
  }
  bool has(const LifecycleSection& section) const {
    return find(section.title, section.thread) != nullptr;
  }

 private:
  const Lines* find(const std::string& title, const std::string& thread) const {
    const auto found = lines_.find({title, thread});
    return found == lines_.end() ? nullptr : found->second;
  }
  std::map<Key, const Lines*> lines_;
};

Lines shortened(Lines lines) {
  if (lines.size() <= kMaxLines) return lines;
  const std::size_t more = lines.size() - kMaxLines;
  lines.resize(kMaxLines);
  lines.push_back(fmt::format("… and {} more", more));
  return lines;
}

}  // namespace

}  // namespace golden

std::vector<LifecycleDifference> differences(const Lifecycle& golden, const Lifecycle& run) {
  const golden::SectionIndex recorded(golden), now(run);
  std::vector<LifecycleSection> different;  // their lines are the differences
  const auto compare = [&](const LifecycleSection& section) {
    golden::SectionDiff diff(recorded.at(section), now.at(section));
    auto lines = golden::is_set(section.title) ? diff.of_set() : diff.of_sequence();
    if (!lines.empty()) different.push_back({section.title, section.thread, std::move(lines)});
  };
  for (const LifecycleSection& section : golden.sections) compare(section);
  for (const LifecycleSection& section : run.sections)
    if (!recorded.has(section)) compare(section);

  std::vector<LifecycleDifference> out;
  for (const golden::Group& group : golden::groups_of(different)) {
    std::string where = group.title;
    if (!group.threads.empty()) where += ": " + report::compress(group.threads);
    out.push_back({std::move(where), golden::shortened(*group.lines)});
  }
  return out;
}

std::string to_text(const std::vector<LifecycleDifference>& differences) {
  std::string out;
  for (const LifecycleDifference& difference : differences) {
    out += fmt::format("  {}\n", report::printable(difference.where));
    for (const std::string& line : difference.lines)
      out += fmt::format("    {}\n", report::printable(line));
  }
  return out;
}

}  // namespace surisim
