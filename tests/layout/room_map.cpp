// Implements room_map.hpp: reads the map in ARCHITECTURE.md, and compares includes with it.
#include "room_map.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <sstream>

namespace layout {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLibrary = "simulator/src/";

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  const auto last = text.find_last_not_of(' ');
  return first == text.npos ? "" : std::string(text.substr(first, last - first + 1));
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  std::istringstream in{std::string(text)};
  for (std::string part; std::getline(in, part, at);) parts.push_back(trimmed(part));
  return parts;
}

// "`fmt/`" without the backticks, "" if there are none.
std::string quoted(const std::string& text) {
  const bool has = text.size() > 2 && text.front() == '`' && text.back() == '`';
  return has ? text.substr(1, text.size() - 2) : "";
}

// Headers of the C and C++ libraries and the system have no directory, or one of these.
bool is_system(const Include& include) {
  static const std::set<std::string> directories = {"sys", "arpa", "netinet",  "linux",
                                                    "asm", "bits", "sanitizer"};
  const auto slash = include.name.find('/');
  return !include.quoted &&
         (slash == include.name.npos || directories.contains(include.name.substr(0, slash)));
}

bool is_file(const fs::path& path) {
  static std::map<std::string, bool> known;
  const auto [at, is_new] = known.try_emplace(path.string(), false);
  if (is_new) at->second = fs::is_regular_file(kRoot / path);
  return at->second;
}

void allow(Room& room, const std::string& item, const std::vector<Room>& above,
           std::vector<std::string>& problems) {
  auto& to = room.beginnings;
  if (!quoted(item).empty()) {
    to.push_back(quoted(item));
  } else if (item == "the rooms above") {
    room.may_use_all_rooms_above = true;
    for (const Room& other : above) {
      if (other.is_of_the_library()) to.push_back(other.name() + "/");
    }
  } else if (item == "public headers") {
    to.insert(to.end(), {"suricata/", "surisim/", "tl/expected.hpp"});
  } else if (item == "anything") {
    room.is_free = true;
  } else if (item != "only itself") {
    problems.push_back(room.directory + ": may include '" + item + "'?");
  }
}

bool allowed(const Room& room, const File& file, const Include& include) {
  if (room.is_free || is_system(include)) return true;
  const std::string target = included_file(file.path, include);
  if (!target.empty() && room_of(target) == &room) return true;
  const auto fits = [&](const std::string& name) {
    return std::any_of(room.beginnings.begin(), room.beginnings.end(),
                       [&](const std::string& beginning) { return name.starts_with(beginning); });
  };
  // A plugin in C includes Suricata's headers by their bare names.
  static const std::string headers = "simulator/include/";
  return fits(include.name) || (target.starts_with(headers) && fits(target.substr(headers.size())));
}

}  // namespace

std::string Room::name() const { return fs::path(directory).parent_path().filename(); }

bool Room::is_of_the_library() const { return directory.starts_with(kLibrary); }

std::vector<Room> rooms_of(std::string_view page, std::vector<std::string>& problems) {
  std::vector<Room> found;
  bool in_table = false;
  for (const std::string& line : split(page, '\n')) {
    const std::vector<std::string> cells = split(line, '|');
    if (cells.size() != 4 || !cells[0].empty()) {
      in_table = false;
    } else if (cells[1] == "room") {
      in_table = true;
    } else if (in_table && !cells[1].starts_with("---")) {
      Room room{quoted(cells[1]), cells[3], {}};
      if (room.directory.empty()) problems.push_back("no directory: " + line);
      for (const std::string& item : split(cells[3], ',')) allow(room, item, found, problems);
      found.push_back(room);
    }
  }
  return found;
}

const std::vector<Room>& rooms() {
  static const std::vector<Room> table = [] {
    std::vector<std::string> problems;
    return rooms_of(read(kRoot / "ARCHITECTURE.md"), problems);
  }();
  return table;
}

const Room* room_of(std::string_view path) {
  const Room* best = nullptr;
  for (const Room& room : rooms()) {
    if (path.starts_with(room.directory) &&
        (best == nullptr || room.directory.size() > best->directory.size())) {
      best = &room;
    }
  }
  return best;
}

std::vector<std::string> wrong_includes(const File& file) {
  std::vector<std::string> wrong;
  const Room* const room = room_of(file.path);
  if (room == nullptr) return {file.path + ": is in no room of ARCHITECTURE.md"};
  for (const Include& include : includes(file.text)) {
    if (allowed(*room, file, include)) continue;
    wrong.push_back(file.path + ":" + std::to_string(include.line) + ": includes " + include.name +
                    ", but " + room->directory + " may only include " + room->may_include);
  }
  return wrong;
}

std::string included_file(std::string_view from, const Include& include) {
  const fs::path relative = (fs::path(from).parent_path() / include.name).lexically_normal();
  if (include.quoted && is_file(relative)) return relative;
  for (const char* root : {"simulator/src", "simulator/include", "simulator", "simulator/cli",
                           "wrappers/include", "fixtures/include"}) {
    const fs::path path = (fs::path(root) / include.name).lexically_normal();
    if (is_file(path)) return path;
  }
  const fs::path bare = fs::path("simulator/include/suricata") / include.name;
  return include.quoted && is_file(bare) ? bare.string() : "";
}

// Tarjan's strongly connected components.
std::vector<std::vector<std::string>> cycles(const std::vector<Edge>& edges) {
  std::map<std::string, std::vector<std::string>> leads_to;
  std::set<std::string> to_themselves;
  for (const auto& [from, to] : edges) {
    leads_to[from].push_back(to);
    if (from == to) to_themselves.insert(from);
  }
  struct Seen {
    std::size_t number = 0;
    std::size_t lowest = 0;
    bool is_open = true;
  };
  std::map<std::string, Seen> seen;
  std::vector<std::string> open;
  std::vector<std::vector<std::string>> found;
  const std::function<void(const std::string&)> visit = [&](const std::string& name) {
    const std::size_t number = seen.size();
    seen[name] = {number, number, true};
    open.push_back(name);
    for (const std::string& next : leads_to[name]) {
      if (!seen.contains(next)) {
        visit(next);
        seen[name].lowest = std::min(seen[name].lowest, seen[next].lowest);
      } else if (seen[next].is_open) {
        seen[name].lowest = std::min(seen[name].lowest, seen[next].number);
      }
    }
    if (seen[name].lowest != number) return;
    const auto first = std::find(open.begin(), open.end(), name);
    for (auto at = first; at != open.end(); ++at) seen[*at].is_open = false;
    if (open.end() - first > 1 || to_themselves.contains(name))
      found.emplace_back(first, open.end());
    open.erase(first, open.end());
  };
  for (const auto& [from, to] : edges) {
    if (!seen.contains(from)) visit(from);
  }
  return found;
}

}  // namespace layout
