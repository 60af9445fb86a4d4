// Lists the files of directories, oldest first.
#include "capture/capture_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/user_input.hpp"

namespace surisim::engine {

namespace {

struct Found {
  std::string name;
  timespec changed{};

  auto order() const { return std::tie(changed.tv_sec, changed.tv_nsec, name); }
};

tl::unexpected<Error> refuse_directory(const std::string& name, const std::string& what) {
  return fail(ErrorCode::invalid_option, fmt::format("capture directory \"{}\" {}", name, what));
}

expected<std::vector<Found>> files_in(const std::string& name, const std::string& directory) {
  std::vector<Found> files;
  std::error_code error;
  const std::filesystem::path path = base::in_directory(directory, name);
  std::filesystem::directory_iterator at(path, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    struct stat status {};
    if (::lstat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    files.push_back(
        {(std::filesystem::path(name) / at->path().filename()).string(), status.st_mtim});
  }
  if (error) return refuse_directory(name, "cannot be read: " + error.message());
  std::sort(files.begin(), files.end(),
            [](const Found& a, const Found& b) { return a.order() < b.order(); });
  return files;
}

}  // namespace

bool is_directory(const std::string& name, const std::string& directory) {
  std::error_code ignored;
  return std::filesystem::is_directory(base::in_directory(directory, name), ignored);
}

expected<std::vector<std::string>> capture_files(const std::vector<std::string>& pcaps,
                                                 const std::string& directory) {
  std::vector<std::string> all;
  for (const std::string& name : pcaps) {
    if (!is_directory(name, directory)) {
      all.push_back(name);
      continue;
    }
    auto found = files_in(name, directory);
    if (!found) return tl::unexpected<Error>(std::move(found.error()));
    if (found->empty())
      return refuse_directory(name, "has no files; expected pcap or pcapng files");
    for (Found& file : *found) all.push_back(std::move(file.name));
  }
  return all;
}

}  // namespace surisim::engine
