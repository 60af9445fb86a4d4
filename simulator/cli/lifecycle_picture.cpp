// Implements lifecycle_picture.hpp. Lanes live from the phase that creates their threads to the one
// that ends them; a phase is marked in the lanes of the threads that the table names.
#include "lifecycle_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "surisim/lifecycle.hpp"

namespace surisim::cli {
namespace {

struct Lane {
  const char* name;
  const char* threads;               // below the name
  std::vector<std::string_view> on;  // these threads, as the table has them
  Phase first, last;                 // its threads exist
};

const std::array<Lane, 4> kLanes = {{
    {"main", "US in unix-socket mode", {"main"}, Phase::storage_init, Phase::end},
    {"command", "DL, US", {"DL", "US"}, Phase::create_command_threads, Phase::kill_command_threads},
    {"packet", "RX, W", {"RX", "W"}, Phase::create_packet_threads, Phase::kill_packet_threads},
    {"management",
     "FM, FR, FB, CW, CS, HB",
     {"FM", "FR"},
     Phase::create_management_threads,
     Phase::kill_management_threads},
}};

constexpr int kPhasesWidth = 1180;
constexpr int kFirstPhaseY = 64;  // of the first row
constexpr int kPhaseHeight = 26;
constexpr int kFirstLane = 270;  // its middle
constexpr int kPhaseLaneWidth = 110;
constexpr int kPhaseTextX = 680;

int lane_x(std::size_t lane) { return kFirstLane + static_cast<int>(lane) * kPhaseLaneWidth; }
int row_y(Phase phase) { return kFirstPhaseY + static_cast<int>(phase) * kPhaseHeight; }

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

// "main, then W" names main and W; "main (or US)" main, as the lane main says the rest.
bool is_on(const Lane& lane, std::string_view on) {
  on = on.substr(0, on.find(" ("));
  for (std::size_t begin = 0; begin < on.size();) {
    const std::size_t end = std::min(on.find_first_of(", ", begin), on.size());
    const std::string_view word = on.substr(begin, end - begin);
    if (std::find(lane.on.begin(), lane.on.end(), word) != lane.on.end()) return true;
    begin = end + 1;
  }
  return false;
}

constexpr const char* kPhaseStyle = R"(<style>
  text { font: 13px sans-serif; fill: #1b1f24; }
  .head { font-weight: bold; text-anchor: middle; }
  .small { font-size: 11px; fill: #57606a; }
  .middle { text-anchor: middle; }
  .back { fill: #ffffff; }
  .again { fill: #eef2f7; }
  .window { fill: #dff3e4; }
  .life { stroke: #8c959f; stroke-width: 2; }
  .at { fill: #0550ae; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #9da7b1; }
    .back { fill: #0d1117; }
    .again { fill: #1a212b; }
    .window { fill: #12361f; }
    .at { fill: #79c0ff; }
  }
</style>
)";

std::string phase_band(const char* style, Phase first, Phase last) {
  return fmt::format("<rect class=\"{}\" x=\"0\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", style,
                     row_y(first), kPhasesWidth, row_y(last) - row_y(first) + kPhaseHeight);
}

std::string phase_row(const Step& step) {
  const int y = row_y(step.phase);
  const int line = y + kPhaseHeight - 8;
  std::string out =
      fmt::format("<text x=\"12\" y=\"{0}\">{1}</text><text x=\"36\" y=\"{0}\">{2}</text>\n", line,
                  1 + static_cast<int>(step.phase), xml_text(step.name));
  for (std::size_t i = 0; i < kLanes.size(); ++i)
    if (is_on(kLanes[i], step.on))
      out += fmt::format(
          "<rect class=\"at\" x=\"{}\" y=\"{}\" width=\"20\" height=\"{}\" rx=\"4\"/>\n",
          lane_x(i) - 10, y + 4, kPhaseHeight - 8);
  return out + fmt::format("<text x=\"{}\" y=\"{}\">{} <tspan class=\"small\">{}</tspan></text>\n",
                           kPhaseTextX, line, xml_text(step.what), xml_text(step.facts));
}

}  // namespace

std::string lifecycle_svg() {
  const auto again = [](const Step& step) { return step.per_lifecycle; };
  const Phase begins = std::find_if(kLifecycle.begin(), kLifecycle.end(), again)->phase;
  const Phase ends = std::find_if(kLifecycle.rbegin(), kLifecycle.rend(), again)->phase;
  const int height = row_y(Phase::end) + kPhaseHeight + 44;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\">\n<title>The lifecycle of a plugin: phases from top to bottom, "
      "threads from left to right</title>\n<!-- Made by `surisim lifecycle`. -->\n",
      kPhasesWidth, height);
  out += kPhaseStyle;
  out += fmt::format("<rect class=\"back\" width=\"{}\" height=\"{}\"/>\n", kPhasesWidth, height);
  out += phase_band("window", Phase::load_plugins, Phase::load_plugins);
  out += phase_band("again", begins, ends);
  for (std::size_t i = 0; i < kLanes.size(); ++i) {
    const Lane& lane = kLanes[i];
    out += fmt::format(
        "<text class=\"head\" x=\"{0}\" y=\"26\">{1}</text><text class=\"small middle\" x=\"{0}\" "
        "y=\"44\">{2}</text>\n<line class=\"life\" x1=\"{0}\" y1=\"{3}\" x2=\"{0}\" y2=\"{4}\"/>\n",
        lane_x(i), lane.name, lane.threads, row_y(lane.first) + kPhaseHeight / 2,
        row_y(lane.last) + kPhaseHeight / 2);
  }
  for (const Step& step : kLifecycle) out += phase_row(step);
  out += fmt::format(
      "<text class=\"small\" x=\"12\" y=\"{}\">Line: threads of this kind exist. Mark: the phase "
      "runs on them. Phase {} is the time to register. Phases {} to {} run again in each "
      "lifecycle, "
      "when one process has several.</text>\n",
      height - 18, 1 + static_cast<int>(Phase::load_plugins), 1 + static_cast<int>(begins),
      1 + static_cast<int>(ends));
  return out + "</svg>\n";
}

}  // namespace surisim::cli
