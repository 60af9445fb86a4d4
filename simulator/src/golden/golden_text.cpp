// A golden file: written, and read back.
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "golden/sections.hpp"
#include "report/format.hpp"
#include "surisim/golden.hpp"

namespace surisim {

namespace golden {

namespace {

constexpr std::size_t kMostNames = 2'000'000;  // of a list: more is no list of threads
constexpr std::string_view kRange = " … ";
constexpr const char* kComment =
    "# A plugin's lifecycle as `surisim record` saw it, for `surisim verify`: what happens in "
    "each\n"
    "# run. A section is one thread's order. Record again when a change is meant.\n";

void write_lines(std::string& out, const std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < lines.size();) {
    const std::string_view word = list_word(lines[i]);
    std::vector<std::string> names;
    for (; !word.empty() && i < lines.size() && lines[i].starts_with(word); ++i)
      names.push_back(lines[i].substr(word.size()));
    out += names.empty() ? fmt::format("  {}\n", lines[i++])
                         : fmt::format("  {}{}\n", word, report::compress(names));
  }
}

struct Numbered {
  std::string_view before, digits, after;
};

std::optional<Numbered> numbered(std::string_view name) {
  const std::size_t hash = name.find('#');
  if (hash == std::string_view::npos) return std::nullopt;
  std::size_t end = hash + 1;
  while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
  if (end == hash + 1 || end > hash + 10) return std::nullopt;
  return Numbered{name.substr(0, hash + 1), name.substr(hash + 1, end - hash - 1),
                  name.substr(end)};
}

std::uint64_t value_of(std::string_view digits) {
  std::uint64_t n = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), n);
  return n;
}

// "W#01 … W#04"; false when that is no range.
bool expand_range(std::string_view first, std::string_view last, std::vector<std::string>& out) {
  const auto a = numbered(first);
  const auto b = numbered(last);
  if (!a || !b || a->before != b->before || a->after != b->after) return false;
  const std::uint64_t from = value_of(a->digits), to = value_of(b->digits);
  if (from > to || to - from >= kMostNames) return false;
  for (std::uint64_t n = from; n <= to; ++n)
    out.push_back(fmt::format("{}{:0{}}{}", a->before, n, a->digits.size(), a->after));
  return true;
}

// The names of a list; nothing when it is none.
std::optional<std::vector<std::string>> expand(std::string_view list) {
  std::vector<std::string> out;
  while (out.size() <= kMostNames) {
    const std::size_t comma = list.find(", ");
    const std::string_view item = list.substr(0, comma);
    const std::size_t range = item.find(kRange);
    if (item.empty() || item.find(',') != std::string_view::npos) return std::nullopt;
    if (range == std::string_view::npos) {
      out.emplace_back(item);
    } else if (!expand_range(item.substr(0, range), item.substr(range + kRange.size()), out)) {
      return std::nullopt;
    }
    if (comma == std::string_view::npos) return out;
    list.remove_prefix(comma + 2);
  }
  return std::nullopt;
}

class Parser {
 public:
  tl::expected<Lifecycle, std::string> parse(std::string_view text) {
    while (!text.empty() && error_.empty()) {
      const std::size_t end = text.find('\n');
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++number_;
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
      if (!line.empty() && line.front() != '#') take(line);
    }
    if (error_.empty() && !begun_) {
      ++number_;
      expected_here("the end of the file", fmt::format("\"{}\"", kFirstLine));
    }
    if (error_.empty() && out_.sections.empty())
      expected_here("the end of the file", "sections that say what happens");
    if (!error_.empty()) return tl::unexpected(error_);
    finish_section();
    return std::move(out_);
  }

 private:
  void expected_here(std::string_view what, std::string_view expected) {
    constexpr std::size_t kShown = 60;
    std::string shown = report::printable(what.substr(0, kShown));
    error_ = fmt::format("line {}: expected {}, got {}", number_, expected,
                         what.starts_with("the end") ? shown : '"' + shown + '"');
  }

  void take(std::string_view line) {
    constexpr std::string_view kOption = "option --";
    if (!begun_) {
      begun_ = line == kFirstLine;
      if (!begun_)
        expected_here(line, fmt::format("\"{}\", the first line of a golden file", kFirstLine));
    } else if (line.front() == '[') {
      section(line);
    } else if (line.starts_with(kOption) && out_.sections.empty()) {
      setting(line.substr(kOption.size() - 2));
    } else if (line.starts_with("  ") && !out_.sections.empty()) {
      body(line.substr(2));
    } else if (out_.sections.empty()) {
      expected_here(line, "an option, \"option --threads 4\", or a section, \"[main]\"");
    } else {
      expected_here(line, "a section, \"[main]\", or a line of one, which begins with two spaces");
    }
  }

  void setting(std::string_view words) {
    if (is_setting(words.substr(0, words.find(' ')))) {
      out_.settings.emplace_back(words);
    } else {
      expected_here(words, "an option that surisim record writes, such as --threads");
    }
  }

  // The sections of a heading's other threads are copies of the first one's.
  void finish_section() {
    for (const std::string& thread : others_) {
      LifecycleSection copy = out_.sections.back();
      copy.thread = thread;
      out_.sections.push_back(std::move(copy));
    }
    others_.clear();
  }

  void section(std::string_view line) {
    finish_section();
    const std::size_t end = line.find(']');
    if (end == std::string_view::npos || end == 1)
      return expected_here(line, "a title between [ and ]");
    LifecycleSection next{std::string(line.substr(1, end - 1)), "", {}};
    if (std::string_view list = line.substr(end + 1); !list.empty()) {
      auto names = list.starts_with(' ') ? expand(list.substr(1)) : std::nullopt;
      if (!names) return expected_here(line, "a list of threads after ], \"US, W#01 … W#04\"");
      next.thread = names->front();
      others_.assign(names->begin() + 1, names->end());
    }
    out_.sections.push_back(std::move(next));
  }

  void body(std::string_view line) {
    std::vector<std::string>& lines = out_.sections.back().lines;
    const std::string_view word = list_word(line);
    if (word.empty()) {
      lines.emplace_back(line);
      return;
    }
    const auto names = expand(line.substr(word.size()));
    if (!names)
      return expected_here(
          line, fmt::format("a list of names after \"{}\"", word.substr(0, word.size() - 1)));
    for (const std::string& name : *names) lines.push_back(std::string(word) + name);
  }

  Lifecycle out_;
  std::vector<std::string> others_;
  std::string error_;
  int number_ = 0;
  bool begun_ = false;
};

}  // namespace

}  // namespace golden

std::string to_text(const Lifecycle& lifecycle) {
  std::string out = fmt::format("{}{}\n", golden::kComment, golden::kFirstLine);
  for (const std::string& setting : lifecycle.settings)
    out += fmt::format("option {}\n", report::printable(setting));
  for (const golden::Group& group : golden::groups_of(lifecycle.sections)) {
    out += fmt::format("\n[{}]", group.title);
    if (!group.threads.empty()) out += " " + report::compress(group.threads);
    out += "\n";
    golden::write_lines(out, *group.lines);
  }
  return out;
}

tl::expected<Lifecycle, std::string> parse_lifecycle(std::string_view text) {
  return golden::Parser().parse(text);
}

}  // namespace surisim
