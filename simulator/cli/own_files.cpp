#include "own_files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <system_error>

#include "exit_status.hpp"

namespace surisim::cli {
namespace {

namespace fs = std::filesystem;

// Empty: it cannot be spoiled.
fs::path place_of(const std::string& file) {
  if (file.empty() || file == "-") return {};
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) return {};
  return fs::weakly_canonical(fs::absolute(file, ignored), ignored);
}

}  // namespace

void require_own_files(const std::vector<NamedFile>& read, const std::vector<NamedFile>& written) {
  std::map<fs::path, std::string> taken;
  for (const auto& [as, file] : read)
    if (const fs::path place = place_of(file); !place.empty()) taken.emplace(place, as);
  for (const auto& [as, file] : written) {
    const fs::path place = place_of(file);
    if (place.empty()) continue;
    const auto [other, is_new] = taken.emplace(place, as);
    if (!is_new)
      throw UsageError(
          fmt::format("{}: {} is {} too; expected a file of its own", as, file, other->second));
  }
}

}  // namespace surisim::cli
