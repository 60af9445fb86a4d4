// A violation's place, as text and as a path.
#include "report/violation_place.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "base/journal.hpp"
#include "report/format.hpp"
#include "surisim/lifecycle.hpp"

namespace surisim::report {

namespace {

// Whether the violation is about a plugin that was still being loaded: a summary does not list it.
bool is_of_loading(const Violation& v) {
  if (v.rule.starts_with("load-")) return true;
  return v.phase == step_of(Phase::load_plugins).name &&
         (v.callback == to_string(JournalCallback::open) ||
          v.callback == to_string(JournalCallback::entry_point) ||
          v.callback == to_string(JournalCallback::close));
}

}  // namespace

std::optional<SourcePlace> source_place(const std::string& source) {
  const std::size_t colon = source.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  SourcePlace place{source.substr(0, colon), 0};
  const char* const end = source.data() + source.size();
  const auto [stop, error] = std::from_chars(source.data() + colon + 1, end, place.line);
  if (error != std::errc{} || stop != end || place.line < 1) return std::nullopt;
  return place;
}

std::string shown_path(const std::string& path, const std::string& directory) {
  if (directory.empty()) return path;
  const std::string prefix = directory.ends_with('/') ? directory : directory + "/";
  const bool below = path.size() > prefix.size() && path.starts_with(prefix);
  return below ? path.substr(prefix.size()) : path;
}

std::string shown_set_at(const std::string& set_at, const std::string& directory) {
  const std::size_t open = set_at.rfind(" (");
  if (open == std::string::npos) return set_at;
  return set_at.substr(0, open + 2) + shown_path(set_at.substr(open + 2), directory);
}

std::string where(const Violation& v, const std::string& directory) {
  std::string out;
  const auto add = [&](std::string_view before, const std::string& what) {
    if (what.empty()) return;
    out += fmt::format("{}{}{}", out.empty() ? "" : ", ", before, printable(what));
  };
  add("on ", v.other_thread.empty() ? v.thread : v.thread + " and " + v.other_thread);
  add("about ", v.tv == v.thread ? "" : v.tv);
  add("", v.phase);
  add("in ", v.callback);
  add("", v.function);
  const std::string source = shown_path(v.source, directory);
  if (v.call_site.empty()) {
    add("in ", shown_path(v.plugin, directory));
    add("at ", source);
  } else {
    add("at ", source.empty() ? v.call_site : fmt::format("{} ({})", v.call_site, source));
  }
  return out;
}

std::string plugin_of(const Summary& summary, const Violation& violation) {
  if (!violation.plugin.empty()) return violation.plugin;
  if (summary.plugins.size() != 1) return "";
  const PluginInfo& only = summary.plugins.front();
  return only.loaded && is_of_loading(violation) ? "" : only.path;
}

std::string function_of(const std::string& call_site) {
  const std::size_t bang = call_site.find('!');
  if (bang == std::string::npos) return {};
  return call_site.substr(bang + 1, call_site.rfind("+0x") - bang - 1);
}

std::string suppression_name(const Suppression& s) {
  return s.rule + (s.place.empty() ? "" : ":" + s.place) +
         (s.from.empty() ? "" : " (" + s.from + ")");
}

std::string path_uri(const std::string& full) {
  const std::string path = full.starts_with("./") ? full.substr(2) : full;
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace surisim::report
