// The descriptors are files in memory, full of a byte that no text has. Their time of change is set
// to one that no write leaves. They are mapped, so that what was written is seen without a call.
#include "check/decoys.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace surisim::check {
namespace {

// The lowest numbers are what a plugin that counts from 3 hits first, and what a descriptor that
// was closed twice often means by then. The others are used by no convention.
constexpr std::array kLowest = {3, 3, 67, 323, 977};
// A plugin that fills the disk does not fill memory.
constexpr std::size_t kBytes = 4096;
constexpr std::size_t kShown = 16;
constexpr char kFill = '\xfe';

constexpr std::array<char, kBytes> kUntouched = [] {
  std::array<char, kBytes> bytes{};
  bytes.fill(kFill);
  return bytes;
}();

void make_untouched(int descriptor) {
  [[maybe_unused]] const ssize_t done =
      ::pwrite(descriptor, kUntouched.data(), kUntouched.size(), 0);
  constexpr std::array<timespec, 2> kNever = {};
  ::futimens(descriptor, kNever.data());
}

std::string text_in(const char* bytes) {
  std::string text(bytes, kShown);
  text.resize(text.find_last_not_of(kFill) + 1);
  return text;
}

}  // namespace

// `where`: the file is mapped there.
Decoys::Decoy Decoys::make(int lowest, char* where) {
  const int made = ::memfd_create("surisim decoy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made < 0) return {};
  const int placed = ::fcntl(made, F_DUPFD_CLOEXEC, lowest);
  ::close(made);
  struct stat info {};
  if (placed < 0) return {};
  if (::ftruncate(placed, kBytes) != 0 || ::fstat(placed, &info) != 0 ||
      ::mmap(where, kBytes, PROT_READ, MAP_SHARED | MAP_FIXED, placed, 0) == MAP_FAILED) {
    ::close(placed);
    return {};
  }
  ::fcntl(placed, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
  make_untouched(placed);
  return {placed, info.st_ino, info.st_dev, where};
}

Decoys::~Decoys() {
  for (const Decoy& decoy : decoys_) {
    struct stat now {};
    const bool ours = decoy.descriptor >= 0 && ::fstat(decoy.descriptor, &now) == 0 &&
                      now.st_ino == decoy.file && now.st_dev == decoy.device;
    if (ours) ::close(decoy.descriptor);
  }
  if (mapped_ != nullptr) ::munmap(mapped_, kBytes * decoys_.size());
}

void Decoys::place() {
  void* const room = ::mmap(nullptr, kBytes * decoys_.size(), PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return;
  mapped_ = static_cast<char*>(room);
  for (std::size_t i = 0; i < decoys_.size(); ++i)
    decoys_[i] = make(kLowest[i], mapped_ + i * kBytes);
}

bool Decoys::seem_hit() const {
  std::array<pollfd, kLowest.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Decoy& decoy = decoys_[i];
    if (decoy.descriptor >= 0 && std::memcmp(decoy.bytes, kUntouched.data(), kBytes) != 0)
      return true;
    all[i] = {decoy.descriptor, POLLIN | POLLOUT, 0};  // a negative one is ignored
  }
  if (::poll(all.data(), all.size(), 0) < 0) return true;
  return std::any_of(all.begin(), all.end(), [](const pollfd& one) {
    return one.fd >= 0 && one.revents != (POLLIN | POLLOUT);  // as files always are
  });
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
      all.push_back({decoy.descriptor, false, text_in(decoy.bytes)});
      make_untouched(decoy.descriptor);
    }
  }
  return all;
}

}  // namespace surisim::check
