// Checks what plugins share with Suricata's process besides memory: descriptors, threads, and the
// attributes of the thread that runs their init callbacks (L5).
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "abi/callbacks.hpp"
#include "abi/host_function.hpp"
#include "check/checker.hpp"
#include "check/process.hpp"

namespace surisim::check {

using engine::Context;

namespace {

// "3", "3 and 4", "3, 4 and 67".
std::string list_of(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return out;
}

std::string quoted(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\')
      out += c;
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out + '"';
}

std::string descriptors(const std::vector<std::string>& numbers) {
  return (numbers.size() == 1 ? "descriptor " : "descriptors ") + list_of(numbers);
}

// "closed descriptors 3 and 4 and wrote to descriptor 67 ("hello")".
std::string what_happened(const std::vector<Decoys::Hit>& hits) {
  std::vector<std::string> closed;
  std::vector<std::string> written;
  std::string begin;
  for (const Decoys::Hit& hit : hits) {
    (hit.closed ? closed : written).push_back(std::to_string(hit.descriptor));
    if (begin.empty()) begin = hit.written;
  }
  std::string out;
  if (!closed.empty()) out = "closed " + descriptors(closed);
  if (written.empty()) return out;
  if (!out.empty()) out += " and ";
  return out + "wrote to " + descriptors(written) +
         (begin.empty() ? "" : fmt::format(" ({})", quoted(begin)));
}

}  // namespace

void Checker::check_descriptors(Where where) {
  const std::vector<Decoys::Hit> hits = decoys_.hits();
  if (hits.empty()) return;
  if (where.plugin == engine::kNoPlugin) where.plugin = ledger_.violations().plugin_in_charge();
  const auto& plugins = loader_.plugins();
  const std::string who =
      where.plugin < plugins.size() ? plugins[where.plugin].name : loader_.suspects();
  found(RuleId::foreign_descriptor, where, [&] {
    return fmt::format(
        "{} {}, which it has not opened: in Suricata that may be a log file or a socket", who,
        what_happened(hits));
  });
}

ThreadAttributes ThreadAttributes::of_this_thread() {
  ThreadAttributes mine;
  ::prctl(PR_GET_NAME, mine.name.data());
  ::sched_getaffinity(0, sizeof mine.processors, &mine.processors);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mine.blocked);
  return mine;
}

std::vector<std::string> ThreadAttributes::changes_to(const ThreadAttributes& now) const {
  std::vector<std::string> changes;
  if (std::strncmp(name.data(), now.name.data(), name.size()) != 0)
    changes.push_back(fmt::format("name (now {})", quoted(now.name.data())));
  if (CPU_EQUAL(&processors, &now.processors) == 0) changes.emplace_back("CPU affinity");
  bool same_mask = true;
  for (int signal = 1; signal < NSIG; ++signal)
    same_mask = same_mask && sigismember(&blocked, signal) == sigismember(&now.blocked, signal);
  if (!same_mask) changes.emplace_back("signal mask");
  return changes;
}

void Checker::host_fields_changed(const abi::HostFieldsChanged& changed) {
  Where where;
  where.caller = abi::running_function_or(nullptr);
  found(RuleId::host_object_overwritten, where, [&] {
    return fmt::format("overwrote {}: only Suricata writes there, and relies on it",
                       changed.fields);
  });
}

void Checker::thread_init_begins() {
  engine::Context* const mine = engine::context();
  if (mine == nullptr) return;
  mine->check_on_return = true;
  attributes_ = ThreadAttributes::of_this_thread();
}

void Checker::thread_init_returns(const Context& mine) {
  Where where;
  where.caller = abi::running_function_or(nullptr);
  if (decoys_.seem_hit()) check_descriptors(where);  // otherwise they are checked in phase_ends()
  const auto changes = attributes_.changes_to(ThreadAttributes::of_this_thread());
  if (changes.empty()) return;
  found(RuleId::thread_attributes_changed, where, [&] {
    return fmt::format(
        "a thread init callback changed the {} of {}, which runs it: thread {} does not exist yet",
        list_of(changes), mine.os_name, mine.callback_tv->name);
  });
}

// Refuses calls on Suricata's threads, except the engine's own.
bool Checker::allow(const abi::ThreadCall& call) {
  const Context* const mine = engine::context();
  if (mine != nullptr && mine->callback == JournalCallback::none) return true;
  if (::pthread_equal(call.thread, ::pthread_self()) != 0 && !call.on_itself) return true;
  const abi::HostScope host;
  std::string name = "main";
  if (::pthread_equal(call.thread, main_thread_) == 0) {
    name = handles_.name_of(call.thread);
    if (name.empty()) return true;
  }
  Where where{call.function, call.caller};
  if (::pthread_equal(call.thread, ::pthread_self()) == 0) where.other_thread = name;
  found(RuleId::thread_not_owned, where, [&] {
    return fmt::format("{} called with {}, one of Suricata's threads: {}", call.function, name,
                       call.consequence);
  });
  return false;
}

void Checker::init_returned(const void* frame, const void* init) {
  check_names(frame);
  check_outputs(frame);
  const abi::HostScope host;
  Where where;
  where.phase = ledger_.violations().phase();
  where.thread = "main";
  where.callback = JournalCallback::init;
  where.plugin = abi::running_plugin();
  if (init != nullptr) where.caller = static_cast<const char*>(init) + 1;
  check_descriptors(where);
}

void Checker::phase_ends() {
  const abi::HostScope host;
  check_descriptors({});
}

// Decoys are files in memory, filled with a byte that occurs in no text. Their modification time is
// set to 0, which no write leaves. They are mapped, so that writes are seen without a system call.

namespace {

// A plugin that guesses, or closes a descriptor twice, usually hits one of the lowest numbers. The
// other numbers have no conventional use.
constexpr std::array kLowest = {3, 3, 67, 323, 977};
constexpr std::size_t kBytes = 4096;  // a limit, in case the plugin writes without end
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

// Maps the file at `where`.
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
    all[i] = {decoy.descriptor, POLLIN | POLLOUT, 0};  // poll() ignores negative ones
  }
  if (::poll(all.data(), all.size(), 0) < 0) return true;
  return std::any_of(all.begin(), all.end(), [](const pollfd& one) {
    return one.fd >= 0 && one.revents != (POLLIN | POLLOUT);  // files are always ready
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
