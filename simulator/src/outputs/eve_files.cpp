// Opens, writes and closes the files of EVE records. A thread owns their descriptors; streams made
// by fopencookie() send it what is to be written.
#include "outputs/eve_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/mutex.hpp"

namespace surisim::engine {
namespace {

std::string numbered(const std::string& name, std::uint32_t number) {
  if (name == "/dev/null") return name;
  const std::size_t slash = name.rfind('/');
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash))
    return fmt::format("{}.{}", name, number);
  return fmt::format("{}.{}{}", name.substr(0, dot), number, name.substr(dot));
}

std::string why(const std::string& name) {
  return fmt::format("cannot write EVE records to \"{}\": {}", name, std::strerror(errno));
}

}  // namespace

struct EveFile {
  struct Close {
    void operator()(std::FILE* opened) const { std::fclose(opened); }
  };
  std::string name;
  bool of_thread;
  std::unique_ptr<std::FILE, Close> stream;
};

EveFiles::EveFiles()
    : directory_([] {
        std::error_code unknown;
        const std::string current = std::filesystem::current_path(unknown).string();
        return unknown ? "" : current + "/";
      }()) {}
EveFiles::~EveFiles() = default;

expected<EveFile*> EveFiles::open(const std::string& name, bool append) {
  const MutexLock lock(mutex_);
  return open_locked(name, append, false);
}

expected<EveFile*> EveFiles::open_for_thread(const std::string& name, bool append) {
  const MutexLock lock(mutex_);
  return open_locked(numbered(name, ++number_), append, true);
}

void EveFiles::skip_number() {
  const MutexLock lock(mutex_);
  ++number_;
}

expected<EveFile*> EveFiles::open_locked(const std::string& name, bool append, bool of_thread) {
  std::unique_ptr<EveFile>& file = files_[name];
  if (file != nullptr) return file.get();
  auto made = std::make_unique<EveFile>(EveFile{name, of_thread, nullptr});
  made->stream.reset(private_.open(name.starts_with('/') ? name : directory_ + name, append));
  if (made->stream == nullptr) return fail(ErrorCode::invalid_option, why(name));
  file = std::move(made);
  return file.get();
}

void EveFiles::write(EveFile& file, std::string_view line) {
  const MutexLock lock(mutex_);
  if (std::fwrite(line.data(), 1, line.size(), file.stream.get()) != line.size() ||
      std::fputc('\n', file.stream.get()) == EOF)
    note_failure(file);
}

void EveFiles::note_failure(const EveFile& file) {
  if (!failed_.empty()) return;
  lost_descriptor_ = errno == EBADF;
  failed_ = why(file.name);
}

void EveFiles::failed(const Error& error) {
  const MutexLock lock(mutex_);
  if (failed_.empty()) failed_ = error.message;
}

expected<void> EveFiles::close() {
  const MutexLock lock(mutex_);
  for (const auto& [name, file] : files_) {
    if (file != nullptr && std::fflush(file->stream.get()) != 0) note_failure(*file);
  }
  std::erase_if(files_,
                [](const auto& file) { return file.second == nullptr || file.second->of_thread; });
  if (!failed_.empty()) return fail(ErrorCode::write_failed, failed_);
  return {};
}

PrivateFiles::~PrivateFiles() {
  if (!started_) return;
  const base::NoPoints no_points;
  Request quit;
  quit.kind = Kind::quit;
  ask(quit);
  thread_.join();
}

void PrivateFiles::start() {
  const base::NoPoints no_points;
  // Other threads handle the process's signals.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  started_ = thread_.start(clock_, entry, this) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void* PrivateFiles::entry(void* self) {
  ::pthread_setname_np(::pthread_self(), "surisim files");
  // The new table starts empty: copies of the plugin's descriptors would keep its pipes open.
  if (::close_range(0, ~0U, CLOSE_RANGE_UNSHARE) != 0) ::unshare(CLONE_FILES);
  static_cast<PrivateFiles*>(self)->serve();
  return nullptr;
}

void PrivateFiles::serve() {
  for (bool more = true; more;) {
    Request& request = *requests_.pop();
    more = request.kind != Kind::quit;
    answer(request);
    request.answered.count_down();
  }
}

// No points: for a write or a close, the caller holds the stream's lock in the C library, for which
// another thread could wait.
void PrivateFiles::ask(Request& request) {
  const base::NoPoints no_points;
  requests_.push(&request);
  request.answered.wait();
}

void PrivateFiles::answer(Request& request) {
  switch (request.kind) {
    case Kind::open: {
      const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (request.append ? O_APPEND : O_TRUNC);
      request.descriptor = ::open(request.data, flags, 0666);
      request.error = request.descriptor < 0 ? errno : 0;
      return;
    }
    case Kind::write:
      while (request.size > 0) {
        const ssize_t n = ::write(request.descriptor, request.data, request.size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
          request.error = errno;
          return;
        }
        request.data += n;
        request.size -= static_cast<std::size_t>(n);
      }
      return;
    case Kind::close:
      request.error = ::close(request.descriptor) == 0 ? 0 : errno;
      return;
    case Kind::none:
    case Kind::quit:
      return;
  }
}

std::FILE* PrivateFiles::open(const std::string& name, bool append) {
  if (!started_) return std::fopen(name.c_str(), append ? "ae" : "we");
  Request request;
  request.kind = Kind::open;
  request.data = name.c_str();
  request.append = append;
  ask(request);
  if (request.error != 0) {
    errno = request.error;
    return nullptr;
  }
  Stream& stream = streams_.emplace_front(Stream{*this, request.descriptor});
  cookie_io_functions_t functions{};
  functions.write = [](void* cookie, const char* data, std::size_t size) -> ssize_t {
    const auto* const to = static_cast<Stream*>(cookie);
    Request write;
    write.kind = Kind::write;
    write.data = data;
    write.size = size;
    write.descriptor = to->descriptor;
    to->files.ask(write);
    errno = write.error;
    return write.error == 0 ? static_cast<ssize_t>(size) : 0;
  };
  functions.close = [](void* cookie) {
    const auto* const from = static_cast<Stream*>(cookie);
    Request close;
    close.kind = Kind::close;
    close.descriptor = from->descriptor;
    from->files.ask(close);
    errno = close.error;
    return close.error == 0 ? 0 : -1;
  };
  std::FILE* const file = ::fopencookie(&stream, "w", functions);
  if (file == nullptr) return nullptr;
  constexpr std::size_t kBuffer = std::size_t{1} << 16;
  std::setvbuf(file, nullptr, _IOFBF, kBuffer);
  return file;
}

}  // namespace surisim::engine
