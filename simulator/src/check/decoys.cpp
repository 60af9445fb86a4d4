// The descriptors are files in memory. Their time of change is set to one that no write leaves.
#include "check/decoys.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace surisim::check {
namespace {

// The lowest numbers are what a plugin that counts from 3 hits first, and what a descriptor that
// was closed twice often means by then. The others are used by no convention.
constexpr std::array kLowest = {3, 3, 67, 323, 977};
// A plugin that fills the disk does not fill memory.
constexpr off_t kBytes = 4096;
constexpr std::size_t kShown = 16;

void set_time(int descriptor) {
  constexpr std::array<timespec, 2> kNever = {};
  ::futimens(descriptor, kNever.data());
}

std::string text_in(int descriptor) {
  std::string text(kShown, '\0');
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace

Decoys::Decoy Decoys::make(int lowest) {
  const int made = ::memfd_create("surisim decoy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made < 0) return {};
  const int placed = ::fcntl(made, F_DUPFD_CLOEXEC, lowest);
  ::close(made);
  struct stat info {};
  if (placed < 0) return {};
  if (::ftruncate(placed, kBytes) != 0 || ::fstat(placed, &info) != 0) {
    ::close(placed);
    return {};
  }
  ::fcntl(placed, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
  set_time(placed);
  return {placed, info.st_ino, info.st_dev};
}

Decoys::~Decoys() {
  for (const Decoy& decoy : decoys_) {
    struct stat now {};
    const bool ours = decoy.descriptor >= 0 && ::fstat(decoy.descriptor, &now) == 0 &&
                      now.st_ino == decoy.file && now.st_dev == decoy.device;
    if (ours) ::close(decoy.descriptor);
  }
}

void Decoys::place() {
  for (std::size_t i = 0; i < decoys_.size(); ++i) decoys_[i] = make(kLowest[i]);
}

std::vector<Decoys::Hit> Decoys::hits() {
  std::vector<Hit> all;
  for (Decoy& decoy : decoys_) {
    struct stat now {};
    if (decoy.descriptor < 0) continue;
    if (::fstat(decoy.descriptor, &now) != 0 || now.st_ino != decoy.file ||
        now.st_dev != decoy.device) {
      all.push_back({decoy.descriptor, true, ""});
      decoy.descriptor = -1;
    } else if (now.st_mtim.tv_sec != 0) {
      all.push_back({decoy.descriptor, false, text_in(decoy.descriptor)});
      set_time(decoy.descriptor);
    }
  }
  return all;
}

}  // namespace surisim::check
