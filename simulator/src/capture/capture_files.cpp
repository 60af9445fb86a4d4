// Lists the files of directories, oldest first, and those that have appeared since.
#include "capture/capture_files.hpp"

#include <fmt/format.h>
#include <suricata/conf.h>
#include <suricata/util-debug.h>
#include <sys/stat.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/user_input.hpp"
#include "trace/handover.hpp"

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

bool is_before(const timespec& a, const timespec& b) {
  return std::tie(a.tv_sec, a.tv_nsec) < std::tie(b.tv_sec, b.tv_nsec);
}

// Suricata says so of a number that is out of range, and takes its default.
std::int64_t seconds(const char* setting, std::int64_t otherwise) {
  std::intmax_t value = 0;
  if (SCConfGetInt(setting, &value) == 0) return otherwise;
  if (value > 0 && value < UINT_MAX) return value;
  SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "pcap", "%s: out of range", setting);
  return otherwise;
}

}  // namespace

std::optional<Polling> Polling::configured() {
  int on = 0;
  if (SCConfGetBool("pcap-file.continuous", &on) == 0 || on == 0) return {};
  Polling polling;
  polling.poll_s = seconds("pcap-file.poll-interval", polling.poll_s);
  polling.delay_s = seconds("pcap-file.delay", polling.delay_s);
  return polling;
}

NewFiles::NewFiles(Polling polling, const std::vector<std::string>& pcaps,
                   const std::string& directory)
    : polling_(polling), directory_(directory) {
  for (const std::string& name : pcaps) {
    if (is_directory(name, directory)) directories_.push_back({name, {}});
  }
}

std::vector<std::string> NewFiles::take() {
  std::erase_if(directories_,
                [this](const Directory& one) { return !is_directory(one.name, directory_); });
  timespec old_enough = wall_now();
  old_enough.tv_sec -= polling_.delay_s;
  std::vector<std::string> taken;
  for (Directory& one : directories_) {
    const auto found = files_in(one.name, directory_);
    if (!found) continue;
    const timespec last = one.last;
    for (const Found& file : *found) {
      if (!is_before(last, file.changed) || !is_before(file.changed, old_enough)) continue;
      taken.push_back(file.name);
      one.last = file.changed;  // the oldest are first
    }
  }
  return taken;
}

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
