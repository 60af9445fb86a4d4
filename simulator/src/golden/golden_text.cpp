// Writes and reads golden files. Also lists the options that a lifecycle depends on, as on the
// command line, and compares those of two lifecycles.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "golden/sections.hpp"
#include "report/format.hpp"
#include "surisim/golden.hpp"

namespace surisim {

namespace golden {

namespace {

// The options that a lifecycle depends on, and that may be in a golden file.
constexpr std::string_view kSettings =
    " --suricata --mode --capture --device --engine --threads --repeat --receive-threads "
    "--flow-managers --flow-recyclers --detect-loaders --bypass-manager --no-stats "
    "--no-command-socket --fail --config --set --pcap --flows --packets-per-flow --exact-packets "
    "--seed "
    "--open-flows --ipv6 --udp --icmp --icmp-errors --no-flow --alerts --ends --eve "
    "--eve-filetype --eve-threaded ";

// `option`: one word.
bool is_setting(std::string_view option) {
  return kSettings.find(fmt::format(" {} ", option)) != kSettings.npos;
}

constexpr std::size_t kMaxNames = 2'000'000;  // in a list
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

// Appends the names from "W#01" to "W#04"; false if that is not a range.
bool expand_range(std::string_view first, std::string_view last, std::vector<std::string>& out) {
  const auto a = report::numbered(first);
  const auto b = report::numbered(last);
  if (!a || !b || a->before != b->before || a->after != b->after) return false;
  if (a->number > b->number || b->number - a->number >= kMaxNames) return false;
  for (std::uint64_t n = a->number; n <= b->number; ++n)
    out.push_back(fmt::format("{}{:0{}}{}", a->before, n, a->digits, a->after));
  return true;
}

// The names of a list; nullopt if the text is not a list of names.
std::optional<std::vector<std::string>> expand(std::string_view list) {
  std::vector<std::string> out;
  while (out.size() <= kMaxNames) {
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

  // Gives each other thread of the heading a section with the same lines.
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

namespace {

using Words = std::vector<std::string>;

template <class T>
void add_unless_default(Words& words, const char* option, const T& value, const T& by_default) {
  if (value != by_default) words.push_back(fmt::format("{} {}", option, value));
}

std::string ends_text(const EndShares& ends) {
  return fmt::format("recycler={},pressure={},bucket={},reuse={},handed-back={},backstop={}",
                     ends.recycler, ends.pressure, ends.bucket, ends.reuse, ends.handed_back,
                     ends.backstop);
}

void add_engine(Words& words, const Options& o) {
  if (o.suricata) words.push_back(fmt::format("--suricata {}", to_string(*o.suricata)));
  const Options by_default;
  if (capture_of(o) == Capture::plugin) {
    words.push_back("--capture-plugin " + o.capture_plugin);
    if (o.capture_plugin_args) words.push_back("--capture-plugin-args " + *o.capture_plugin_args);
    if (!o.capture_plugin_mode.empty()) words.push_back("--mode " + o.capture_plugin_mode);
  } else {
    words.push_back(fmt::format("--mode {}", to_string(o.mode)));
  }
  Options without_capture;
  without_capture.mode = o.mode;
  if (capture_of(o) != Capture::plugin && capture_of(o) != capture_of(without_capture))
    words.push_back(fmt::format("--capture {}", to_string(capture_of(o))));
  if (is_live(capture_of(o)) && o.devices != by_default.devices)
    for (const std::string& device : o.devices) words.push_back("--device " + device);
  if (o.engine != EngineMode::normal)
    words.push_back(fmt::format("--engine {}", to_string(o.engine)));
  words.push_back(fmt::format("--threads {}", o.threads));
  add_unless_default(words, "--repeat", o.lifecycles, by_default.lifecycles);
  add_unless_default(words, "--receive-threads", o.receive_threads, by_default.receive_threads);
  add_unless_default(words, "--flow-managers", o.flow_managers, by_default.flow_managers);
  add_unless_default(words, "--flow-recyclers", o.flow_recyclers, by_default.flow_recyclers);
  add_unless_default(words, "--detect-loaders", o.detect_loaders, by_default.detect_loaders);
  if (o.bypass_manager) words.emplace_back("--bypass-manager");
  if (!o.stats) words.emplace_back("--no-stats");
  if (!o.command_socket) words.emplace_back("--no-command-socket");
  for (const Fault& fault : o.faults) words.push_back("--fail " + to_string(fault));
  if (!o.config_file.empty()) words.push_back("--config " + o.config_file);
  for (const std::string& setting : o.config_settings) words.push_back("--set " + setting);
}

void add_traffic(Words& words, const Options& o) {
  if (capture_of(o) == Capture::plugin) return;
  const std::vector<std::string> pcaps = pcaps_of(o);
  for (const std::string& pcap : pcaps) words.push_back("--pcap " + pcap);
  if (!pcaps.empty()) return;
  const TrafficOptions& t = o.traffic;
  const TrafficOptions by_default;
  words.push_back(fmt::format("--flows {}", t.flows));
  words.push_back(fmt::format("--packets-per-flow {}", t.packets_per_flow));
  if (t.exact_packets) words.emplace_back("--exact-packets");
  words.push_back(fmt::format("--seed {}", t.seed));
  add_unless_default(words, "--open-flows", t.open_flows, by_default.open_flows);
  add_unless_default(words, "--ipv6", t.ipv6, by_default.ipv6);
  add_unless_default(words, "--udp", t.udp, by_default.udp);
  add_unless_default(words, "--icmp", t.icmp, by_default.icmp);
  add_unless_default(words, "--icmp-errors", t.icmp_errors, by_default.icmp_errors);
  add_unless_default(words, "--no-flow", t.no_flow, by_default.no_flow);
  add_unless_default(words, "--alerts", t.alerts, by_default.alerts);
  add_unless_default(words, "--ends", ends_text(t.ends), ends_text(by_default.ends));
}

void add_eve(Words& words, const EveOptions& eve) {
  if (!eve.file.empty()) words.push_back("--eve " + eve.file);
  if (!eve.filetype.empty()) words.push_back("--eve-filetype " + eve.filetype);
  if (eve.threaded) words.emplace_back("--eve-threaded");
}

// The setting, without the directory of a file that it names.
std::string without_directory(const std::string& setting) {
  constexpr std::array kFiles = {"--pcap ", "--config ", "--eve "};
  const bool names_file = std::any_of(kFiles.begin(), kFiles.end(),
                                      [&](const char* file) { return setting.starts_with(file); });
  const std::size_t slash = setting.rfind('/');
  if (!names_file || slash == std::string::npos) return setting;
  return setting.substr(0, setting.find(' ') + 1) + setting.substr(slash + 1);
}

// The settings that `from` has and `in` does not.
Words missing(const Words& in, const Words& from) {
  Words out;
  for (const std::string& setting : from) {
    const auto same = [&](const std::string& other) {
      return without_directory(other) == without_directory(setting);
    };
    if (std::none_of(in.begin(), in.end(), same)) out.push_back(setting);
  }
  return out;
}

std::string described(const Words& words, const Words& others) {
  if (!words.empty()) return fmt::format("with {}", fmt::join(words, " "));
  Words names;
  for (const std::string& other : others) names.push_back(other.substr(0, other.find(' ')));
  return fmt::format("without {}", fmt::join(names, ", "));
}

}  // namespace

std::vector<std::string> settings_of(const Options& options) {
  Words words;
  add_engine(words, options);
  add_traffic(words, options);
  add_eve(words, options.eve);
  return words;
}

std::string settings_differ(const Lifecycle& golden, const Lifecycle& run) {
  const Words recorded = missing(run.settings, golden.settings);
  const Words now = missing(golden.settings, run.settings);
  if (recorded.empty() && now.empty()) return {};
  return fmt::format("recorded {}, run {}", described(recorded, now), described(now, recorded));
}

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
