// The HTML report of surisim bench, made of text and boxes: it needs no script.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "bench.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

using nlohmann::json;

std::string text_of(const json& from, const char* key) {
  return markup_escaped(from[key].get<std::string>());
}

// "1,234", "12.5".
std::string shown(double number) {
  std::string text = fmt::format("{:.1f}", number);
  if (text.ends_with(".0")) text.erase(text.size() - 2);
  const std::size_t point = std::min(text.find('.'), text.size());
  for (std::size_t at = point; at > 3; at -= 3)
    if (text[at - 4] != '-') text.insert(at - 3, ",");
  return text;
}

struct Bar {
  double from, to;
  double calls;
};

// The most expensive percent of the calls shares the last bar: its range is wide.
std::vector<Bar> bars_of(const json& distribution) {
  constexpr std::size_t kBars = 40;
  double all = 0;
  for (const json& one : distribution) all += one[1].get<double>();
  double usual = 0;
  double most = 0;
  for (const json& one : distribution) {
    most = one[0];
    usual += one[1].get<double>();
    if (usual >= 0.99 * all) break;
  }
  const double least = distribution.front()[0];
  const double width = std::max(1e-9, most - least);
  const bool has_rest = distribution.back()[0].get<double>() > most;
  const std::size_t count = most == least ? 1 : std::min<std::size_t>(kBars, distribution.size());
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < count; ++i)
    bars.push_back({least + width * static_cast<double>(i) / static_cast<double>(count),
                    least + width * static_cast<double>(i + 1) / static_cast<double>(count), 0});
  if (count == 1) bars.front() = {least, most, 0};
  if (has_rest) bars.push_back({most, distribution.back()[0], 0});
  for (const json& one : distribution) {
    const double value = one[0];
    const auto place =
        static_cast<std::size_t>((value - least) / width * static_cast<double>(count));
    const std::size_t at = value > most ? bars.size() - 1 : std::min(place, count - 1);
    bars[at].calls += one[1].get<double>();
  }
  return bars;
}

// A picture of the distribution, and the same as a table.
std::string distribution_html(const json& distribution, const std::string& unit) {
  if (distribution.empty()) return "";
  const std::vector<Bar> bars = bars_of(distribution);
  double highest = 0;
  for (const Bar& bar : bars) highest = std::max(highest, bar.calls);
  const std::string width =
      fmt::format("max-width: {}rem", std::max<std::size_t>(12, 4 * bars.size()));
  std::string out = fmt::format("<ul class=\"bars\" aria-hidden=\"true\" style=\"{}\">", width);
  std::string rows;
  for (const Bar& bar : bars) {
    const std::string range =
        bar.from == bar.to ? shown(bar.from) : shown(bar.from) + " to " + shown(bar.to);
    out += fmt::format("<li{} style=\"height: {:.1f}%\" title=\"{} {}: {} calls\"></li>",
                       bar.calls == 0 ? " class=\"empty\"" : "",
                       bar.calls == 0 ? 0 : std::max(2.0, 100 * bar.calls / highest), range, unit,
                       shown(bar.calls));
    if (bar.calls > 0)
      rows += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", range, shown(bar.calls));
  }
  const bool is_one = bars.front().from == bars.back().to;
  out +=
      fmt::format("</ul>\n<p class=\"axis\" style=\"{}\"><span>{} {}</span><span>{}</span></p>\n",
                  width, shown(bars.front().from), unit, is_one ? "" : shown(bars.back().to));
  return out +
         fmt::format(
             "<details><summary>As a table</summary><div class=\"wide\"><table class=\"numbers\">"
             "<tr><th scope=\"col\">{}</th><th scope=\"col\">calls</th></tr>\n{}</table></div>"
             "</details>\n",
             unit, rows);
}

using Cells = std::vector<std::pair<const char*, std::string>>;

std::string table_html(const Cells& cells) {
  std::string head;
  std::string row;
  for (const auto& [name, value] : cells) {
    head += fmt::format("<th scope=\"col\">{}</th>", name);
    row += fmt::format("<td>{}</td>", value);
  }
  return fmt::format(
      "<div class=\"wide\"><table class=\"numbers\"><tr>{}</tr>\n<tr>{}</tr></table></div>\n", head,
      row);
}

std::string number(const json& from, const char* key) {
  return from[key].is_null() ? "–" : shown(from[key].get<double>());
}

std::string times_html(const json& result) {
  std::string out;
  for (const json& cost : result["costs"]) {
    const json& ns = cost["ns"];
    out += fmt::format("<section>\n<h2>{} on {}</h2>\n", text_of(cost, "kind"),
                       text_of(cost, "thread"));
    out += table_html({{"calls", number(cost, "calls")},
                       {"min ns", number(ns, "min")},
                       {"median ns", number(ns, "median")},
                       {"mean ns", number(ns, "mean")},
                       {"p99 ns", number(ns, "p99")},
                       {"instructions", number(cost, "instructions")},
                       {"cache misses", number(cost, "cache_misses")}});
    out += distribution_html(cost["distribution"], "ns") + "</section>\n";
  }
  return out;
}

std::string instructions_html(const json& result) {
  std::string out;
  for (const json& one : result["callbacks"]) {
    out += fmt::format("<section>\n<h2>{}</h2>\n", text_of(one, "callback"));
    Cells cells = {{"calls", number(one, "calls")},
                   {"min", number(one, "min")},
                   {"median", number(one, "median")},
                   {"max", number(one, "max")},
                   {"total", number(one, "total")}};
    if (one.contains("before")) {
      cells.push_back({"a call, before", number(one, "before")});
      cells.push_back({"difference", number(one, "difference")});
    }
    out +=
        table_html(cells) + distribution_html(one["distribution"], "instructions") + "</section>\n";
  }
  return out;
}

// The pairs' ratios on a line: half and twice are equally far from 1.
std::string strip_html(const json& one) {
  double least = 1;
  double most = 1;
  for (const json& ratio : one["ratios"]) {
    least = std::min(least, ratio.get<double>());
    most = std::max(most, ratio.get<double>());
  }
  const double margin = std::pow(most / least, 0.05) + 0.01;
  least /= margin;
  most *= margin;
  const auto place = [&](double ratio) {
    return 100 * std::log(ratio / least) / std::log(most / least);
  };
  const double low = one["low"];
  const double high = one["high"];
  std::string out = fmt::format(
      "<ul class=\"strip\" aria-hidden=\"true\">"
      "<li class=\"range\" style=\"left: {:.2f}%; width: {:.2f}%\"></li>",
      place(low), place(high) - place(low));
  out += fmt::format("<li class=\"same\" style=\"left: {:.2f}%\"></li>", place(1));
  for (const json& ratio : one["ratios"])
    out += fmt::format("<li style=\"left: {:.2f}%\" title=\"{:.3f}\"></li>",
                       place(ratio.get<double>()), ratio.get<double>());
  return out + fmt::format(
                   "</ul>\n<p class=\"axis\"><span>{:.2f} × OLD</span><span>{:.2f}</span>"
                   "</p>\n",
                   least, most);
}

std::string comparisons_html(const json& result) {
  std::string out = fmt::format(
      "<p>OLD: <code>{}</code>, NEW: <code>{}</code></p>\n<p class=\"quiet\">Each line is a pair "
      "of runs. The box is the 95 % interval of the ratio, the dashed line is no difference.</p>\n",
      text_of(result, "old"), text_of(result, "new"));
  for (const json& one : result["comparisons"]) {
    out += fmt::format("<section>\n<h2>{}</h2>\n<p>NEW takes {}.</p>\n", text_of(one, "callback"),
                       markup_escaped(verdict_of(one)));
    if (!one["ratios"].empty()) out += strip_html(one);
    out += table_html({{"OLD ns", number(one, "old_ns")}, {"NEW ns", number(one, "new_ns")}}) +
           "</section>\n";
  }
  return out;
}

}  // namespace

std::string bench_page(const json& result) {
  const bool compares = result.contains("comparisons");
  const bool counts = result.contains("callbacks");
  const char* const what = compares ? "two builds compared"
                           : counts ? "instructions of callbacks"
                                    : "times of callbacks";
  std::string body = fmt::format("<header>\n<h1>surisim bench: {}</h1>\n", what);
  body += fmt::format("<p>{} packets, {} flows, no checks.</p>\n", number(result, "packets"),
                      number(result, "flows"));
  if (counts)
    body +=
        "<p class=\"quiet\">Of the plugins' own text: what they call in other libraries, and in "
        "Suricata, is not counted.</p>\n";
  if (counts && result.contains("baseline"))
    body += fmt::format("<p>Before: <code>{}</code></p>\n", text_of(result, "baseline"));
  if (result.contains("failures")) {
    const json& failures = result["failures"];
    const bool was_compared = compares || result.contains("baseline");
    if (failures.empty() && was_compared)
      body += "<p class=\"pass\">Nothing costs more than before.</p>\n";
    if (!failures.empty()) body += "<ul>\n";
    for (const json& failure : failures)
      body += fmt::format("<li class=\"fail\">failed: {}</li>\n",
                          markup_escaped(failure.get<std::string>()));
    if (!failures.empty()) body += "</ul>\n";
  }
  body += "</header>\n<main>\n";
  body += compares ? comparisons_html(result)
          : counts ? instructions_html(result)
                   : times_html(result);
  return html_page(fmt::format("surisim bench: {}", what), body + "</main>\n");
}

}  // namespace surisim::cli
