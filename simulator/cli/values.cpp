#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "exit_status.hpp"

namespace surisim::cli {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& expected,
                         const std::string& given) {
  throw UsageError(fmt::format("{}: expected {}, got \"{}\"", option, expected, shown(given)));
}

// One of several words; the words are the documentation too.
template <class T, std::size_t N>
T choose(const std::string& option, const std::string& text,
         const std::array<std::pair<const char*, T>, N>& words) {
  std::string all;
  for (std::size_t i = 0; i < N; ++i) {
    if (text == words[i].first) return words[i].second;
    all += (i == 0 ? "" : i + 1 == N ? " or " : ", ") + std::string(words[i].first);
  }
  refuse(option, all, text);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = text.find(at, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

std::string grouped(std::uint64_t n) {
  std::string out = std::to_string(n);
  for (std::size_t at = out.size(); at > 3; out.insert(at, ",")) at -= 3;
  return out;
}

}  // namespace

std::string shown(const std::string& given) {
  constexpr std::size_t kMost = 80;
  if (given.size() <= kMost) return given;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(given[end]) & 0xc0) == 0x80) --end;  // UTF-8
  return given.substr(0, end) + "…";
}

std::uint64_t parse_count(const std::string& option, const std::string& text, std::uint64_t least,
                          std::uint64_t most) {
  std::uint64_t n = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc{} || stop != end || n < least || n > most)
    refuse(option, fmt::format("a whole number from {} to {}", grouped(least), grouped(most)),
           text);
  return n;
}

double parse_share(const std::string& option, const std::string& text) {
  const bool plain = !text.empty() && text.find_first_not_of("0123456789.eE+-") == text.npos;
  char* end = nullptr;
  const double share = plain ? std::strtod(text.c_str(), &end) : -1;
  if (!plain || *end != '\0' || !std::isfinite(share) || std::signbit(share) || share > 1)
    refuse(option, "a share from 0 to 1", text);
  return share;
}

Mode parse_mode(const std::string& option, const std::string& text) {
  return choose(option, text,
                std::array{std::pair{"workers", Mode::workers}, std::pair{"autofp", Mode::autofp},
                           std::pair{"single", Mode::single}});
}

Capture parse_capture(const std::string& option, const std::string& text) {
  return choose(option, text,
                std::array{std::pair{"pcap-file", Capture::pcap_file},
                           std::pair{"af-packet", Capture::af_packet},
                           std::pair{"pcap", Capture::pcap_live}});
}

EngineMode parse_engine(const std::string& option, const std::string& text) {
  return choose(option, text,
                std::array{std::pair{"normal", EngineMode::normal},
                           std::pair{"config-test", EngineMode::config_test},
                           std::pair{"engine-analysis", EngineMode::engine_analysis},
                           std::pair{"unix-socket", EngineMode::unix_socket}});
}

Severity parse_severity(const std::string& option, const std::string& text) {
  return choose(
      option, text,
      std::array{std::pair{"error", Severity::error}, std::pair{"warning", Severity::warning},
                 std::pair{"note", Severity::note}});
}

EndShares parse_ends(const std::string& option, const std::string& text) {
  EndShares ends{0, 0, 0, 0, 0, 0};
  const std::array<std::pair<const char*, double EndShares::*>, 6> kinds = {{
      {"recycler", &EndShares::recycler},
      {"pressure", &EndShares::pressure},
      {"bucket", &EndShares::bucket},
      {"reuse", &EndShares::reuse},
      {"handed-back", &EndShares::handed_back},
      {"backstop", &EndShares::backstop},
  }};
  for (const std::string& part : split(text, ',')) {
    const std::size_t equals = part.find('=');
    const std::string kind = part.substr(0, equals);
    if (equals == std::string::npos)
      refuse(option, "kind=share[,kind=share…], for example bucket=0.5,recycler=0.5", part);
    double EndShares::*member = choose(option, kind, kinds);
    ends.*member = parse_share(fmt::format("{} {}", option, kind), part.substr(equals + 1));
  }
  if (ends.recycler + ends.pressure + ends.bucket + ends.reuse + ends.handed_back <= 0)
    refuse(option, "at least one of recycler, pressure, bucket, reuse and handed-back above 0",
           text);
  return ends;
}

Fault parse_fault(const std::string& option, const std::string& text) {
  auto fault = surisim::parse_fault(text);
  if (!fault) throw UsageError(fmt::format("{}: {}", option, fault.error().message));
  return *fault;
}

std::optional<Fault::Kind> parse_sweep(const std::string& text) {
  using Kind = Fault::Kind;
  if (!text.ends_with(":*")) return std::nullopt;
  for (const Kind kind : {Kind::plugin_alloc, Kind::host_alloc, Kind::slot_register,
                          Kind::value_set, Kind::thread_spawn}) {
    if (text == std::string(to_string(kind)) + ":*") return kind;
  }
  return std::nullopt;
}

}  // namespace surisim::cli
